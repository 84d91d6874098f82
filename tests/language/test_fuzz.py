"""The parser raises no errors but the language's own, and every error can be rendered."""

from __future__ import annotations

import unicodedata

from hypothesis import example, given
from hypothesis import strategies as st

from flowlocal.engine import parse
from flowlocal.language.errors import MalformedQuery
from flowlocal.language.render import render
from flowlocal.language.unparse import print_query
from tests.language.trees import queries, ragged


def _check(text: str) -> None:
    try:
        query = parse(text)
    except MalformedQuery as error:
        _check_error(error, text)
    else:
        assert parse(print_query(query)) == query


def _check_error(error: MalformedQuery, text: str) -> None:
    assert error.text == text
    assert 0 <= error.span.start <= error.span.end <= len(text)
    assert error.message
    assert error.service_message(7)
    assert str(error)
    for shown in (render(error), render(error, color=True)):
        steering = [each for each in shown if unicodedata.category(each) == "Cc" and each not in "\n\x1b"]
        assert not steering
    assert "\x1b" not in render(error)


@given(ragged)
@example("filter a = 'x\ud800'")
@example("fields `")
@example("filter @message like /a\\")
@example("limit " + "9" * 5000)
@example("fields a[" + "9" * 5000 + "]")
@example("\x1b[31mfilter")
def test_ragged_texts(text: str) -> None:
    """Texts of fragments of the language in any order parse or raise MalformedQuery."""
    _check(text)


@given(st.text(max_size=60))
def test_any_text(text: str) -> None:
    """Any text parses or raises MalformedQuery."""
    _check(text)


@given(queries(), st.data())
def test_broken_queries(query: object, data: st.DataObject) -> None:
    """A query with a character removed, inserted, or cut off parses or raises MalformedQuery."""
    text = print_query(query)  # type: ignore[arg-type]
    at = data.draw(st.integers(0, len(text)))
    _check(text[:at] + text[at + 1 :])
    _check(text[:at] + data.draw(st.characters(exclude_categories=["Cs"])) + text[at:])
    _check(text[:at])
