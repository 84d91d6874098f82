"""Malformed queries: the message, its position, and what to write instead."""

from __future__ import annotations

import pytest

from flowlocal.engine import parse
from flowlocal.language.errors import MalformedQuery
from flowlocal.language.render import render

# query, message, what the caret marks, line and column, a part of what was expected, a part of the hint
TABLE = [
    ("", "unexpected symbol found <EOF>", "", (1, 1), "a command", "at least one command"),
    ("filter a |", "unexpected symbol found <EOF>", "", (1, 11), "a command", "remove the last `|`"),
    ("# a comment", "unexpected symbol found <EOF>", "", (1, 12), "a command", "at least one command"),
    ("limit 1 | # a comment", "unexpected symbol found <EOF>", "", (1, 22), "a command", "remove the last `|`"),
    ("stats count(*) byy a", "unexpected symbol found byy", "byy", (1, 16), "`by`", "did you mean `by`?"),
    ("stats count(*) by bin(5x)", "unexpected symbol found x", "x", (1, 24), "`)`", "units of a period"),
    ("filter a = 10.0.0.5", "unexpected symbol found .0", ".0", (1, 16), "", "needs quotes: '10.0.0.5'"),
    ("filter (a = 10.0.0.5)", "unexpected symbol found .0", ".0", (1, 17), "", "needs quotes: '10.0.0.5'"),
    ("filter a = 10.0.0.5|limit 1", "unexpected symbol found .0", ".0", (1, 16), "", "needs quotes: '10.0.0.5'"),
    ("fields *", "unexpected symbol found *", "*", (1, 8), "a field", "name each"),
    ("estimate | limit 1", "unexpected symbol found limit", "limit", (1, 12), "", "`estimate` ends a query"),
    ("filter a || b", "unexpected symbol found ||", "||", (1, 10), "", "write `or`"),
    ("filter a && b", "unexpected symbol found &&", "&&", (1, 10), "", "write `and`"),
    ("filter a !~ /x/", "unexpected symbol found !~", "!~", (1, 10), "", "not like"),
    ("filter a <> 1", "unexpected symbol found <>", "<>", (1, 10), "", "!="),
    ("filter | limit 5", "unexpected symbol found |", "|", (1, 8), "a field, a value or a function", ""),
    ("filter (a = 1", "unexpected symbol found <EOF>", "", (1, 14), "`)`", ""),
    ("filter a = 1)", "unexpected symbol found )", ")", (1, 13), "", ""),
    ("filter a in 5", "unexpected symbol found 5", "5", (1, 13), "a list such as", ""),
    ("filter a in [1,]", "unexpected symbol found ]", "]", (1, 16), "a field, a value", ""),
    ("filter a = 1 = 2", "unexpected symbol found =", "=", (1, 14), "", "do not chain"),
    ("filter a = ‘x’", "unexpected symbol found ‘", "‘", (1, 12), "", "plain quote '"),
    ("filter a = “x”", "unexpected symbol found “", "“", (1, 12), "", 'plain quote "'),
    ("filter a = 'x", "this text is not closed", "'", (1, 12), "", "close it with '"),
    ("filter a like /x", "this regular expression is not closed", "/", (1, 15), "", "close it with `/`"),
    ("filter `a", "this name is not closed", "`", (1, 8), "", "backtick"),
    ("filter a like /x/i", "unexpected symbol found i", "i", (1, 18), "", "(?i)"),
    ("filter /x/", "unexpected symbol found /", "/", (1, 8), "a value", "after `like`"),
    ("fields a as", "unexpected symbol found <EOF>", "", (1, 12), "a name for the column", ""),
    ("fields a,", "unexpected symbol found <EOF>", "", (1, 10), "a field", ""),
    ("fields by", "unexpected symbol found by", "by", (1, 8), "a field", "in backticks"),
    ("fields 0x1F", "unexpected symbol found x1F", "x1F", (1, 9), "", ""),
    ("fields 1e", "unexpected symbol found e", "e", (1, 9), "", ""),
    ("limit 1e3", "unexpected symbol found 1e3", "1e3", (1, 7), "from 1 to 100000", ""),
    ("fields a;", "unexpected symbol found ;", ";", (1, 9), "", "separated by `|`"),
    ("fields a ? 1 : 2", "unexpected symbol found ?", "?", (1, 10), "", "if(condition"),
    ("filter a\x00", "unexpected symbol found \x00", "\x00", (1, 9), "", "U+0000"),
    ("filtr a", "unexpected symbol found filtr", "filtr", (1, 1), "a command", "did you mean `filter`?"),
    ("select * from logs", "unexpected symbol found select", "select", (1, 1), "a command", "fields"),
    ("limit 0", "unexpected symbol found 0", "0", (1, 7), "from 1 to 100000", ""),
    ("limit 100001", "unexpected symbol found 100001", "100001", (1, 7), "from 1 to 100000", ""),
    ("limit -5", "unexpected symbol found -", "-", (1, 7), "from 1", ""),
    ("limit 1.5", "unexpected symbol found 1.5", "1.5", (1, 7), "from 1", ""),
    ("sort", "unexpected symbol found <EOF>", "", (1, 5), "a field name", ""),
    ("sort 5", "unexpected symbol found 5", "5", (1, 6), "a field name", ""),
    ("stats count(*) by", "unexpected symbol found <EOF>", "", (1, 18), "", ""),
    ("fields a\n| filter\n  b = = 2", "unexpected symbol found =", "=", (3, 7), "", ""),
]


