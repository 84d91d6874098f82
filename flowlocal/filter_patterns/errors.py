"""Errors of filter patterns, in the service's words where these are known."""

from __future__ import annotations

from flowlocal.language.errors import Span


class InvalidPattern(ValueError):
    """A filter pattern that the service would refuse, or whose meaning is not known.

    Attributes:
        message: the service's words.
        span: where in the pattern.
        hint: what to write instead.
    """

    def __init__(self, message: str, span: Span, hint: str = "") -> None:
        super().__init__(message, span, hint)
        self.message = message
        self.span = span
        self.hint = hint

    def __str__(self) -> str:
        hint = f": {self.hint}" if self.hint else ""
        return f"{self.message} (at character {self.span.start + 1}{hint})"


def invalid_characters(found: str, span: Span, hint: str = "") -> InvalidPattern:
    """Return the error for characters that are not allowed where they are (recorded)."""
    return InvalidPattern(f"Invalid character(s) in term '{found}'", span, hint)


def invalid_pattern(span: Span, hint: str) -> InvalidPattern:
    """Return the error for a pattern of another form (recorded)."""
    return InvalidPattern("Invalid filter pattern", span, hint)
