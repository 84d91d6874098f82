"""What people write out of habit from other languages, and the Insights form of it, as data.

Habits are looked up only after a query turned out to be malformed; what to write instead becomes the error's hint.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from flowlocal.language import sql
from flowlocal.language.errors import MalformedQuery, Span

_FIELD = r"(?P<field>`[^`]+`|@?[A-Za-z_][\w.@]*)"
_VALUE = r"(?P<value>\"[^\"|]*\"|'[^'|]*'|[\w.:/%-]+)"
_END = r"(?=\s*(?:\||$))"
_COMMANDS = r"(?:stats|filter|where|fields|display|sort|limit|head|parse|dedup)"
_EXPLAINABLE = ("unexpected symbol found", "unknown function", "a period is not allowed here")
_LONGEST = 200
"""Characters of a query that is shown whole."""
_MOST = 5
"""Habits that are mended in one query."""
_SIZES = {"k": 1_000, "m": 1_000_000, "g": 1_000_000_000, "t": 1_000_000_000_000}


@dataclass(frozen=True)
class Habit:
    """A way of writing that is not of the language.

    Attributes:
        pattern: a regular expression, letter case ignored; it counts if it matches where the error is.
        instead: what to write for the whole match; groups are named in braces. A function takes the match.
        reason: why, as a sentence goes on after a semicolon.
    """

    pattern: str
    instead: str | Callable[[re.Match[str]], str]
    reason: str

    def rewritten(self, match: re.Match[str]) -> str:
        """Return what to write instead of a match."""
        if callable(self.instead):
            return self.instead(match)
        return self.instead.format(**{name: value or "" for name, value in match.groupdict().items()})


def _size(match: re.Match[str]) -> str:
    return str(int(match["number"]) * _SIZES[match["unit"].lower()])


HABITS = (
    Habit(
        rf"{_FIELD}\s+(?P<in>(?:not\s+)?in)\s*\((?P<list>[^()|\[\]]+)\)",
        "{field} {in} [{list}]",
        "lists have brackets",
    ),
    Habit(rf"{_FIELD}\s*={{1,2}}\s*\[(?P<list>[^\[\]|]+)\]", "{field} in [{list}]", "`in` compares with a list"),
    Habit(
        rf"{_FIELD}\s+between\s+(?P<low>[\w.\"']+)\s+and\s+(?P<high>[\w.\"']+)",
        "{field} >= {low} and {field} <= {high}",
        "a range is two comparisons",
    ),
    Habit(rf"{_FIELD}\s+is\s+not\s+null\b", "ispresent({field})", "there is no null"),
    Habit(rf"{_FIELD}\s+is\s+null\b", "not ispresent({field})", "there is no null"),
    Habit(rf"{_FIELD}\s+(?:is\s+not|ne)\s+{_VALUE}", "{field} != {value}", "comparisons are signs"),
    Habit(rf"{_FIELD}\s+(?:is|eq|equals)\s+{_VALUE}", "{field} = {value}", "comparisons are signs"),
    Habit(rf"{_FIELD}\s+(?:contains|includes)\s+{_VALUE}", "{field} like {value}", "`like` finds a text anywhere"),
    Habit(rf"{_FIELD}\s+starts?\s*with\s+{_VALUE}", "startsWith({field}, {value})", "it is a function"),
    Habit(rf"{_FIELD}\s+ends?\s*with\s+{_VALUE}", "endsWith({field}, {value})", "it is a function"),
    Habit(
        rf"{_FIELD}\s+(?:matches|regexp?|rlike)\s+[\"'](?P<regex>[^\"'/|]+)[\"']",
        "{field} like /{regex}/",
        "regular expressions are between slashes",
    ),
    Habit(rf"{_FIELD}\s+like\s+(?P<text>\d[\w.:]*)\*", 'startsWith({field}, "{text}")', "`like` knows no wildcards"),
    Habit(rf"\bispresent\s+{_FIELD}", "ispresent({field})", "it is a function"),
    Habit(
        rf"(?P<before>\b(?:filter|where)\b[^|]*?[\w\"')\]]),\s*(?={_FIELD}\s*(?:=|!=|<|>|\blike\b|\bin\b))",
        "{before} and ",
        "conditions are joined by `and` or `or`",
    ),
    Habit(r"\s+group\s+by\s+", " by ", "groups are named after `by` alone"),
    Habit(r"\s+order\s+by\s+", " | sort ", "sorting is a command of its own"),
    Habit(
        r"\bcount\s*\(\s*distinct\s+(?P<of>[^()|]+)\)",
        "count_distinct({of})",
        "distinct values have their own function",
    ),
    Habit(r"\b(?:uniq|unique|uniqExact|dc|distinct_count|nunique)\s*\(", "count_distinct(", "it is called so"),
    Habit(r"\bp(?P<percent>\d{1,2})\s*\((?P<of>[^()|]+)\)", "pct({of}, {percent})", "`pct` takes the percentage"),
    Habit(r"\b(?:mean|average)\s*\(", "avg(", "it is called so"),
    Habit(r"\s+descending\b", " desc", "it is abbreviated"),
    Habit(r"\s+ascending\b", " asc", "it is abbreviated"),
    Habit(
        r"(?P<by>\bas\s+(?P<name>\w+)\b[^|]*\|\s*)top\s+(?P<count>\d+)",
        "{by}sort {name} desc | limit {count}",
        "`limit` takes the first rows after `sort`",
    ),
    Habit(r"\btop\s+(?P<count>\d+)", "limit {count}", "put `sort … desc` before it"),
    Habit(r"\b(?P<word>limit|head|tail)\s*\(\s*(?P<count>\d+)\s*\)", "{word} {count}", "the number has no parentheses"),
    Habit(r"\bas\s+(?P<name>\w+(?:-\w+)+)", "as `{name}`", "a name with a hyphen has backticks"),
    Habit(r"\b(?P<number>\d+)(?P<unit>[kmgt])i?b?\b", _size, "numbers have no unit"),
    Habit(r"(?P<high>\d),(?P<low>\d{3})\b", "{high}{low}", "digits are not grouped"),
    Habit(rf"\beval\s+(?P<name>\w+)\s*=\s*(?P<of>[^|]+?){_END}", "fields {of} as {name}", "`fields` makes new fields"),
    Habit(r"\brename\s+(?P<old>\S+)\s+as\s+(?P<new>\w+)", "fields {old} as {new}", "`fields` gives names"),
    Habit(
        rf"\btimechart\s+(?P<call>[^|]*?\))\s+by\s+(?P<keys>[^|]+?){_END}",
        "stats {call} by bin(5m), {keys}",
        "`bin` makes groups of time",
    ),
    Habit(rf"(?P<before>[\w\"')\]/`])\s+(?={_COMMANDS}\s*[\w@(`\"])", "{before} | ", "commands are separated by `|`"),
    Habit(
        r"(?P<call>\w+\([^()|]*\)(?:\s*[*/]\s*\d+)*)\s+(?P<name>(?!(?:by|as|asc|desc|offset|and|or|like|in|not)\b)[A-Za-z]\w*)(?=\s+by\b|\s*[|,]|\s*$)",
        "{call} as {name}",
        "a name comes after `as`",
    ),
    Habit(
        r"(?P<word>\b(?:fields|display))\s+(?P<first>@?\w+)\s+(?P<second>@?\w+)(?=\s*(?:,|\||$))",
        "{word} {first}, {second}",
        "items are separated by commas",
    ),
    Habit(r"^\s*count\s*$", "stats count(*)", "`stats` aggregates"),
    Habit(
        rf"^\s*(?P<word>[\w.:-]+)\s*{_END}",
        'filter @message like "{word}"',
        "a query begins with a command",
    ),
)


def find(text: str, span: Span) -> tuple[Habit, re.Match[str]] | None:
    """Return the first habit that shows at a place of a query."""
    for habit in HABITS:
        for match in re.finditer(habit.pattern, text, re.IGNORECASE):
            if match.start() <= span.start <= match.end():
                return habit, match
    return None


def explain(error: MalformedQuery, parse: Callable[[str], object]) -> MalformedQuery:
    """Give an error the hint of the habit that shows at its place.

    Args:
        error: with its text; other errors than those of unknown words stay as they are.
        parse: raises MalformedQuery for a text that is not a query, so that no hint leads from one error to the next.
    """
    if not error.message.startswith(_EXPLAINABLE):
        return error
    mended = sql.translated(error.text)
    if mended is not None and _is_query(mended, parse):
        error.expected, error.hint = "", f"in Insights this is `{mended}`"
        return error
    at = error.text[error.span.start : error.span.end]
    has_own_hint = bool(error.hint) and not error.message.startswith("unknown function")
    found = None if has_own_hint or at in ("", "|") else find(error.text, error.span)
    if found is None:
        return error
    habit, match = found
    mended = _mended(error, parse)
    error.expected = ""
    if mended is not None and len(mended) <= _LONGEST:
        error.hint = f"write `{mended}`: {habit.reason}"
    else:
        error.hint = f"write `{habit.rewritten(match).strip() or match[0]}`: {habit.reason}"
    return error


def _is_query(text: str, parse: Callable[[str], object]) -> bool:
    try:
        parse(text)
    except MalformedQuery:
        return False
    return True


def _mended(error: MalformedQuery, parse: Callable[[str], object]) -> str | None:
    """Return the query with all of its habits mended; None if it is malformed in another way, too."""
    text, span = error.text, error.span
    for _ in range(_MOST):
        found = find(text, span)
        if found is None:
            return None
        habit, match = found
        text = text[: match.start()] + habit.rewritten(match) + text[match.end() :]
        try:
            parse(text)
        except MalformedQuery as next_error:
            span = next_error.span
        else:
            return text
    return None
