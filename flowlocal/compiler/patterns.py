"""Regular expressions: validate the RE2-like dialect before anything runs."""

from __future__ import annotations

import re

import polars as pl

from flowlocal.language.errors import MalformedQuery, Span

_LONGEST = 10_000
_CAUSE = r"(?m)^(?:regex )?error: (?!regex parse error)(.*)$"
_AT_GROUP = r"(?s)(\\.|\[\^?\]?(?:\\.|[^\]\\])*\])|(\(\?P?<)@"
"""An escape, a character class, or the beginning of a group whose name begins with ``@``."""
_AT = "__at__"


def plain_groups(pattern: str) -> str:
    """Return a pattern with group names that the regex engine accepts; it has no ``(?<@cost>…)`` (recorded)."""
    return re.sub(_AT_GROUP, lambda found: found[1] or f"{found[2]}{_AT}", pattern)


def group_name(group: str) -> str:
    """Return the name of a group as it was written, given its name in a pattern of ``plain_groups``."""
    return f"@{group.removeprefix(_AT)}" if group.startswith(_AT) else group


def check_pattern(pattern: str, span: Span) -> str:
    """Return the pattern with plain groups if it can be matched in time linear in the text.

    Raises:
        MalformedQuery: for look-around, back-references, an invalid pattern, and one that is too large.
    """
    if len(pattern) > _LONGEST:
        raise MalformedQuery(
            "this regular expression is too long", span, hint=f"at most {_LONGEST} characters are allowed"
        )
    pattern = plain_groups(pattern)
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
    cause = re.search(_CAUSE, text)
    return cause[1].strip() if cause else "it is malformed or too large"
