"""Regular expressions: an RE2-like dialect, checked before anything runs."""

from __future__ import annotations

import re

import polars as pl

from flowlocal.language.errors import MalformedQuery, Span

_LONGEST = 10_000
_CAUSE = re.compile(r"^(?:regex )?error: (?!regex parse error)(.*)$", re.MULTILINE)


_AT_GROUP = re.compile(r"(\\.|\[\^?\]?(?:\\.|[^\]\\])*\])|(\(\?P?<)@", re.DOTALL)
"""An escape, a class of characters, or the beginning of a group whose name begins with ``@``."""
_AT = "__at__"


def plain_groups(pattern: str) -> str:
    """Return a pattern whose groups have names that the engine takes, which knows no ``(?<@cost>…)`` (recorded)."""
    return _AT_GROUP.sub(lambda found: found[1] or f"{found[2]}{_AT}", pattern)


def group_name(group: str) -> str:
    """Return the name of a group as it was written, from the one in the pattern that ``plain_groups`` made."""
    return f"@{group.removeprefix(_AT)}" if group.startswith(_AT) else group


def check_pattern(pattern: str, span: Span) -> str:
    """Return the pattern with plain groups, if it can be searched for in time linear in the text.

    Raises:
        MalformedQuery: for look-around, back-references, what is no regular expression, and what is too large.
    """
    if len(pattern) > _LONGEST:
        raise MalformedQuery(
            "this regular expression is too long", span, hint=f"at most {_LONGEST} characters are read"
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
    cause = _CAUSE.search(text)
    return cause[1].strip() if cause else "it is malformed or too large"
