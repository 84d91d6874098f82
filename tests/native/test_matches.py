"""Simple patterns: the library finds them in the texts in which Polars does, or leaves these to Polars."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pyarrow as pa  # type: ignore[import-untyped]
import pytest
from hypothesis import given
from hypothesis import strategies as st

import flowlocal
from flowlocal.native.matches import MOST_PLACES
from flowlocal.sources.reading.conditions import conditions_of
from flowlocal.sources.records.patterns import simple_pattern, text_pattern

CLASSES = [".", r"\d", r"\w", "[0-4]", "[^.]", r"[\da-f:]", "[^0-9/]", "[1.]", "[A-Z ]"]
characters = st.sampled_from("01259.:/-aAzZ_ #&~")
parts = st.one_of(
    characters.map(lambda character: f"\\{character}" if character in ".-#&~/" else character),
    st.sampled_from(CLASSES),
)
places = st.tuples(parts, st.sampled_from(["", "", "", "+", "{1}", "{3}", "{0}"])).map("".join)
patterns = st.tuples(st.sampled_from(["", "^", r"\A"]), st.lists(places, max_size=8), st.sampled_from(["", "$", r"\z"]))
texts = st.none() | st.text(
    st.one_of(characters, st.sampled_from("0123456789."), st.sampled_from("\n\0\x7f")), max_size=20
)


@given(pattern=patterns, rows=st.lists(texts, min_size=1, max_size=40), offset=st.integers(0, 3))
def test_any_pattern(pattern: tuple[str, list[str], str], rows: list[str | None], offset: int) -> None:
    """It occurs where Polars finds it, from anywhere in memory; not in null."""
    expression = f"{pattern[0]}{''.join(pattern[1])}{pattern[2]}"
    series = pl.concat([pl.Series(rows[:5], dtype=pl.String), pl.Series(rows, dtype=pl.String)])[offset:]
    simple = simple_pattern(expression)
    if simple is None:
        assert all(place.endswith("{0}") for place in pattern[1])
    elif len(series):
        found = simple.occurs_in(series)
        assert found is not None
        assert found.to_list() == series.str.contains(expression).fill_null(value=False).to_list()


@given(text=st.text(characters, min_size=1, max_size=6), rows=st.lists(texts, min_size=1, max_size=40))
def test_any_text(text: str, rows: list[str | None]) -> None:
    """A text is found wherever Polars finds it, whatever its characters mean in a pattern."""
    series, pattern = pl.Series(rows, dtype=pl.String), text_pattern(text)
    assert pattern is not None
    found = pattern.occurs_in(series)
    assert found is not None
    assert found.to_list() == series.str.contains(text, literal=True).fill_null(value=False).to_list()


OTHERS = [
    *("", "^", "$", "^$", "a|b", "(a)", "(?i)a", "a*", "a?", "a+?", "a++", "a{2,}", "a{2}{2}", r"\b1", r"\x41"),
    *(r"\D", r"\W", r"\s", r"\p{L}", "é", "[é]", "[a-é]", "[[:alpha:]]", "[a&&b]", "[a-b-c]", "[z-a]", "[]a]"),
    *(r"[\w]", "a^", "$a", r"\$$$", "a" * (MOST_PLACES + 1), "a{65}", "[", "(", "\\"),
]


@pytest.mark.parametrize("expression", OTHERS)
def test_other_patterns(expression: str) -> None:
    """What is not a row of characters, or not the same in every reader, is left to Polars."""
    assert simple_pattern(expression) is None


USUAL = ["10.0.0.0", r"^10\.0\.", r"\.255$", r"10\.[0-9]{2}\.\d+\.", "a{64}", r"\$$", r"a\$"]


@pytest.mark.parametrize("expression", USUAL)
def test_usual_patterns(expression: str) -> None:
    """Parts of addresses are simple."""
    assert simple_pattern(expression) is not None


@pytest.mark.parametrize("rows", [[], ["é"], ["1", "\x80"], ["1" * 64, "1" * 65]])
def test_other_texts(rows: list[str]) -> None:
    """Texts that are not ASCII, or long, are left to others, and so is no text at all."""
    pattern = text_pattern("1")
    assert pattern is not None
    assert pattern.occurs_in(pl.Series(rows, dtype=pl.String)) is None


@pytest.mark.parametrize("text", ["", "é", "1" * (MOST_PLACES + 1)])
def test_other_needles(text: str) -> None:
    """So are other texts to look for."""
    assert text_pattern(text) is None


def test_texts_elsewhere_in_memory() -> None:
    """A text of more than twelve characters is where its view says."""
    data, lengths = b"x" * 40 + b"1" + b"x" * 23, [13, 41, 40, 64]
    views = b"".join(length.to_bytes(4, "little") + b"xxxx" + bytes(8) for length in lengths)
    shared = pa.Array.from_buffers(pa.string_view(), len(lengths), [None, pa.py_buffer(views), pa.py_buffer(data)])
    pattern = simple_pattern("x1$")
    assert pattern is not None
    found = pattern.occurs_in(pl.Series(pl.from_arrow(shared)))
    assert found is not None
    assert found.to_list() == [False, True, False, False]


@pytest.mark.parametrize("predicate", ["contains", "literal", "filled", "long"])
def test_conditions(predicate: str) -> None:
    """Conditions on short texts use patterns, and fall back on other readers; the rows are the same."""
    column = pl.col("a")
    asked = {
        "contains": column.str.contains(r"1\d"),
        "literal": column.str.contains("1.", literal=True),
        "filled": column.str.contains(r"^1.$").fill_null(pl.lit(value=False)),
        "long": column.str.contains("x1"),
    }[predicate]
    frame = pl.DataFrame({"a": ["10", "1.", "0", None, "x" * 70 + "1" if predicate == "long" else "12"]})
    (condition,) = conditions_of(asked, frame.schema)
    assert condition.pattern is not None
    assert frame.filter(condition.holds(frame)).equals(frame.filter(asked))
    assert frame.filter(condition.asked_of(frame)).equals(frame.filter(asked))


QUERIES = {
    "filter srcAddr like /10.0.0.1/ | stats count(*) as n": 2,
    r"filter srcAddr like /^10\.0\.0\.1$/ | stats count(*) as n": 1,
    "filter srcAddr like '0.0.1' | stats count(*) as n": 2,
    "filter srcAddr not like /1.$/ | stats count(*) as n": 3,
    "filter interfaceId like /é/ | stats count(*) as n": 1,
}


@pytest.mark.parametrize("query", QUERIES)
def test_queries(query: str, tmp_path: Path) -> None:
    """Addresses, a dash, and a text that is not ASCII among them."""
    rows = [("eni-1", "10.0.0.1"), ("eni-2", "10.0.0.12"), ("eni-é", "-"), ("eni-3", "fd00::1")]
    record = "2 123456789012 {} {} 10.1.0.9 1 2 6 3 4 1760000000 1760000001 ACCEPT OK\n"
    path = tmp_path / "a.log"
    path.write_text("".join(record.format(*row) for row in rows), encoding="utf-8")
    assert [row["n"] for row in flowlocal.query(query, path)] == [str(QUERIES[query])]
