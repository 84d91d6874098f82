"""``flowlocal test`` as a user runs it."""

from __future__ import annotations

import subprocess
from pathlib import Path
from xml.etree import ElementTree

import pytest

from tests import in_process

LINE = (
    "2 123456789010 eni-1235b8ca123456789 172.31.16.139 172.31.16.21 20641 22 6 20 4249 1418530010 1418530070 ACCEPT OK"
)
CASES = f"""\
# What ports say.
[defaults]
lines = ["{LINE}"]

[[case]] # the first
title = "ports"
query = "stats count(*) as n by dstPort"
rows = [
  {{ dstPort = 22, n = 1 }}, # as it should be
]

[[case]]
title = "bytes"
query = "stats sum(bytes) as total"
# a megabyte?
rows = [{{ total = 1000000 }}] # recorded once

[[case]]
title = "how many"
query = "limit 5"
row_count = 3

[[case]]
title = "wrong"
query = "filter x ="
error = "something else"
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder with a log, two queries and some cases."""
    (tmp_path / "flow.log").write_text(LINE + "\n")
    (tmp_path / "ports.insights").write_text("stats count(*) as n by dstPort")
    (tmp_path / "rows.cwli").write_text("fields dstPort, @message | limit {{n}}")
    return tmp_path


def run(folder: Path, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run ``flowlocal test``."""
    aside = (*in_process.STYLES, "GITHUB_ACTIONS")
    return in_process.flowlocal("test", *arguments, folder=folder, variables=variables, without=aside)


def cases(folder: Path, text: str, name: str = "a.insights.toml") -> Path:
    """Return a file of cases."""
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_differences(folder: Path) -> None:
    """Each case that fails is shown with its place and what differs; the exit code is 1."""
    cases(folder, CASES)
    done = run(folder, "a.insights.toml")
    assert done.returncode == 1
    assert done.stdout.rsplit(" in ", 1)[0].splitlines() == [
        "failed a.insights.toml:12: bytes",
        "  the rows differ: 1 of 1 row",
        "  row 1",
        "    - total  1000000",
        "    + total  4249",
        "failed a.insights.toml:18: how many",
        "  1 row, not 3",
        "failed a.insights.toml:23: wrong",
        "  the error differs from the expected one",
        "  - something else",
        "  + unexpected symbol found <EOF>",
        "4 cases: 1 passed, 3 failed",
    ]


def test_update(folder: Path) -> None:
    """What differs is recorded where it stands; comments, order and what was right stay."""
    path = cases(folder, CASES)
    done = run(folder, "--update", ".")
    assert (done.returncode, done.stdout.rsplit(" in ", 1)[0]) == (
        0,
        "4 cases: 1 passed, 3 recorded",
    )
    assert done.stdout.rstrip().endswith(" s; look at the change before you commit it")
    expected = CASES.replace("{ total = 1000000 }", "{ total = 4249 }").replace("row_count = 3", "row_count = 1")
    assert path.read_text() == expected.replace("something else", "unexpected symbol found <EOF>")
    assert run(folder, ".").returncode == 0


def test_update_writes_nothing_where_all_is_right(folder: Path) -> None:
    """A file whose cases pass is not touched."""
    path = cases(folder, 'query   =  "limit 1"\nlogs = "flow.log"\nrow_count = 1\n')
    before = path.stat().st_mtime_ns
    assert run(folder, "--update", ".").returncode == 0
    assert path.stat().st_mtime_ns == before


def test_update_of_a_new_case(folder: Path) -> None:
    """A case without any expectation fails until it is recorded."""
    path = cases(folder, 'query = "fields dstPort, action"\nlogs = "flow.log"\n')
    assert "nothing is recorded" in run(folder, str(path)).stdout
    assert run(folder, "--update", str(path)).returncode == 0
    assert path.read_text().endswith('rows = [\n  { dstPort = "22", action = "ACCEPT" },\n]\n')
    assert run(folder, str(path)).returncode == 0


def test_update_keeps_rows_that_stay(folder: Path) -> None:
    """Rows are taken out, changed and put in one by one; the others stay as they are written."""
    lines = ["a 1", "b 2", "c 3", "d 4"]
    (folder / "lines.log").write_text("".join(f"{line}\n" for line in lines))
    path = cases(
        folder,
        'query = "fields @message | sort @message asc"\nlogs = "lines.log"\nrows = [\n'
        '    { "@message" = "a 1" }, # first\n'
        '    { "@message" = "gone" },\n'
        '    { "@message" = "*" }, # any\n'
        '    { "@message" = "c 3" },\n'
        "]\n",
    )
    assert run(folder, "--update", str(path)).returncode == 0
    text = path.read_text()
    assert '{ "@message" = "a 1" }, # first' in text
    assert '{ "@message" = "*" }' in text
    assert "gone" not in text
    assert run(folder, str(path)).returncode == 0


def test_malformed_query(folder: Path) -> None:
    """A query that is malformed, though rows are expected, is exit code 2, and is not recorded as if it were right."""
    path = cases(folder, 'query = "limitt 3"\nlogs = "flow.log"\nrows = []\n')
    before = path.read_text()
    done = run(folder, "--update", str(path))
    assert done.returncode == 2
    assert "malformed query: unexpected symbol found limitt" in done.stdout
    assert path.read_text() == before


def test_unreadable_logs(folder: Path) -> None:
    """Logs that are not there are exit code 3."""
    cases(folder, 'query = "limit 3"\nlogs = "nowhere"\nrows = []\n')
    done = run(folder)
    assert done.returncode == 3
    assert "nowhere" in done.stdout


def test_wrong_case(folder: Path) -> None:
    """A file without cases gives exit code 2; the others are run nevertheless."""
    cases(folder, "query = 1")
    cases(folder, 'query = "limit 3"\nlogs = "flow.log"\nrow_count = 1\n', "b.insights.toml")
    done = run(folder)
    assert done.returncode == 2
    assert done.stdout.startswith(
        "wrong case a.insights.toml:1: a: `query` holds a text, not 1\n2 cases: 1 passed, 1 wrong"
    )


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["nowhere"], 3, "there is no such file or folder"),
        (["ports.insights"], 2, "name the logs for ports.insights with --logs PATH"),
        (["--logs", "flow.log", "-p", "n"], 2, "write NAME=VALUE instead of 'n'"),
        (["--junit-xml", "nowhere/x.xml"], 2, "cannot write nowhere/x.xml"),
    ],
)
def test_refused(folder: Path, arguments: list[str], code: int, message: str) -> None:
    """What cannot be done is said in a sentence."""
    done = run(folder, *arguments)
    assert done.returncode == code
    assert message in done.stderr
    assert "Traceback" not in done.stderr


def test_options_of_a_case(folder: Path) -> None:
    """Time range, present, limit and order are options of a case."""
    cases(
        folder,
        """\
        [defaults]
        logs = ["flow.log"]
        [[case]]
        query = "limit 5"
        start = 1970-01-01T00:00:00Z
        end = "2000-01-01"
        rows = []
        [[case]]
        query = "limit 5"
        limit = 1
        strict = true
        log_group = "mine"
        columns = ["@timestamp", "@message"]
        [[case]]
        query = "fields dstPort as x | display x"
        order = "any"
        rows = [{ x = "*" }]
        """,
    )
    done = run(folder)
    assert (done.returncode, done.stdout[:17]) == (0, "3 cases: 3 passed"), done.stdout


def test_parameters_tables_and_saved_queries(folder: Path) -> None:
    """A query finds its parameters in the case, and tables and saved queries beside its file."""
    (folder / "names.csv").write_text("port,service\n22,ssh\n")
    (folder / "named.insights").write_text('# {{port}} = 80\n$rows(n = "{{n}}") | filter dstPort = {{port}}')
    cases(
        folder,
        """\
        [defaults]
        logs = "flow.log"
        [[case]]
        query = "fields dstPort | lookup names port as dstPort OUTPUT service | display service"
        rows = [{ service = "ssh" }]
        [[case]]
        query_file = "named.insights"
        parameters = { port = 22, n = 3 }
        row_count = 1
        [[case]]
        query_file = "named.insights"
        parameters = { n = 3 }
        row_count = 0
        [[case]]
        query_file = "named.insights"
        error = "the parameter `n` has no value"
        """,
    )
    done = run(folder)
    assert (done.returncode, done.stdout[:17]) == (0, "4 cases: 4 passed"), done.stdout


def test_snapshots(folder: Path) -> None:
    """Query files need no case: their answers are recorded beside them, and compared."""
    asked = (".", "--logs", "flow.log", "-p", "n=1")
    assert "nothing is recorded" in run(folder, *asked).stdout
    assert run(folder, *asked, "--update").returncode == 0
    snapshots = folder / "__snapshots__"
    assert (snapshots / "ports.jsonl").read_text() == '{"dstPort": "22", "n": "1"}\n'
    assert (snapshots / "rows.jsonl").read_text() == f'{{"dstPort": "22", "@message": "{LINE}"}}\n'
    assert run(folder, *asked).returncode == 0
    (snapshots / "ports.jsonl").write_text('{"dstPort": "22", "n": "2"}\n')
    (snapshots / "old.jsonl").write_text("")
    done = run(folder, *asked)
    assert done.returncode == 1
    assert "failed ports.insights:1: ports" in done.stdout
    assert "old.jsonl belongs to no query any more" in done.stderr


def test_log_groups(folder: Path) -> None:
    """Logs can be separated by log group, in a case and on the command line."""
    query = "SOURCE 'other' | fields @log, @message"
    (folder / "other.log").write_text("x\n")
    cases(folder, f'query = "{query}"\nlogs = {{ vpc = ["flow.log"], other = "other.log" }}\nrow_count = 1\n')
    assert run(folder, "a.insights.toml").returncode == 0
    (folder / "groups.insights").write_text(query)
    done = run(folder, "groups.insights", "--logs", "flow.log", "--log-group", "other=other.log", "--update")
    assert done.returncode == 0
    assert '"@message": "x"' in (folder / "__snapshots__" / "groups.jsonl").read_text()


def test_broken_snapshot(folder: Path) -> None:
    """A recorded answer that does not read is named with its line."""
    (folder / "__snapshots__").mkdir()
    (folder / "__snapshots__" / "ports.jsonl").write_text('{}\n"x"\n')
    done = run(folder, "ports.insights", "--logs", "flow.log")
    assert done.returncode == 2
    assert "wrong case __snapshots__/ports.jsonl:2: this line is not a row" in done.stdout


def test_two_queries_of_one_name(folder: Path) -> None:
    """Two queries cannot share a record."""
    (folder / "ports.cwli").write_text("limit 1")
    assert "has the same name" in run(folder, "--logs", "flow.log", "-p", "n=1", "--update").stdout


def test_query_files_without_logs_are_said(folder: Path) -> None:
    """A folder's query files are passed over without logs, and it is said so."""
    cases(folder, 'query = "limit 3"\nlogs = "flow.log"\nrow_count = 1\n')
    done = run(folder)
    assert done.returncode == 0
    assert done.stderr == (
        "flowlocal: 2 query files were passed over; name their logs with --logs to record what they answer\n"
    )


def test_junit(folder: Path) -> None:
    """A JUnit report has a suite for each file, failures and errors separately."""
    cases(folder, CASES)
    cases(folder, 'query = "limit\\u0007"\nlogs = "flow.log"\nrows = []\n', "b.insights.toml")
    assert run(folder, "--junit-xml", "report.xml").returncode == 2
    suites = ElementTree.parse(folder / "report.xml").getroot().findall("testsuite")
    counts = [(suite.get("name"), suite.get("tests"), suite.get("failures"), suite.get("errors")) for suite in suites]
    assert counts == [("a.insights.toml", "4", "3", "0"), ("b.insights.toml", "1", "0", "1")]
    failure = suites[0].find("testcase[@name='bytes']/failure")
    assert failure is not None
    assert "+ total  4249" in (failure.text or "")


@pytest.mark.parametrize(
    ("arguments", "variables", "there"),
    [
        ([], {}, False),
        (["--github"], {}, True),
        ([], {"GITHUB_ACTIONS": "true"}, True),
        (["--no-github"], {"GITHUB_ACTIONS": "true"}, False),
    ],
)
def test_github(folder: Path, arguments: list[str], variables: dict[str, str], there: bool) -> None:
    """Annotations come where GitHub runs the tests, or where they are asked for."""
    cases(folder, CASES)
    done = run(folder, *arguments, **variables)
    annotation = "::error file=a.insights.toml,line=12,title=flowlocal test%3A bytes::the rows differ: 1 of 1 row%0A"
    assert (annotation in done.stdout) is there


def test_color(folder: Path) -> None:
    """Differences are coloured where colours are wanted."""
    cases(folder, CASES)
    assert "\x1b[31m" in run(folder, FORCE_COLOR="1").stdout
    assert "\x1b[" not in run(folder).stdout
    assert "\x1b[" not in run(folder, "--no-color", FORCE_COLOR="1").stdout


def test_no_case_is_no_success(folder: Path) -> None:
    """A folder without cases, as after a misspelling, ends with a code of its own and a sentence."""
    (folder / "empty").mkdir()
    done = run(folder, "empty")
    assert done.returncode == 5
    assert "no case was run" in done.stderr
    assert "empty" in done.stderr


@pytest.mark.parametrize(
    ("events", "code", "message"),
    [("", 1, "its logs contain no event"), ("events = 0", 0, ""), ("events = 2", 1, "0 events, not 2")],
)
def test_a_case_over_nothing_fails(folder: Path, events: str, code: int, message: str) -> None:
    """Unless it says that it means to."""
    (folder / "empty.log").write_text("")
    case = f'query = "filter dstPort = 99999"\nlogs = "empty.log"\nrows = []\n{events}\n'
    (folder / "nothing.insights.toml").write_text(case)
    done = run(folder, "nothing.insights.toml")
    assert done.returncode == code
    assert message in done.stdout
