"""Findings of checks and their definitions."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING, NamedTuple

from flowlocal.language.errors import Span

if TYPE_CHECKING:
    from flowlocal.checking.subject import Subject


class Severity(IntEnum):
    """The severity of a finding; a more severe one is larger."""

    NOTE = 1
    WARNING = 2
    ERROR = 3

    def __str__(self) -> str:
        return self.name.lower()


class Violation(NamedTuple):
    """A place in a query that violates a check.

    Attributes:
        span: its place in the query.
        message: what is there, and its effect.
        fix: what to write instead.
    """

    span: Span
    message: str
    fix: str


Body = Callable[["Subject"], Iterator[Violation]]


@dataclass(frozen=True)
class Definition:
    """A kind of finding.

    Attributes:
        code: its stable code.
        name: its readable name, which is stable, too.
        severity: its severity.
        example: a query with such a finding.
        better: the same query without it.
        body: finds it in a query that parses; None if it is found in another way.
        doc: its documentation, Markdown.
    """

    code: str
    name: str
    severity: Severity
    example: str
    better: str
    body: Body | None
    doc: str

    @property
    def summary(self) -> str:
        """The first sentence of the documentation."""
        return self.doc.split("\n\n", 1)[0].replace("\n", " ")


@dataclass(frozen=True)
class Finding:
    """Something found in a query, with its place in the file that contains the query.

    Attributes:
        definition: what kind of finding.
        message: what is there.
        fix: what to do about it; may be empty.
        path: the file as the user named it; ``-`` is standard input.
        line: 1-based.
        column: 1-based, in characters.
        end_line: the line of its last character.
        end_column: the column after its last character.
        query: the name of the query in a file that contains several; may be empty.
        malformed: True if it makes the query malformed.
    """

    definition: Definition
    message: str
    fix: str
    path: str
    line: int
    column: int
    end_line: int
    end_column: int
    query: str = ""
    malformed: bool = False

    @property
    def severity(self) -> Severity:
        """The severity of its definition."""
        return self.definition.severity


_DEFINITIONS: dict[str, Definition] = {}


def define(definition: Definition) -> Definition:
    """Register a kind of finding.

    Raises:
        ValueError: its code or name is taken.
    """
    for other in _DEFINITIONS.values():
        if definition.code == other.code or definition.name == other.name:
            raise ValueError(f"two findings are called {definition.code} or {definition.name}")
    _DEFINITIONS[definition.code] = definition
    return definition


def check(
    code: str, name: str, *, example: str, better: str, severity: Severity = Severity.WARNING
) -> Callable[[Body], Body]:
    """Define a check: a function that yields the violations in a query. Its docstring is its documentation."""

    def register(body: Body) -> Body:
        define(Definition(code, name, severity, example, better, body, inspect.getdoc(body) or ""))
        return body

    return register


def definitions() -> tuple[Definition, ...]:
    """Return every kind of finding, by code."""
    from flowlocal.checking import checks  # noqa: PLC0415 - importing the checks defines them

    checks.load()
    return tuple(_DEFINITIONS[code] for code in sorted(_DEFINITIONS))


MALFORMED = define(
    Definition(
        "FL001",
        "malformed-query",
        Severity.ERROR,
        "filter action == REJECT and | stats count(*) by dstPort",
        'filter action = "REJECT" | stats count(*) by dstPort',
        None,
        "Report a text that is not a query: the service refuses it with MalformedQueryException.\n\n"
        "The message says what was expected. `flowlocal check` exits with 2.",
    )
)
NOT_CHECKED = define(
    Definition(
        "FL002",
        "not-checked",
        Severity.WARNING,
        "Fn::If: [Strict, \"filter action = 'REJECT'\", \"filter action = 'ACCEPT'\"]",
        "filter action = 'REJECT'",
        None,
        "Report a query that could not be checked.\n\n"
        "It is put together when the template is deployed, from values that are not in the file, or it is written in "
        "another language (SQL, PPL). Check the finished text: that of the synthesised template, or the query itself "
        "with `-q`.",
    )
)
