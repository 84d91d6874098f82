"""What a check finds, and the definitions that findings are made of."""

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
    """How grave a finding is; a graver one is larger."""

    NOTE = 1
    WARNING = 2
    ERROR = 3

    def __str__(self) -> str:
        return self.name.lower()


class Hit(NamedTuple):
    """What a check says of a query.

    Attributes:
        span: where in the query.
        message: what is there, and what it will do.
        remedy: what to write instead.
    """

    span: Span
    message: str
    remedy: str


Body = Callable[["Subject"], Iterator[Hit]]


@dataclass(frozen=True)
class Definition:
    """A kind of finding.

    Attributes:
        code: its stable code.
        name: its readable name, as stable.
        severity: how grave it is.
        example: a query in which it is found.
        better: the same query without it.
        body: finds it in a query that parses; None where it is found on another way.
        doc: what it is about.
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
        """The first sentence of what it is about."""
        return self.doc.split("\n\n", 1)[0].replace("\n", " ")


@dataclass(frozen=True)
class Finding:
    """Something found in a query, with its place in the file that holds the query.

    Attributes:
        definition: what kind of finding.
        message: what is there.
        remedy: what to do about it; may be empty.
        path: the file as the user named it; ``-`` is standard input.
        line: 1-based.
        column: 1-based, in characters.
        end_line: where it ends.
        end_column: the column behind its last character.
        query: the name of the query in a file that holds several; may be empty.
        malformed: is the query, for this, none at all?
    """

    definition: Definition
    message: str
    remedy: str
    path: str
    line: int
    column: int
    end_line: int
    end_column: int
    query: str = ""
    malformed: bool = False

    @property
    def severity(self) -> Severity:
        """How grave it is."""
        return self.definition.severity


_DEFINITIONS: dict[str, Definition] = {}


def define(definition: Definition) -> Definition:
    """Make a kind of finding known.

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
    """Define a check: a function that looks at a query and yields hits. Its docstring is its documentation."""

    def register(body: Body) -> Body:
        define(Definition(code, name, severity, example, better, body, inspect.getdoc(body) or ""))
        return body

    return register


def definitions() -> tuple[Definition, ...]:
    """Every kind of finding, by code."""
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
        "The text is no query: the service refuses it with MalformedQueryException.\n\n"
        "The message says what was expected at that place. `flowlocal check` exits with 2.",
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
        "There is a query here that could not be checked.\n\n"
        "It is put together when the template is deployed, from values that are not in the file, or it is written in "
        "another language (SQL, PPL). Check the finished text: that of the synthesised template, or the query itself "
        "with `-q`.",
    )
)
