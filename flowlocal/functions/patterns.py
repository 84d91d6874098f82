"""Regular expressions: an RE2-like dialect, checked before anything runs."""

from __future__ import annotations

import re

import polars as pl

from flowlocal.language.errors import MalformedQuery, Span

_LONGEST = 10_000
_CAUSE = re.compile(r"^(?:regex )?error: (?!regex parse error)(.*)$", re.MULTILINE)


def check_pattern(pattern: str, span: Span) -> str:
    """The pattern, if it can be searched for in time linear in the text.

    Raises:
        MalformedQuery: for look-around, back-references, what is no regular expression, and what is too large.
    """
    if len(pattern) > _LONGEST:
        raise MalformedQuery(
            "this regular expression is too long", span, hint=f"at most {_LONGEST} characters are read"
        )
    try:
        pl.Series([""]).str.contains(pattern)
    except pl.exceptions.ComputeError as error:
        raise MalformedQuery(
            f"this regular expression cannot be used: {_reason(str(error))}",
            span,
            hint="the dialect is that of RE2, which has neither look-around nor back-references",
        ) from None
    return pattern


def _reason(text: str) -> str:
    cause = _CAUSE.search(text)
    return cause[1].strip() if cause else "it is malformed or too large"
