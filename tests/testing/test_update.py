"""Expectations recorded anew: nothing else in their files changes."""

from __future__ import annotations

import os
import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowlocal.testing.case import Row, WrongCase, read_cases
from flowlocal.testing.compare import matches
from flowlocal.testing.run import Outcome, answered
from flowlocal.testing.update import _rewritten, record

ROWS = st.lists(
    st.dictionaries(st.sampled_from(["a", "b c", "@m"]), st.sampled_from(["1", "*", 'x"y', "é"])), max_size=6
)


def one_line(rows: list[Row]) -> str:
    """Rows as a person might write them."""
    tables = ("{ " + ", ".join(f"{quoted(name)} = {quoted(cell)}" for name, cell in row.items()) + " }" for row in rows)
    return "[" + ", ".join(tables) + "]"


def lines(rows: list[Row]) -> str:
    """Rows one a line, with remarks."""
    return one_line(rows).replace("}, {", "}, # remark\n    {").replace("[{", "[ # rows\n    {").replace("}]", "},\n]")


def quoted(text: str) -> str:
    """Return a basic TOML string."""
    return '"' + text.replace('"', '\\"') + '"'


def outcome(path: Path, rows: list[Row], columns: tuple[str, ...] = ("a",)) -> Outcome:
    """How the only case of a file goes when its query answers with rows."""
    return answered(read_cases(path)[0], rows, columns)


@given(before=ROWS, after=ROWS, many=st.booleans())
def test_any_change(tmp_path_factory: pytest.TempPathFactory, before: list[Row], after: list[Row], many: bool) -> None:
    """Whatever rows were expected and are answered, what is recorded is met by the answer."""
    path = tmp_path_factory.getbasetemp() / "x.insights.toml"
    written = lines(before) if many else one_line(before)
    text = f'# head\nquery = "limit 1" # q\nlines = ""\nrows = {written} # tail\n# end\n'
    path.write_text(text, encoding="utf-8")
    told = _rewritten(path, path.read_bytes(), [outcome(path, after)]).decode()
    assert matches(tomllib.loads(told)["rows"], after)
    assert told.startswith('# head\nquery = "limit 1" # q\nlines = ""\nrows = [')
    assert told.endswith("\n# end\n")


@pytest.mark.parametrize(
    ("expected", "recorded"),
    [
        ("row_count = 7", "row_count = 1"),
        ('columns = ["b"]', 'columns = ["a"]'),
        ('error = "no"', 'rows = [\n  { a = "1" },\n]'),
        ("", 'rows = [\n  { a = "1" },\n]'),
        ('columns = ["b"]\nrow_count = 2', 'columns = ["a"]\nrow_count = 1'),
        ("rows = []", 'rows = [\n  { a = "1" },\n]'),
    ],
)
def test_forms(tmp_path: Path, expected: str, recorded: str) -> None:
    """What a case expects is recorded in the form in which it expects it."""
    path = tmp_path / "x.insights.toml"
    path.write_text(f'query = "limit 1"\nlines = ""\n{expected}\n')
    record([outcome(path, [{"a": "1"}])])
    assert path.read_text().strip() == f'query = "limit 1"\nlines = ""\n{recorded}'.strip()
    assert outcome(path, [{"a": "1"}]).message == ""


@pytest.mark.parametrize(
    ("before", "after", "recorded"),
    [
        ('[{ a = 2, b = "x" }]', [{"a": "3", "b": "x"}], '[{ a = 3, b = "x" }]'),
        ('[{a = 2,  b="x"}]', [{"a": "3", "b": "y"}], '[{a = 3,  b="y"}]'),
        ("[{ a = 0.5 }]", [{"a": "0.25"}], "[{ a = 0.25 }]"),
        ("[{ a = 2 }]", [{"a": "1.50"}], '[{ a = "1.50" }]'),  # not how that number is printed
        ("[{ a = 2 }]", [{"a": "1\nb = 2"}], '[{ a = "1\\nb = 2" }]'),
        ('[{ a = 2 }, { a = "-" }]', [{"a": "3"}, {"a": "-"}], '[{ a = 3 }, { a = "-" }]'),
        (
            "[\n  { a = 1 }, # one\n  { a = 2 }, # two\n]",
            [{"a": "1"}, {"a": "3"}],
            "[\n  { a = 1 }, # one\n  { a = 3 }, # two\n]",
        ),
        ("[{ a = 1, b = 2 }]", [{"a": "1", "c": "3"}], '[{ a = 1, c = "3" }]'),
        ("[{ a = 1, b = 2 }]", [{"b": "3"}], "[{ b = 3 }]"),
        ("[{a = 1}]", [{"a": "2"}, {"a": "3"}], "[{a = 2}, {a = 3}]"),
        ("[{ 'b c' = 0x10, a = 1 }]", [{"b c": "16", "a": "2"}], "[{ 'b c' = 0x10, a = 2 }]"),
    ],
)
def test_formatting_stays(tmp_path: Path, before: str, after: list[Row], recorded: str) -> None:
    """Numbers stay numbers, blanks and comments stay where they are, and what is right is not touched."""
    path = tmp_path / "x.insights.toml"
    path.write_text(f'query = "limit 1"\nlines = ""\nrows = {before} # tail\n')
    record([outcome(path, after)])
    assert path.read_text() == f'query = "limit 1"\nlines = ""\nrows = {recorded} # tail\n'
    assert outcome(path, after).message == ""


def test_defaults_are_overruled(tmp_path: Path) -> None:
    """Where all cases share an expectation, the case gets one of its own."""
    path = tmp_path / "x.insights.toml"
    path.write_text('[defaults]\nlines = ""\ncolumns = ["b"]\nrow_count = 3\n[[case]]\nquery = "limit 1"\n')
    record([outcome(path, [{"a": "1"}])])
    assert path.read_text().endswith('[[case]]\nquery = "limit 1"\ncolumns = ["a"]\nrow_count = 1\n')


def test_bytes_that_stay(tmp_path: Path) -> None:
    """A byte order mark and the ends of lines stay as they are."""
    path = tmp_path / "x.insights.toml"
    path.write_bytes(b'\xef\xbb\xbfquery = "limit 1"\r\nlines = ""\r\nrow_count = 7\r\n')
    record([outcome(path, [])])
    assert path.read_bytes() == b'\xef\xbb\xbfquery = "limit 1"\r\nlines = ""\r\nrow_count = 0\r\n'


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="root may write everywhere")
def test_read_only(tmp_path: Path) -> None:
    """A file that cannot be written is named."""
    path = tmp_path / "x.insights.toml"
    path.write_text('query = "limit 1"\nlines = ""\nrow_count = 7\n')
    failed = outcome(path, [])
    path.chmod(0o400)
    with pytest.raises(WrongCase, match="cannot be written"):
        record([failed])
