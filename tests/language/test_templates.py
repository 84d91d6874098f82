"""Saved queries and placeholders: their expansion, and the position of errors in it."""

from __future__ import annotations

import pytest

from flowlocal.language.errors import MalformedQuery, Span
from flowlocal.language.templates import SavedQuery, expand

SAVED = {"Top": SavedQuery("stats count(*) by {{key}} | limit {{n}}", {"n": "10"})}


@pytest.mark.parametrize(
    ("query", "expanded"),
    [
        ("limit 1", "limit 1"),
        ("limit {{n}}", "limit 7"),
        ("limit {{ n }} # {{n}}", "limit 7 # 7"),
        ("filter a = '{{n}}{{n}}'", "filter a = '77'"),
        ("$Top(key = 'a')", "stats count(*) by a | limit 10"),
        ('| $Top(key = "a", n = 3) | limit {{n}}', "| stats count(*) by a | limit 3 | limit 7"),
        ("$Top(key = dstPort, n = 3)", "stats count(*) by dstPort | limit 3"),
        ('$Top(key = "{{n}}")', "stats count(*) by 7 | limit 10"),
        ("limit 1 | $Top(key = 'a')", "limit 1 | stats count(*) by a | limit 10"),
        ("filter x in ($Top(key='a'))", "filter x in (stats count(*) by a | limit 10)"),
        ("filter a like /|$Top()/ and b = '| $Top()'", "filter a like /|$Top()/ and b = '| $Top()'"),
        ("fields a / b | filter `|$Top()` = 1", "fields a / b | filter `|$Top()` = 1"),
        ("parse a.b /|$Top()(?<x>y)/", "parse a.b /|$Top()(?<x>y)/"),
        ("limit 1 # | $Top()", "limit 1 # | $Top()"),
        ("filter a = 'open | $Top()", "filter a = 'open | $Top()"),
    ],
)
def test_expansion(query: str, expanded: str) -> None:
    """Placeholders and saved queries are expanded, but not in texts, patterns and comments."""
    assert expand(query, {"n": "7"}, SAVED).text == expanded


@pytest.mark.parametrize(
    ("query", "message", "at"),
    [
        ("limit {{m}}", "the parameter `m` has no value", "{{m}}"),
        ("$Tup(key = 1)", "unknown saved query Tup", "Tup"),
        ("$Top(kay = 1)", "no parameter kay", "kay = 1"),
        ("$Top(key = 1, key = 2)", "key is given twice", "key = 2"),
        ("$Top(key = '{{m}}')", "the parameter `m` has no value", "key = '{{m}}'"),
        ("$Top(key)", "unexpected symbol found )", ")"),
        ("$Top", "unexpected symbol found <EOF>", ""),
        ("$Long()", "the query has 10,016 characters after expansion; the service accepts at most 10,000", "$Long()"),
        ("$Many()", "more than 20 parameters", "$Many()"),
        ("$Nested()", "invokes another one", "$Nested()"),
    ],
)
def test_refusals(query: str, message: str, at: str) -> None:
    """An error of an expansion is shown at the placeholder or the invocation."""
    many = " ".join(f"{{{{p{number}}}}}" for number in range(21))
    others = {"Long": SavedQuery("limit 1" + " " * 10_000 + "| limit 2"), "Many": SavedQuery(many)}
    with pytest.raises(MalformedQuery) as caught:
        expand(query, {}, {**SAVED, **others, "Nested": SavedQuery("$Top(key = 1)")})
    error = caught.value
    assert message in error.message
    assert error.text[error.span.start : error.span.end] == at


@pytest.mark.parametrize(
    ("found", "at"),
    [
        ("limit 7", "limit {{n}}"),
        ("700", "{{n}}"),
        ("0 ", "{{n}}"),
        ("stats", "$Top(key=1)"),
        ("by 1", "$Top(key=1)"),
        ("| fields", "| fields"),
        ("fields", "fields"),
        ("", ""),
    ],
)
def test_places(found: str, at: str) -> None:
    """A position in the expanded text is shown in the query as written."""
    expansion = expand("limit {{n}} | $Top(key=1) | fields", {"n": "700"}, SAVED)
    assert expansion.text == "limit 700 | stats count(*) by 1 | limit 10 | fields"
    start = expansion.text.index(found) if found else len(expansion.text)
    error = expansion.place(MalformedQuery("x", Span(start, start + len(found))))
    assert error.text[error.span.start : error.span.end] == at


def test_defaults_of_a_file() -> None:
    """Lines at the top of a file are defaults; further down they are comments."""
    saved = SavedQuery.read('# Ports.\n# {{n}} = "10"\n#{{key}}=dstPort\nlimit {{n}}\n# {{m}} = 1\n')
    assert saved.defaults == {"n": "10", "key": "dstPort"}
    assert saved.parameters == ("n",)
