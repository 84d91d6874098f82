"""Translate replacement texts of ``regexReplace`` to the syntax of Polars."""

from __future__ import annotations

import re

import polars as pl

from flowlocal.compiler.registry import BadArgument

_GROUP = re.compile(r"\$(?P<number>[0-9]+)|\$\{(?P<name>\w+)\}|\\(?P<old>[0-9])|\\(?P<plain>[$\\])|(?P<dollar>\$)")
_REPLACEMENT = 2


def rewrite(pattern: str, replacement: str) -> tuple[str, int]:
    r"""Return the replacement with ``$1``, ``${name}`` and ``\1`` as group references, and the number of these.

    Raises:
        BadArgument: if the pattern does not have such a group.
    """
    known = groups(pattern)
    found = [match["number"] or match["name"] or match["old"] for match in _GROUP.finditer(replacement)]
    return _GROUP.sub(lambda match: _reference(match, known), replacement), len(list(filter(None, found)))


def groups(pattern: str) -> set[str]:
    """Return the numbers and names of a pattern's groups; 0 is the whole match."""
    fields = pl.select(pl.lit("").str.extract_groups(pattern).alias("groups")).schema["groups"]
    names = [field.name for field in fields.fields] if isinstance(fields, pl.Struct) else []
    return {*names, *(str(number) for number in range(len(names) + 1))}


def _reference(match: re.Match[str], known: set[str]) -> str:
    if match["dollar"] or match["plain"]:
        return {"$": "$$", "\\": "\\"}[match["plain"] or "$"]
    group = match["number"] or match["name"] or match["old"]
    if group not in known:
        raise BadArgument(f"the regular expression has no group {group}", _REPLACEMENT, hint="write `\\$` for a dollar")
    return f"${{{group}}}"