def _error(text: str) -> MalformedQuery:
    with pytest.raises(MalformedQuery) as caught:
        parse(text)
    return caught.value


@pytest.mark.parametrize("row", TABLE, ids=lambda row: row[0])
def test_table(row: tuple[str, str, str, tuple[int, int], str, str]) -> None:
    """An error has the message, the position, what is expected there, and what to write."""
    text, message, at, place, expected, hint = row
    error = _error(text)
    assert error.message == message
    assert text[error.span.start : error.span.end] == at
    assert (error.line, error.column) == place
    assert expected in error.expected
    assert hint in error.hint


def test_service_position_counts_the_prefix() -> None:
    """The service counts from the start of ``SOURCE "…" START=… END=… | ``, across lines, and reports line 1."""
    error = _error("fields @message\n| filter @message like /a/i")
    prefix = len('SOURCE "/app/web" START=1700000000000 END=1700003600999 | ')
    place = error.text.rindex("i") + prefix
    assert error.service_message(prefix) == f"unexpected symbol found i at line 1 and position {place}"


@pytest.mark.parametrize("symbol", ["{", "}", "{start}", "{0}", "{{"])
def test_service_message_with_braces(symbol: str) -> None:
    """Braces in a query are plain characters in the message."""
    assert _error(symbol).service_message(3) == f"unexpected symbol found {symbol[0]} at line 1 and position 3"


RENDERED = [
    ("filter 重要 = = 1", "  1 | filter 重要 = = 1\n    |               ^"),
    ("filter\ta = = 1", "  1 | filter a = = 1\n    |            ^"),
    ("fields a\n| filter b = = 1", "  2 | | filter b = = 1\n    |              ^"),
    ("filter a like /x/i", "  1 | filter a like /x/i\n    |                  ^"),
    ("filter `e\u0301` = = 1", "  1 | filter `e\u0301` = = 1\n    |              ^"),
]


@pytest.mark.parametrize(("text", "excerpt"), RENDERED)
def test_render(text: str, excerpt: str) -> None:
    """The caret is under the symbol, whatever comes before it."""
    assert excerpt in render(_error(text))


def test_render_long_line() -> None:
    """A long line is cut so that the caret remains visible."""
    text = "filter " + "a = 1 or " * 100 + "b = = 2" + " or a = 1" * 100
    shown = render(_error(text)).splitlines()
    assert all(len(line) < 200 for line in shown)
    code, carets = shown[2], shown[3]
    assert code[carets.index("^")] == "="
    assert code.count("…") == 2


def test_render_whole() -> None:
    """An error has all of its parts in the order in which people read them."""
    assert render(_error("filtr a"), source_name="mine") == (
        "malformed query: unexpected symbol found filtr\n"
        "  --> mine:1:1\n"
        "  1 | filtr a\n"
        "    | ^^^^^\n"
        "  expected: a command such as `filter` or `stats`\n"
        "  help: did you mean `filter`?"
    )
