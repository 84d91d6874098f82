"""Taking texts apart: what no table of log lines can hold."""

from __future__ import annotations

import re

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowlocal.commands.parse import extraction

TEXT = pl.col("text")


def glob(text: str | None, pattern: str) -> list[str | None]:
    """Return what the stars of a glob match in one text."""
    frame = pl.DataFrame({"text": [text]}, schema={"text": pl.String})
    return list(frame.select(extraction.glob_columns(TEXT, pattern).struct.unnest()).row(0))


def every_match(text: str, pattern: str) -> list[dict[str, str | None]] | None:
    """Return the groups of every match of a pattern in one text."""
    frame = pl.DataFrame({"text": [text]}, schema={"text": pl.String})
    found: list[dict[str, str | None]] | None = frame.select(extraction.regex_lists(TEXT, pattern)).item()
    return None if found is None else list(found)


def by_hand(text: str, pattern: str) -> list[str | None]:
    """Return what a glob extracts, spelt out with ``str.find``."""
    first, *others = pattern.split("*")
    at = text.find(first) + len(first) if first in text else -1
    pieces = list[str | None]()
    for number, piece in enumerate(others):
        rest = number == len(others) - 1 and not piece
        end = len(text) if rest else text.find(piece, at)
        if at < 0 or end < 0:
            return [None] * len(others)
        pieces.append(text[at:end])
        at = end + len(piece)
    return pieces


@given(st.text("ab* \n", max_size=12), st.text("ab* ", max_size=8).filter(lambda pattern: "*" in pattern))
def test_glob_means_what_find_says(text: str, pattern: str) -> None:
    """The columns hold what a search from left to right finds, whatever text and pattern."""
    assert glob(text, pattern) == by_hand(text, pattern)


@given(st.text("ab*", max_size=12), st.text("ab*", max_size=8).filter(lambda pattern: "*" in pattern))
def test_glob_in_long_texts(text: str, pattern: str) -> None:
    """Long texts are taken apart in the same way as short ones."""
    tail = "c" * (1 << 16)
    whole = glob(text + tail, pattern)
    assert whole == by_hand(text + tail, pattern)


def test_glob_of_many_stars_in_a_long_line() -> None:
    """Two hundred stars over a line of a megabyte are found, or not found, without backtracking."""
    line = "ab" * 500_000
    assert glob(line, "*b" * 199 + "*")[-2:] == ["a", line[398:]]
    assert glob(line, "*b" * 199 + "*c") == [None] * 200


def test_missing_text_has_no_pieces() -> None:
    """A missing text gives missing pieces, even for stars that could match nothing."""
    assert glob(None, "**") == [None, None]


@pytest.mark.parametrize(
    ("text", "pattern", "found"),
    [
        ("a=1 b=2", r"\b=(?<v>\d)", [{"v": "1"}, {"v": "2"}]),
        ("a,,b", r"(?:^|,)(?<v>[^,]*)", [{"v": "a"}, {"v": ""}, {"v": "b"}]),
        ("a,,b", r"(?<v>[^,]*)(?:,|$)", [{"v": "a"}, {"v": ""}, {"v": "b"}]),
        ("abc", r"a(?<v>bc$|b)", [{"v": "bc"}]),
        ("abcd", r"a(?<v>bc$|b)", [{"v": "b"}]),
        ("aab", r"(?<x>a)(?<y>b)?", [{"x": "a", "y": None}, {"x": "a", "y": "b"}]),
        ("one\ntwo", r"(?m)^(?<v>\w+)$", [{"v": "one"}, {"v": "two"}]),
        ("ÄÖ äö", r"(?i)(?<v>ä)", [{"v": "Ä"}, {"v": "ä"}]),
        ("xyz", r"(?<v>q)", None),
        ("ab", r"(?<v>x*)", [{"v": ""}, {"v": ""}, {"v": ""}]),
    ],
)
def test_every_match_keeps_its_surroundings(text: str, pattern: str, found: list[dict[str, str | None]] | None) -> None:
    """Anchors and boundaries of each match see the whole text."""
    assert every_match(text, pattern) == found


SHARED_PATTERNS = [
    r"(?P<a>a+)",
    r"(?P<a>a|b)(?P<b>,)?",
    r"\b(?P<a>a+)\b",
    r"(?:^|,)(?P<a>[ab]+)",
    r"(?P<a>[ab]+)(?:,|$)",
    r"(?P<a>a+?)(?P<b>b*) ",
    r"\B(?P<a>.)",
    r"(?m)^(?P<a>a.*)$",
    r"(?P<a>a(?:b$|b,|a))",
]
"""Patterns that Python reads as Polars does, and that match no empty text."""


@given(st.text("ab, \n", max_size=15), st.sampled_from(SHARED_PATTERNS))
def test_every_match_means_what_finditer_says(text: str, pattern: str) -> None:
    """The groups of all matches are those that Python finds in the whole text."""
    found = [
        match.groupdict()
        for match in re.finditer(pattern.replace("$", "\\Z") if "(?m)" not in pattern else pattern, text)
    ]
    assert every_match(text, pattern) == (found or None)


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("a,b", ["a", "b"]),
        ("", [""]),
        (",", ["", ""]),
        ('"a,b",c', ["a,b", "c"]),
        ('"a""b"x,c', ['a"bx', "c"]),
        ('"open,c', ["open,c"]),
        ('a"b,c', ['a"b', "c"]),
        ("1,2,3,4", ["1", "2", "3"]),
    ],
)
def test_csv_values(text: str, values: list[str]) -> None:
    """Values between commas, quoted or not, up to the number asked for."""
    assert extraction.csv_values(text, 3) == values


@pytest.mark.parametrize(
    ("text", "document"),
    [
        ("a=1 b=x", '{"a":"1","b":"x"}'),
        ('a="x y" b=', '{"a":"x y","b":""}'),
        (r'a="\"\\\n"', r'{"a":"\"\\\n"}'),
        ("a=1 word a=2", '{"a":"2"}'),
        ("é=ü", '{"é":"ü"}'),
        ("a==b =c d=", '{"a":"=b","d":""}'),
        ('a="open b=1', '{"a":"\\"open","b":"1"}'),
        ('"a=1" b=2', '{"a":"1\\"","b":"2"}'),
        ("no pairs", None),
        ("", None),
    ],
)
def test_logfmt_document(text: str, document: str | None) -> None:
    """Pairs as a map, in their order."""
    assert extraction.logfmt_document(text) == document


@pytest.mark.parametrize("text", ["ab" * 500_000, "=" * 500_000, 'a="' * 300_000, 'a="\\' * 200_000, "a=b " * 200_000])
def test_logfmt_of_a_long_line(text: str) -> None:
    """A line of a megabyte is gone through once, whatever it holds."""
    extraction.logfmt_document(text)


@pytest.mark.parametrize("text", ['"' * 500_000, ',"' * 300_000, '","' * 200_000, "," * 500_000])
def test_csv_of_a_long_line(text: str) -> None:
    """A line of a megabyte is gone through once, whatever it holds."""
    assert len(extraction.csv_values(text, 1000)) <= 1000
