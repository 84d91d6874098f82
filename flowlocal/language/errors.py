"""Errors of the language: data first, text second."""

from __future__ import annotations

from copyreg import __newobj__  # type: ignore[attr-defined] # what pickle itself uses
from typing import Any

from msgspec import Struct


class Span(Struct, frozen=True):
    """A range of the query text: 0-based offsets of its first character and of the one after its last."""

    start: int
    end: int

    def to(self, other: Span) -> Span:
        """Return the span from the start of this one to the end of another."""
        return Span(self.start, other.end)


class MalformedQuery(Exception):
    """A query that cannot be evaluated as the service would evaluate it.

    Attributes:
        message: what is wrong, without position.
        span: the position in ``text``.
        text: the whole query; set by the caller that knows it.
        expected: what is valid at this position, in words; may be empty.
        hint: what to write instead; may be empty.
        service: the service's own wording if it is known, with ``{start}`` and ``{end}`` for offsets.

    >>> import flowlocal
    >>> try:
    ...     flowlocal.query("filter dstPort > 0 && bytes > 0", "flow.log")
    ... except flowlocal.MalformedQuery as error:
    ...     print(error)
    ...     print((error.line, error.column), error.hint)
    unexpected symbol found && at line 1 and column 20 (write `and`)
    (1, 20) write `and`
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

    def __reduce__(self) -> tuple[Any, ...]:
        """Return how to build it again: without the constructor, which Python would call with the message alone."""
        return __newobj__, (type(self), *self.args), vars(self)

    @property
    def line(self) -> int:
        r"""The 1-based line of the query in which the error starts.

        >>> from flowlocal.language.errors import MalformedQuery, Span
        >>> MalformedQuery("unexpected", Span(16, 17), text="fields srcAddr\n| x").line
        2
        """
        return self.text.count("\n", 0, self.span.start) + 1

    @property
    def column(self) -> int:
        r"""The 1-based column in that line, in characters.

        >>> from flowlocal.language.errors import MalformedQuery, Span
        >>> MalformedQuery("unexpected", Span(16, 17), text="fields srcAddr\n| x").column
        2
        """
        return self.span.start - (self.text.rfind("\n", 0, self.span.start) + 1) + 1

    def service_message(self, offset: int = 0) -> str:
        """Return the message in the service's wording, with positions moved by ``offset``.

        The service prepends ``SOURCE … | `` to the query and counts from there (recorded), so a caller that knows the
        log group passes the length of that prefix.

        Args:
            offset: the number of characters to add to each position.

        >>> import flowlocal
        >>> try:
        ...     flowlocal.query("filter dstPort > 0 && bytes > 0", "flow.log")
        ... except flowlocal.MalformedQuery as error:
        ...     print(error.service_message(len("SOURCE logGroups() | ")))
        unexpected symbol found && at line 1 and position 40
        """
        if not self.service:
            return self.message
        return self.service.format(start=self.span.start + offset, end=self.span.end + offset)

    def _render_traceback_(self) -> list[str]:
        """Return what IPython shows instead of a traceback: the line of the query with a caret."""
        from flowlocal.language.render import render  # noqa: PLC0415 - only where it is shown

        return render(self).splitlines()

    def __str__(self) -> str:
        place = f" at line {self.line} and column {self.column}" if self.text else ""
        expected = f"; expected {self.expected}" if self.expected else ""
        hint = f" ({self.hint})" if self.hint else ""
        return f"{self.message}{place}{expected}{hint}"


def verbatim(text: str) -> str:
    """Return a text with braces escaped for ``service``, in which single braces are placeholders for offsets."""
    return text.replace("{", "{{").replace("}", "}}")


def unexpected(symbol: str, span: Span, *, expected: str = "", hint: str = "") -> MalformedQuery:
    """Return the error for a symbol that is not allowed at its position, in the service's recorded words."""
    return MalformedQuery(
        f"unexpected symbol found {symbol}",
        span,
        expected=expected,
        hint=hint,
        service=f"unexpected symbol found {verbatim(symbol)} at line 1 and position {{start}}",
    )
