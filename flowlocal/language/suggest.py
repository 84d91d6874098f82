"""Suggest the nearest known name for a misspelt one."""

from __future__ import annotations

from collections.abc import Iterable


def nearest(name: str, known: Iterable[str]) -> str | None:
    """Return the known name nearest to ``name``, ignoring letter case; None if none is similar."""
    from difflib import get_close_matches  # noqa: PLC0415 - only errors need it

    by_lower: dict[str, str] = {}
    for candidate in known:
        by_lower.setdefault(candidate.lower(), candidate)
    matches = get_close_matches(name.lower(), by_lower, n=1, cutoff=0.6)
    return by_lower[matches[0]] if matches else None


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """Return a hint with the nearest known name, or an empty text."""
    found = nearest(name, known)
    return f"did you mean `{found}`?" if found else ""
