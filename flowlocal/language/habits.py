"""Constructs of other query languages and their Insights equivalents, as data.

They are searched for only in a malformed query; the equivalent becomes the hint of the error.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal

from msgspec import Struct

from flowlocal.language import sql
from flowlocal.language.errors import MalformedQuery, Span

_FIELD = r"(?P<field>`[^`]+`|@?[A-Za-z_][\w.@]*)"
_VALUE = r"(?P<value>\"[^\"|]*\"|'[^'|]*'|[\w.:/%-]+)"
_END = r"(?=\s*(?:\||$))"
_COMMANDS = r"(?:stats|filter|where|fields|display|sort|limit|head|parse|dedup)"
_BEGINS = rf"(?={_COMMANDS}\s*[\w@(`\"])"
"""Looks ahead for a command and its first argument."""
_OTHER_HINTS = ("unknown function", "a period is not allowed here")
"""Errors whose own hint is less helpful than that of a habit; so is that of `||`, which joins conditions elsewhere."""
_EXPLAINABLE = ("unexpected symbol found", *_OTHER_HINTS)
_LONGEST = 200
"""Maximum number of characters of a query that is shown as a whole."""
_MOST = 5
"""Maximum number of habits corrected in one query."""
_POWERS = {"k": 1, "m": 2, "g": 3, "t": 4}


class Habit(Struct, frozen=True):
    """A construct of another language.

    Attributes:
        pattern: a regular expression, case-insensitive; it applies if it matches at the position of the error.
        instead: the replacement of the whole match, with groups named in braces, or a function of the match.
        reason: why, as a clause that continues after a colon.
    """

    pattern: str
    instead: str | Callable[[re.Match[str]], str]
    reason: str

    def rewritten(self, match: re.Match[str]) -> str:
        """Return the replacement of a match."""
        if callable(self.instead):
            return self.instead(match)
        return self.instead.format(**{name: value or "" for name, value in match.groupdict().items()})


def _size(match: re.Match[str]) -> str:
    base = 1024 if match["binary"] else 1000
    return str(int(Decimal(match["number"]) * base ** _POWERS[match["unit"].lower()]))


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
    Habit(rf"{_FIELD}\s+is\s+not\s+null\b", "ispresent({field})", "Insights does not have null"),
    Habit(rf"{_FIELD}\s+is\s+null\b", "not ispresent({field})", "Insights does not have null"),
    Habit(rf"{_FIELD}\s+(?:is\s+not|ne)\s+{_VALUE}", "{field} != {value}", "comparisons are operators such as `=`"),
    Habit(rf"{_FIELD}\s+(?:is|eq|equals)\s+{_VALUE}", "{field} = {value}", "comparisons are operators such as `=`"),
    Habit(rf"{_FIELD}\s+(?:contains|includes)\s+{_VALUE}", "{field} like {value}", "`like` finds a text anywhere"),
    Habit(rf"{_FIELD}\s+starts?\s*with\s+{_VALUE}", "startsWith({field}, {value})", "it is a function"),
    Habit(rf"{_FIELD}\s+ends?\s*with\s+{_VALUE}", "endsWith({field}, {value})", "it is a function"),
    Habit(
        rf"{_FIELD}\s+(?:matches|regexp?|rlike)\s+[\"'](?P<regex>[^\"'/|]+)[\"']",
        "{field} like /{regex}/",
        "regular expressions are between slashes",
    ),
    Habit(rf"{_FIELD}\s+like\s+(?P<text>\d[\w.:]*)\*", 'startsWith({field}, "{text}")', "`like` has no wildcards"),
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
    Habit(r"\b(?:uniq|unique|uniqExact|dc|distinct_count|nunique)\s*\(", "count_distinct(", "this is its name here"),
    Habit(r"\bp(?P<percent>\d{1,2})\s*\((?P<of>[^()|]+)\)", "pct({of}, {percent})", "`pct` takes the percentage"),
    Habit(r"\b(?:mean|average)\s*\(", "avg(", "this is its name here"),
    Habit(r"\s+descending\b", " desc", "the keyword is `desc`"),
    Habit(r"\s+ascending\b", " asc", "the keyword is `asc`"),
    Habit(
        r"(?P<by>\bas\s+(?P<name>\w+)\b[^|]*\|\s*)top\s+(?P<count>\d+)",
        "{by}sort {name} desc | limit {count}",
        "`limit` takes the first rows after `sort`",
    ),
    Habit(r"\btop\s+(?P<count>\d+)", "limit {count}", "put `sort … desc` before it"),
    Habit(r"\b(?P<word>limit|head|tail)\s*\(\s*(?P<count>\d+)\s*\)", "{word} {count}", "the number has no parentheses"),
    Habit(r"\bas\s+(?P<name>\w+(?:-\w+)+)", "as `{name}`", "a name with a hyphen has backticks"),
    Habit(
        r"\b(?P<number>\d+(?:\.\d+)?)(?P<unit>(?-i:M)|[kgt]|[kmgt](?=i?b|i))(?P<binary>i?)b?\b",
        _size,
        "numbers are written without a unit",
    ),
    Habit(r"(?P<high>\d),(?P<low>\d{3})\b", "{high}{low}", "digits are not grouped"),
    Habit(rf"\beval\s+(?P<name>\w+)\s*=\s*(?P<of>[^|]+?){_END}", "fields {of} as {name}", "`fields` makes new fields"),
    Habit(r"\brename\s+(?P<old>\S+)\s+as\s+(?P<new>\w+)", "fields {old} as {new}", "`fields` gives names"),
    Habit(
        rf"\btimechart\s+(?P<call>[^|]*?\))\s+by\s+(?P<keys>[^|]+?){_END}",
        "stats {call} by bin(5m), {keys}",
        "`bin` makes groups of time",
    ),
    Habit(rf"\|\|(?=\s*{_BEGINS})", "|", "commands are separated by one `|`"),
    Habit(rf"(?P<before>[\w\"')\]/`])\s+{_BEGINS}", "{before} | ", "commands are separated by `|`"),
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
    """Return the first habit that matches at a position of a query."""
    for habit in HABITS:
        for match in re.finditer(habit.pattern, text, re.IGNORECASE):
            if match.start() <= span.start <= match.end():
                return habit, match
    return None


def explain(error: MalformedQuery, parse: Callable[[str], object]) -> MalformedQuery:
    """Return an error with the hint of the habit that matches at its position.

    Args:
        error: an error with its text; errors that are not about unknown words are returned unchanged.
        parse: raises MalformedQuery for a text that is not a query, so that no hint leads to another error.
    """
    if not error.message.startswith(_EXPLAINABLE):
        return error
    corrected = sql.translated(error.text)
    if corrected is not None and _is_query(corrected, parse):
        error.expected, error.hint = "", f"in Insights this is `{corrected}`"
        return error
    at = error.text[error.span.start : error.span.end]
    has_own_hint = bool(error.hint) and not error.message.startswith(_OTHER_HINTS) and at != "||"
    found = None if has_own_hint or at in ("", "|") else find(error.text, error.span)
    if found is None:
        return error
    habit, match = found
    corrected = _corrected(error, parse)
    error.expected = ""
    if corrected is not None and len(corrected) <= _LONGEST:
        error.hint = f"write `{corrected}`: {habit.reason}"
    else:
        error.hint = f"write `{habit.rewritten(match).strip() or match[0]}`: {habit.reason}"
    return error


def _is_query(text: str, parse: Callable[[str], object]) -> bool:
    try:
        parse(text)
    except MalformedQuery:
        return False
    return True


def _corrected(error: MalformedQuery, parse: Callable[[str], object]) -> str | None:
    """Return the query with all of its habits corrected; None if it is malformed in another way, too."""
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
