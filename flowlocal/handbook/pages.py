"""All pages of the handbook, and how they are found."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from flowlocal.handbook.fields import flow_log_fields
from flowlocal.handbook.topics import topics
from flowlocal.language.suggest import nearest
from flowlocal.planning.registry import CommandDefinition, all_commands
from flowlocal.reference import command_page, families, first_sentence, function_page


@dataclass(frozen=True)
class HelpPage:
    """A page.

    Attributes:
        name: its name.
        kind: command, function, field or topic.
        others: other words by which it is found.
        summary: one sentence.
        text: the page, as Markdown.
    """

    name: str
    kind: str
    others: tuple[str, ...]
    summary: str
    text: str

    @property
    def words(self) -> frozenset[str]:
        """The words by which it is found, in lowercase."""
        return frozenset(word.lower() for word in (self.name, *self.others))


@cache
def pages() -> tuple[HelpPage, ...]:
    """Return every page: those of commands, functions, fields and topics."""
    return (*_commands(), *_functions(), *_fields(), *_topics())


def _commands() -> Iterator[HelpPage]:
    for each in all_commands():
        yield HelpPage(each.name, "command", each.aliases, first_sentence(each.doc), command_page(each, _shown))


def _shown(_definition: CommandDefinition, example: str) -> str:
    """Return the answer of an example over the sample logs, as the documentation shows it."""
    return "\n".join(["```", *_answers().get(example, "").split("\n"), "```"])


@cache
def _answers() -> dict[str, str]:
    found: dict[str, str] = json.loads((files("flowlocal.handbook") / "answers.json").read_text(encoding="utf-8"))
    return found


def _functions() -> Iterator[HelpPage]:
    for each in (function for family in families().values() for function in family):
        yield HelpPage(each.name, "function", each.aliases, first_sentence(each.doc), function_page(each))


def _fields() -> Iterator[HelpPage]:
    for each in flow_log_fields():
        yield HelpPage(each.insights_name, "field", each.spellings, first_sentence(each.meaning), each.page)


def _topics() -> Iterator[HelpPage]:
    for each in topics():
        yield HelpPage(each.name, "topic", each.others, each.title, each.text)


def overview() -> str:
    """Return the overview that the terminal shows if no name is given."""
    lines = ["# Commands", "", *(f"- `{each.name}`: {each.summary}" for each in _of("command"))]
    for functions in families().values():
        lines += ["", f"# {functions[0].family}", "", ", ".join(f"`{each.name}`" for each in functions)]
    lines += ["", "# Operators and topics", "", *(f"- `{each.name}`: {each.summary}" for each in _of("topic"))]
    lines += ["", "# Fields of flow logs", "", ", ".join(f"`{each.name}`" for each in _of("field"))]
    return "\n".join([*lines, "", "`flowlocal help NAME` explains each, and finds other words, too.", ""])


def _of(kind: str) -> list[HelpPage]:
    return [page for page in pages() if page.kind == kind]


def find(word: str) -> list[HelpPage]:
    """Return the pages of a word, in any letter case and with or without underscores and hyphens."""
    wanted = _plain(word)
    return [page for page in pages() if wanted in map(_plain, page.words)]


def search(word: str) -> list[HelpPage]:
    """Return the pages whose names, other words or summaries contain a word; those with it in the name come first."""
    wanted = word.lower()
    named = [page for page in pages() if any(wanted in each for each in page.words)]
    return [*named, *(page for page in pages() if page not in named and wanted in page.summary.lower())]


def neighbour(word: str) -> str | None:
    """Return the nearest name of a page that differs in few letters; None if there is none."""
    known = (name for page in pages() for name in (page.name, *page.others) if abs(len(name) - len(word)) <= 2)
    found = nearest(word, known)
    return found if found and _alike(word.lower(), found.lower()) else None


def _alike(word: str, other: str) -> bool:
    """Return True if a word is plausibly the other, mistyped: longer words share most letters, short ones the first."""
    from difflib import SequenceMatcher  # noqa: PLC0415 - only unknown words need it

    return word[0] == other[0] and SequenceMatcher(None, word, other).ratio() >= 0.75


def _plain(word: str) -> str:
    lower = word.lower()
    return lower.replace("_", "").replace("-", "") or lower
