"""Definitions of commands: one decorated class each, in a module of its own."""

from __future__ import annotations

import inspect
from abc import abstractmethod
from collections.abc import Callable, Iterator, Mapping
from importlib import import_module
from pkgutil import iter_modules
from typing import ClassVar, TypeVar

from msgspec import Struct
from msgspec.structs import replace

from flowlocal.compiler.registry import is_aggregate
from flowlocal.language import tree
from flowlocal.language.lexer import Token
from flowlocal.language.parser import Grammar, Parser, StageParser
from flowlocal.planning.dependency import Dependency
from flowlocal.planning.frame import Frame


class Command(tree.Stage, frozen=True):
    """A stage: its syntax, and its effect on a frame. The docstring of a command is its page in the documentation."""

    definition: ClassVar[CommandDefinition]
    first: ClassVar[bool] = False
    """True if it is only allowed at the start of a query."""
    cuts: ClassVar[bool] = False
    """True if it keeps the first rows and drops the rest."""

    @property
    def rowwise(self) -> bool:
        """True if its effect on a row does not depend on other rows, so that it may act before a ``limit``."""
        return self.definition.rowwise

    @property
    def dependency(self) -> Dependency:
        """How the rows after the stage depend on those before it."""
        return self.definition.dependency

    @property
    def looks_back(self) -> bool:
        """True if the stage may read events outside the query's time range."""
        return self.definition.looks_back

    @classmethod
    @abstractmethod
    def parse(cls, parser: Parser, word: Token) -> Command:
        """Parse the stage; the parser is after the command's word."""

    @abstractmethod
    def plan(self, frame: Frame) -> Frame:
        """Return the frame after the stage."""

    def follow(self, frame: Frame) -> Frame:
        """Return the frame after the stage, which remembers the stage and the frame before it."""
        remote = frame.rows.remote
        planned = self.plan(frame if remote is None else remote.before(frame, self))
        rows = planned.rows if self.dependency is Dependency.NARROW else replace(planned.rows, filters=None)
        return replace(planned, rows=rows, stages=(*frame.stages, self), before=frame)

    def selected(self, names: list[str]) -> list[str]:
        """Return the columns that the stages up to this one select by name, from those of the stages before it."""
        return names

    def in_any_range(self) -> Command:
        """Return the stage without a time range of its own, to be planned over another one."""
        return self

    @abstractmethod
    def __str__(self) -> str:
        """Return the stage as text that is parsed as the same stage."""


class CommandDefinition(Struct, frozen=True):
    """A command of the language.

    Attributes:
        name: its documented word.
        aliases: other words for it.
        syntax: its forms, one per line.
        dependency: how its rows depend on those before it; a stage with certain options may differ.
        examples: whole queries that use it, for the documentation; each is run by the tests.
        source: ``documented``, ``recorded`` or ``decided``, and where.
        command: the class.
        looks_back: True if it needs a time range with a start, and reads events before it.
        takes_regex: True if a ``/`` anywhere in it opens a regular expression, and is never a division.
        rowwise: True if its effect on a row does not depend on other rows.
    """

    name: str
    aliases: tuple[str, ...]
    syntax: str
    dependency: Dependency
    examples: tuple[str, ...]
    source: str
    command: type[Command]
    looks_back: bool = False
    takes_regex: bool = False
    rowwise: bool = False

    @property
    def doc(self) -> str:
        """The text of its page."""
        return inspect.getdoc(self.command) or ""


C = TypeVar("C", bound=type[Command])
_CATALOGUE = "flowlocal.commands"
"""The package whose modules define them; a higher layer, imported by name on demand."""
_COMMANDS: dict[str, CommandDefinition] = {}


def command(
    name: str,
    *aliases: str,
    syntax: str,
    dependency: Dependency,
    examples: tuple[str, ...] = (),
    source: str = "documented",
    looks_back: bool = False,
    takes_regex: bool = False,
    rowwise: bool = False,
) -> Callable[[C], C]:
    """Define a command; the arguments are the attributes of ``CommandDefinition``."""

    def register(cls: C) -> C:
        flags = {"looks_back": looks_back, "takes_regex": takes_regex, "rowwise": rowwise}
        cls.definition = CommandDefinition(name, aliases, syntax, dependency, examples, source, cls, **flags)
        for word in (name, *aliases):
            if word.lower() in _COMMANDS:
                raise ValueError(f"two commands are called {word}")
            _COMMANDS[word.lower()] = cls.definition
        return cls

    return register


def find(word: str) -> CommandDefinition | None:
    """Return the command of a word in lowercase, or None."""
    if word not in _COMMANDS:
        _load(word)
    return _COMMANDS.get(word)


def is_loaded(word: str) -> bool:
    """Return True if the module of a command with that word in lowercase has been imported."""
    return word in _COMMANDS


def _load(word: str) -> None:
    """Import the module of that word, or all modules if there is none: a short query loads only its commands."""
    modules = [module.name for module in iter_modules(import_module(_CATALOGUE).__path__)]
    named = [module for module in modules if module.replace("_", "") == word]
    for module in named or modules:
        import_module(f"{_CATALOGUE}.{module}")


def all_commands() -> tuple[CommandDefinition, ...]:
    """Return every command once, by name."""
    _load("")
    return tuple(sorted({each.name: each for each in _COMMANDS.values()}.values(), key=lambda each: each.name.lower()))


class _Words(Mapping[str, StageParser]):
    """A parser for every word, imported on demand."""

    def __getitem__(self, word: str) -> StageParser:
        found = find(word)
        if found is None:
            raise KeyError(word)
        return found.command.parse

    def __iter__(self) -> Iterator[str]:
        _load("")
        return iter(_COMMANDS)

    def __len__(self) -> int:
        return sum(1 for _ in self)


def grammar() -> Grammar:
    """Return the grammar of every command that has a module."""
    return Grammar(_Words(), is_aggregate)
