"""Translate simple SQL to Insights: one SELECT without joins."""

from __future__ import annotations

import re

_SELECT = re.compile(
    r"\s*select\s+(?P<columns>.+?)\s+from\s+\S+(?:\s+where\s+(?P<where>.+?))?(?:\s+group\s+by\s+(?P<keys>.+?))?"
    r"(?:\s+having\s+(?P<having>.+?))?(?:\s+order\s+by\s+(?P<order>.+?))?(?:\s+limit\s+(?P<limit>\d+))?\s*;?\s*$",
    re.IGNORECASE | re.DOTALL,
)
_AGGREGATE = re.compile(r"\b(?:count|sum|avg|min|max|stddev)\s*\(", re.IGNORECASE)
_CONDITIONS = (
    (r"(\S+)\s+(not\s+in|in)\s*\(([^()]*)\)", r"\1 \2 [\3]"),
    (r"(\S+)\s+between\s+(\S+)\s+and\s+(\S+)", r"\1 >= \2 and \1 <= \3"),
    (r"(\S+)\s+is\s+not\s+null", r"ispresent(\1)"),
    (r"(\S+)\s+is\s+null", r"not ispresent(\1)"),
    (r"\blike\s+(['\"])%?([^%'\"]*)%?\1", r"like \1\2\1"),
    (r"<>", "!="),
)
_DISTINCT = re.compile(r"\bcount\s*\(\s*distinct\s+([^()]+)\)", re.IGNORECASE)
_PARTS = re.compile(r",\s*(?![^()]*\))")


def translated(text: str) -> str | None:
    """Return the Insights query for a simple SELECT; None for anything else.

    >>> translated("SELECT srcAddr, count(*) AS n FROM logs WHERE dstPort IN (22, 80) GROUP BY srcAddr ORDER BY n DESC")
    'filter dstPort in [22, 80] | stats count(*) as n by srcAddr | sort n desc'
    """
    match = _SELECT.match(text)
    if match is None or "|" in text:
        return None
    columns = [_DISTINCT.sub(r"count_distinct(\1)", column.strip()) for column in _PARTS.split(match["columns"])]
    columns = [re.sub(r"\bas\b", "as", column, flags=re.IGNORECASE) for column in columns]
    groups = match["keys"] is not None or any(map(_AGGREGATE.search, columns))
    stages = [f"filter {_condition(match['where'])}" if match["where"] else "", _shown(columns, match["keys"], groups)]
    stages += [f"filter {_condition(match['having'])}" if match["having"] else ""]
    stages += [f"sort {_order(match['order'], columns)}" if match["order"] else ""]
    stages += [f"limit {match['limit']}" if match["limit"] else ""]
    return " | ".join(filter(None, stages)) or None


def _condition(text: str) -> str:
    for pattern, instead in _CONDITIONS:
        text = re.sub(pattern, instead, text, flags=re.IGNORECASE)
    return re.sub(r"\b(and|or|not|in|like)\b", lambda word: word[0].lower(), text, flags=re.IGNORECASE)


def _shown(columns: list[str], keys: str | None, groups: bool) -> str:
    if groups:
        called = ", ".join(column for column in columns if _AGGREGATE.search(column) or "count_distinct" in column)
        return f"stats {called or 'count(*)'}" + (f" by {keys}" if keys else "")
    return "" if columns == ["*"] else f"fields {', '.join(columns)}"


def _order(text: str, columns: list[str]) -> str:
    """Return sort keys; an aggregate is replaced with its column's name."""
    keys = []
    for part in _PARTS.split(text):
        key, _, direction = part.strip().partition(" ") if part.strip()[-1:] != ")" else (part.strip(), "", "")
        named = next((column.split(" as ")[1] for column in columns if column.startswith(f"{key} as ")), None)
        name = named or (f"`{key}`" if "(" in key else key)
        keys.append(f"{name} {direction.lower()}".strip())
    return ", ".join(keys)
