"""The shipped questions: query files that can be read, copied and run."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import flowlocal
from flowlocal import engine
from flowlocal.charts.model import KINDS
from flowlocal.cookbook import recipes
from flowlocal.language import tree
from flowlocal.language.templates import SavedQuery, expand
from flowlocal.lookups.folder import Names
from flowlocal.questions import Question, question
from flowlocal.report.build import readings
from flowlocal.report.shipped import report_questions
from flowlocal.sources import open_events

SAMPLES = Path(__file__).parent.parent.parent / "sample_logs"
SHIPPED = report_questions()
NAMES = Names.of(SAMPLES / "estate" / "names")
EVERY_FIELD = (
    "${version} ${account-id} ${interface-id} ${srcaddr} ${dstaddr} ${srcport} ${dstport} ${protocol} ${packets} "
    "${bytes} ${start} ${end} ${action} ${log-status} ${az-id} ${flow-direction} ${traffic-path} ${tcp-flags}"
)


@pytest.mark.parametrize("asked", SHIPPED.values(), ids=SHIPPED)
def test_runs_as_it_is(asked: Question) -> None:
    """A question is a whole query, that runs without the report."""
    result = flowlocal.query(asked.query, SAMPLES / "lines", names=NAMES)
    assert result.statistics.recordsScanned == 2751


@pytest.mark.parametrize("asked", SHIPPED.values(), ids=SHIPPED)
def test_says_what_it_asks(asked: Question) -> None:
    """A question has a title and a sentence, and a chart that there is."""
    assert asked.title != asked.name
    assert asked.text.endswith((".", "?"))
    assert asked.chart in {"", *KINDS}
    assert asked.finding.endswith(".") or not asked.finding
    assert asked.group
    assert not asked.body.startswith("#")


@pytest.mark.parametrize("asked", SHIPPED.values(), ids=SHIPPED)
def test_columns_of_the_report(asked: Question) -> None:
    """The columns that findings and sums name are in the answer, if there is one."""
    result = flowlocal.query(asked.query, SAMPLES / "estate" / "logs", names=NAMES)
    named = {each.removeprefix("total ") for each in re.findall(r"\{([^{}]+)\}", asked.finding)} - {"rows"}
    assert named | set(asked.total) <= set(result.columns)
    assert set(re.findall(r"\{total (\w+)\}", asked.finding)) <= set(asked.total)
    assert not asked.bill or asked.total[1] == "usd"


@pytest.mark.parametrize("asked", SHIPPED.values(), ids=SHIPPED)
def test_needs_what_it_names(asked: Question, tmp_path: Path) -> None:
    """A question names all fields of flow logs that it uses, so that it is never asked of logs without them."""
    (tmp_path / "empty.log").write_text("")
    known = set(open_events([str(tmp_path / "empty.log")], log_format=EVERY_FIELD).fields)
    parsed = engine.parse(expand(asked.query, SavedQuery.read(asked.query).defaults, {}).text)
    used = {node.name for stage in parsed.stages for node in tree.walk(stage) if isinstance(node, tree.Name)}
    fields = {name for name in used & known if not name.startswith("@")}
    if asked.name != "overview":
        assert fields <= set(asked.needs)


def test_one_definition() -> None:
    """The report asks queries of the cookbook, some by a name of its own; only three are the report's alone."""
    known = {each.query: each for each in recipes().values()}
    shared = {name: known[each.query].name for name, each in SHIPPED.items() if each.query in known}
    assert set(SHIPPED) - set(shared) == {"overview", "traffic", "services"}
    assert {name: own for name, own in shared.items() if own != name} == {
        "protocols": "bytes-by-protocol",
        "interfaces": "interface-traffic",
        "internet-bound": "private-to-public",
        "paths": "traffic-paths",
        "gaps": "idle-interfaces",
    }


def test_readings() -> None:
    """The span of the logs, which decides a period, is read with a large question; without one it is read before."""
    each = list(SHIPPED.values())
    names = [*SHIPPED, "span"]
    parts = [[names[number] for number in part] for part in readings(each, periodic=True)]
    assert (parts[0], parts[2:]) == (["top-talkers", "span"], [["conversations"], ["port-scans"]])
    assert sorted(name for part in parts for name in part) == sorted(names)
    assert readings(each[:2], periodic=True) == [[2], [0, 1]]
    assert readings(each[:2], periodic=False) == [[0, 1, 2]]


QUESTIONS = [
    ("limit 1", Question("q", "q", "", "", (), "limit 1", place=7), "limit 1"),
    ("# T\n# a\n# b\nlimit 1\n", Question("q", "T", "a b", "", (), "# T\n# a\n# b\nlimit 1\n", place=7), "limit 1"),
    ("# T\n# chart: bar\n# needs: a, b,\n# {{p}} = 1\nlimit 1", None, "limit 1"),
    ("# T only", None, ""),
    ("", None, ""),
]


@pytest.mark.parametrize(("text", "expected", "body"), QUESTIONS)
def test_comments(text: str, expected: Question | None, body: str) -> None:
    """Title, text and notes come from the comments at the top, and all but the query may be left out."""
    read = question("07-q", text)
    assert read.body == body
    if expected:
        assert read == expected
    elif "chart" in text:
        assert (read.title, read.text, read.chart, read.needs) == ("T", "", "bar", ("a", "b"))
