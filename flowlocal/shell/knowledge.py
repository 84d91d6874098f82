"""Names that are valid at the prompt: commands, functions, and the fields of the open logs."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flowlocal.events import Field

_SENTENCE_END = re.compile(r"(?<=[^.][.:;])\s")


@dataclass(frozen=True)
class CallContext:
    """A function: its signature, and whether it is an aggregate."""

    signature: str
    aggregate: bool


@dataclass(frozen=True)
class Knowledge:
    """Names that are valid in a query.

    Attributes:
        commands: the first sentence of each command's page, by its name and aliases.
        functions: the functions by their documented names.
        fields: the kinds of the discovered fields, by name.
        aliases: the names of fields by other spellings, as in the logs.
    """

    commands: Mapping[str, str]
    functions: Mapping[str, CallContext]
    fields: Mapping[str, str]
    aliases: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, fields: Mapping[str, Field], aliases: Mapping[str, str] | None = None) -> Knowledge:
        """Return the names that are valid for events with these fields, which may have other names."""
        from flowlocal.compiler.registry import all_functions  # noqa: PLC0415
        from flowlocal.planning.registry import all_commands  # noqa: PLC0415 - loads every command and function

        return cls(
            {word: _first(each.doc) for each in all_commands() for word in (each.name, *each.aliases)},
            {each.name: CallContext(each.signature, each.aggregate) for each in all_functions()},
            {name: str(each.kind) for name, each in fields.items()},
            aliases or {},
        )

    def is_command(self, word: str) -> bool:
        """Return True if this word, in lowercase, is a command."""
        return word in self._lower_commands

    def is_function(self, name: str) -> bool:
        """Return True if there is a function of that name."""
        from flowlocal.compiler.registry import find  # noqa: PLC0415 - loads Polars

        return find(name) is not None

    def is_field(self, name: str) -> bool:
        """Return True if a field of that name was found in the logs."""
        return name in self.fields or name in self.aliases

    @cached_property
    def _lower_commands(self) -> frozenset[str]:
        return frozenset(word.lower() for word in self.commands)


def _first(doc: str) -> str:
    """Return the first sentence, without markup, in one line."""
    sentence = _SENTENCE_END.split(" ".join(doc.split()), maxsplit=1)[0]
    return sentence.rstrip(".:;").replace("``", "")
