"""Queries to take up again: those that were run, those that are saved, and those of the cookbook."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from flowlocal.cookbook import recipes
from flowlocal.language.templates import SavedQuery
from flowlocal.questions import question
from flowlocal.shell import words

if TYPE_CHECKING:
    from pathlib import Path

    from prompt_toolkit.history import History

    from flowlocal.console.queries import OpenedLogs

_DEFAULT = re.compile(r"#\s*\{\{\s*(\w+)\s*\}\}\s*=")
_MOST = 500
"""How many queries of the history are offered."""


_LONGEST = 40
"""Characters of a name that is made of the words of a query."""


@dataclass(frozen=True)
class LibraryQuery:
    """A query to take up again.

    Attributes:
        title: what it asks, or its first line.
        text: more on it; empty if there is nothing more to say.
        group: the kind of task that it belongs to; empty if it belongs to none.
        query: the query itself.
        name: its name; empty in the history.
    """

    title: str
    text: str
    group: str
    query: str
    name: str = ""

    @property
    def parameters(self) -> dict[str, str]:
        """The default of each of its parameters; empty without one."""
        read = SavedQuery.read(self.query)
        return {name: read.defaults.get(name, "") for name in read.parameters}

    def matches(self, wanted: str) -> bool:
        """Return True if every word appears in it, in any case."""
        searched = "\n".join([self.name, self.title, self.text, self.group, self.query]).lower()
        return all(word in searched for word in wanted.lower().split())


class QueryHistory:
    """The queries that were run, the latest first.

    Args:
        file: keeps them, as the shell keeps what is typed; without one, nothing does.
    """

    def __init__(self, file: Path | None) -> None:
        self._file = file

    @cached_property
    def _kept(self) -> History:
        from prompt_toolkit.history import InMemoryHistory  # noqa: PLC0415 - not for the first page

        from flowlocal.shell.history import open_history  # noqa: PLC0415

        return InMemoryHistory() if self._file is None else open_history(self._file)

    def add(self, text: str) -> None:
        """Keep a query, unless it is the latest one anyway."""
        if text.strip() and text != next(iter(self._texts()), None):
            self._kept.store_string(text)

    def queries(self) -> Iterator[LibraryQuery]:
        """Yield the latest queries, each once."""
        for text in list(dict.fromkeys(self._texts()))[:_MOST]:
            first, _, rest = text.strip().partition("\n")
            yield LibraryQuery(first, rest, "", text)

    def _texts(self) -> Iterator[str]:
        """Yield the queries without the commands of the shell, which keeps its own in the same file."""
        return (text for text in self._kept.load_history_strings() if words.find(text.strip()) is None)


def saved_queries(opened: OpenedLogs) -> Iterator[LibraryQuery]:
    """Yield the saved queries, by group and name."""
    asked = [question(name, text) for name, text in opened.saved.texts().items()]
    for each in sorted(asked, key=lambda each: (each.group, each.name)):
        title, text = (each.title, each.text) if each.title != each.name else (each.name, each.body)
        yield LibraryQuery(title, text, each.group, each.query, each.name)


def cookbook_queries(opened: OpenedLogs) -> Iterator[LibraryQuery]:
    """Yield the queries of the cookbook, by group and name; each says which of its fields the logs do not have."""
    known = {*opened.logs.source.fields, *opened.logs.source.aliases}
    for each in recipes().values():
        missing = ", ".join(field for field in each.needs if field not in known)
        more = f" These logs do not have {missing}, which it needs." if missing else ""
        yield LibraryQuery(each.title, each.text + more, each.group, each.query, each.name)


def found(queries: Iterable[LibraryQuery], wanted: str) -> dict[str, list[LibraryQuery]]:
    """Return by group the queries that contain every word."""
    groups: dict[str, list[LibraryQuery]] = {}
    for each in queries:
        if each.matches(wanted):
            groups.setdefault(each.group, []).append(each)
    return groups


def with_parameters(query: str, values: Mapping[str, str]) -> str:
    """Return a query with other defaults of its parameters, as comments at its top.

    >>> print(with_parameters('filter dstPort = {{port}}', {"port": "443"}))
    # {{port}} = 443
    filter dstPort = {{port}}
    """
    given = {name: " ".join(value.split()) for name, value in values.items()}
    lines = []
    for line in query.split("\n"):
        default = _DEFAULT.match(line.strip())
        name = default[1] if default else ""
        lines.append(f"# {{{{{name}}}}} = {given.pop(name)}" if name in given else line)
    return "\n".join([*(f"# {{{{{name}}}}} = {value}" for name, value in given.items()), *lines])


def name_of(query: str) -> str:
    """Return a name for a query: its title, or else its first words.

    >>> name_of("# Who was rejected?"), name_of("stats count(*) as n by action"), name_of("../..")
    ('who-was-rejected', 'stats-count-as-n-by-action', 'query')
    """
    asked = question("", query)
    words = re.findall(r"[a-z0-9]+", (asked.title or asked.body).lower())
    name = ""
    for word in words:
        if len(name) + len(word) >= _LONGEST:
            break
        name = f"{name}-{word}" if name else word
    return name or "query"
