"""Errors of the language, as data first and text second."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Span:
    """A stretch of the query text: 0-based offsets of its first character and of the one after its last."""

    start: int
    end: int

    def to(self, other: Span) -> Span:
        """The stretch from the start of this one to the end of another."""
        return Span(self.start, other.end)


class MalformedQuery(Exception):
    """A query that cannot be evaluated as the service would evaluate it.

    Attributes:
        message: what is wrong, without place.
        span: where in ``text``.
        text: the whole query; filled in by whoever holds it.
        expected: what could have stood there, in words; may be empty.
        hint: what to write instead; may be empty.
        service: the service's own wording where it is known, with ``{start}`` and ``{end}`` for offsets.
    """

    def __init__(
        self,
        message: str,
        span: Span,
        *,
        expected: str = "",
        hint: str = "",
        service: str = "",
        text: str = "",
    ) -> None:
        super().__init__(message)
        self.message = message
        self.span = span
        self.expected = expected
        self.hint = hint
        self.service = service
        self.text = text

    @property
    def line(self) -> int:
        """The 1-based line of the query at which the error starts."""
        return self.text.count("\n", 0, self.span.start) + 1

    @property
    def column(self) -> int:
        """The 1-based column in that line, in characters."""
        return self.span.start - (self.text.rfind("\n", 0, self.span.start) + 1) + 1

    def service_message(self, offset: int = 0) -> str:
        """The message as the service words it, positions moved by ``offset``.

        The service counts from the start of the query with its ``SOURCE … | `` prefix put before (recorded),
        so a caller that knows the log group passes the length of that prefix.
        """
        if not self.service:
            return self.message
        return self.service.format(start=self.span.start + offset, end=self.span.end + offset)

    def __str__(self) -> str:
        place = f" at line {self.line} and column {self.column}" if self.text else ""
        expected = f"; expected {self.expected}" if self.expected else ""
        hint = f" ({self.hint})" if self.hint else ""
        return f"{self.message}{place}{expected}{hint}"


def verbatim(text: str) -> str:
    """Text as it stands in ``service``, where single braces are places for offsets."""
    return text.replace("{", "{{").replace("}", "}}")


def unexpected(symbol: str, span: Span, *, expected: str = "", hint: str = "") -> MalformedQuery:
    """The error for a symbol that cannot stand where it does, in the service's recorded words."""
    return MalformedQuery(
        f"unexpected symbol found {symbol}",
        span,
        expected=expected,
        hint=hint,
        service=f"unexpected symbol found {verbatim(symbol)} at line 1 and position {{start}}",
    )


def explained(error: MalformedQuery, parse: Callable[[str], object]) -> MalformedQuery:
    """Return an error with the hint of a habit from another language, if one shows at its place."""
    from flowlocal.language import habits  # noqa: PLC0415 - only errors pay for it

    return habits.explain(error, parse)
