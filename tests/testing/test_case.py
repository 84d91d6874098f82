"""Files of cases: what they may say, and how it is refused when they say something else."""

from __future__ import annotations

import datetime
from pathlib import Path

import pytest

from flowlocal.testing.case import Case, WrongCase, checked, read_cases
from flowlocal.testing.keys import printed

MINIMAL = 'query = "limit 1"\nlines = "a"\nrows = []\n'


def read(folder: Path, text: str) -> list[Case]:
    """Return the cases of a text."""
    path = folder / "x.insights.toml"
    path.write_text(text, encoding="utf-8")
    return read_cases(path)


def test_one_case(tmp_path: Path) -> None:
    """A file without [[case]] is one case, called as the file."""
    (case,) = read(tmp_path, MINIMAL)
    assert (case.title, case.number, case.line, case.query) == ("x", None, 1, "limit 1")
    assert case.expected.rows == ()


def test_defaults_and_places(tmp_path: Path) -> None:
    """[defaults] has what all cases share; every case has its line."""
    first, second = read(
        tmp_path,
        '[defaults]\nlogs = "a"\nquery = "limit 1"\nrow_count = 1\n\n'
        '[[case]]\ntitle = "own log"\nlines = ["a", "b"]\n\n[[case]]\nquery = "limit 2"\nerror = "no"\n',
    )
    assert (first.title, first.line, first.query, first.asking.lines) == ("own log", 6, "limit 1", "a\nb\n")
    assert first.asking.logs == ()
    assert (second.title, second.line, second.query) == ("case 2", 10, "limit 2")
    assert second.asking.logs == ((None, (str(tmp_path / "a"),)),)
    assert (second.expected.error, second.expected.row_count) == ({"error": "no"}, None)


def test_query_file(tmp_path: Path) -> None:
    """A query may stand in a file, whose place counts from the case's own."""
    (tmp_path / "q.insights").write_text("# {{n}} = 3\nlimit {{n}}")
    (case,) = read(tmp_path, 'query_file = "q.insights"\nlines = ""\nrow_count = 0\n')
    assert (case.query, case.folder) == ("# {{n}} = 3\nlimit {{n}}", tmp_path)


@pytest.mark.parametrize(
    ("text", "message", "line"),
    [
        ("a = ]", "invalid TOML", 1),
        ("[[case]]\n[[case]]\n", "case 1: a case needs either `query` or `query_file`", 1),
        (MINIMAL + 'name = "a"', "a case has no key `name`; did you mean `title`?", 1),
        (MINIMAL + "row = 1", "a case has no key `row`; did you mean `rows`?", 1),
        (MINIMAL + 'logs = "x"', "`logs` and `lines` exclude each other", 1),
        (MINIMAL + "row_count = 1", "`rows` and `row_count` exclude each other", 1),
        (MINIMAL + 'order = "some"', "`order` holds exact or any, not 'some'", 1),
        (MINIMAL.replace("[]", '"x"'), "`rows` holds a list of tables, not 'x'", 1),
        (MINIMAL.replace("[]", "[1]"), "`rows` holds a list of tables, not 1", 1),
        (MINIMAL.replace("[]", "[{ a = [1] }]"), "`rows` holds texts or numbers, not [1]", 1),
        (MINIMAL.replace('"limit 1"', "1"), "`query` holds a text, not 1", 1),
        ('query = "limit 1"\nrows = []\n', "a case needs logs", 1),
        ('query = "limit 1"\nlogs = [1]\n', "`logs` holds a text, not 1", 1),
        ('query_file = "nowhere"\nlines = ""\n', "nowhere: the file cannot be read", 1),
        (MINIMAL + "parameters = { n = 1 }", "the query has no parameter `n`", 1),
        (MINIMAL.replace("lines", "log_group = 'g'\ngroups").replace('"a"', "{}"), "leave `log_group` out", 1),
        (MINIMAL + 'hint = "x"', "`hint` describes an error; add `error`", 1),
        (
            'query = "limit 1"\nlog_events = [{ mesage = "a" }]\n',
            "no key `mesage`; did you mean `message`?",
            1,
        ),
        ('query = "limit 1"\nlog_events = [{ timestamp = 1 }]\n', "an event has no `message`", 1),
        ("[[value]]\nlines = ''\n", "value 1: a value has no `expression`", 1),
        ("[[value]]\nexpression = '1'\nrows = []\n", "1: a value has no key `rows`", 1),
        ("[case]\na = 1\n", "cases are written as [[case]]", None),
        ("[[case]]\n[other]\n", "unexpected `other`: expected [[case]], [[value]] or [defaults]", None),
    ],
)
def test_wrong(tmp_path: Path, text: str, message: str, line: int | None) -> None:
    """A file that says nothing that can be run is refused with file and line."""
    with pytest.raises(WrongCase) as caught:
        read(tmp_path, text)
    assert message in str(caught.value)
    assert (caught.value.path, caught.value.line) == (tmp_path / "x.insights.toml", line)


@pytest.mark.parametrize("content", [b"\xff", None])
def test_unreadable(tmp_path: Path, content: bytes | None) -> None:
    """A file that is not there, or no text, is refused."""
    path = tmp_path / "x.insights.toml"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(WrongCase):
        read_cases(path)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (22, "22"),
        (0.5, "0.5"),
        (True, "1"),
        ("x", "x"),
        (datetime.datetime(2026, 5, 1, 12, 0, 0, 7000), "2026-05-01 12:00:00.007"),
    ],
)
def test_printed(value: object, text: str) -> None:
    """Cells may be written as plain TOML values."""
    assert printed(value) == text


def test_checked() -> None:
    """Values of parameters are texts in the end."""
    assert checked("filter dstPort = {{ port }} | limit {{n}}", {"n": 5, "port": "22"}) == {"n": "5", "port": "22"}
