"""``flowlocal report`` in its three forms."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import pytest

import flowlocal
from flowlocal.lookups.folder import Names
from flowlocal.questions import question
from flowlocal.report.build import make_report
from flowlocal.report.markdown import write_markdown
from flowlocal.report.page import write_page
from flowlocal.report.shipped import report_questions
from flowlocal.report.text import write_text
from tests import in_process
from tests.terminal import on_terminal

SAMPLES = Path(__file__).parent.parent.parent / "sample_logs"
SHIPPED = report_questions()
EXTENDED = {"azId", "flowDirection", "trafficPath", "pktSrcAddr"}
"""Fields that are not in the default format."""
HEADER = "version az-id flow-direction traffic-path srcaddr dstaddr srcport dstport protocol bytes start end log-status"


def run(*arguments: object, folder: Path | None = None) -> subprocess.CompletedProcess[str]:
    """Run ``flowlocal report``."""
    return in_process.flowlocal("report", *arguments, folder=folder)


def test_text() -> None:
    """Every question has its title, and the scan of the sample logs is found."""
    done = run(SAMPLES / "s3")
    assert (done.returncode, done.stderr) == (0, "")
    asked = [each for each in SHIPPED.values() if not {*each.needs} & EXTENDED and not each.tables]
    assert all(f"{each.title}\n===" in done.stdout for each in asked)
    assert re.search(r"203\.0\.113\.66 +10\.0\.1\.10 +2026-05-01 14:00:00\.000 +58", done.stdout)
    assert "- 203.0.113.66 tried 58 ports of 10.0.1.10 within 15 minutes; scans found: 2.\n" in done.stdout
    assert "2,751 events from 2026-05-01 00:00:00 to 2026-05-01 23:53:22 (UTC)." in done.stdout
    assert (
        "- Which way does the traffic leave? It needs trafficPath, flowDirection, which these logs do not"
        in done.stdout
    )
    assert "by subnet? It needs the table subnets (--names FOLDER)." in " ".join(done.stdout.split())


def test_list() -> None:
    """``--list`` names every question with its title."""
    lines = run("--list").stdout.splitlines()
    assert [line.split()[0] for line in lines] == list(SHIPPED)


@pytest.mark.parametrize("name", SHIPPED)
def test_show(name: str) -> None:
    """``--show`` prints the file as it is."""
    assert run("--show", name).stdout == SHIPPED[name].query


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--show", "port-scan"], "did you mean `port-scans`"),
        (["--only", "x", "."], "flowlocal report --list"),
        (["--queries", "nowhere", "."], "cannot read nowhere"),
        (["--queries", ".", "."], "has no query files"),
        (["--start", "-1h", "--end", "-2h", "."], "--start is later than --end"),
        (["-o", "pdf", "."], "'pdf' is not one of"),
    ],
)
def test_refused(arguments: list[str], message: str, tmp_path: Path) -> None:
    """Wrong usage says what to do."""
    done = run(*arguments, folder=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert message in done.stderr


ARTICLE = "1 file (records); log group flowlocal.\n1 event from 2014-12-14 04:06:50 to 2014-12-14 04:06:50 (UTC)."


def test_own_questions(tmp_path: Path) -> None:
    """A folder of query files makes a report of one's own; a malformed one is named by what is wrong."""
    (tmp_path / "1-ports.insights").write_text("# Ports\n# Which?\nstats count(*) as n by dstPort | limit 1")
    done = run("--queries", tmp_path, SAMPLES / "article" / "flow.log")
    head, table = done.stdout.split("\n\n", 1)
    assert head == ARTICLE
    assert table == "Ports\n=====\nWhich?\n\ndstPort  n\n──────────\n     22  1\n"
    (tmp_path / "2-bad.insights").write_text("stats cuont(*)")
    done = run("--queries", tmp_path, SAMPLES / "article" / "flow.log")
    assert (done.returncode, done.stdout) == (2, "")
    assert "bad:1:7" in done.stderr


def test_only_and_range() -> None:
    """``--only`` asks one question, ``--start`` and ``--end`` bound it."""
    done = run("--only", "overview", "--start", "2026-05-01T14:00", "--end", "2026-05-01T14:59:59", SAMPLES / "lines")
    assert "    321  2026-05-01 14:0" in done.stdout
    assert done.stdout.count("===") == len("What the logs contain") // 3
    assert "321 events from 2026-05-01 14:0" in done.stdout


@pytest.mark.parametrize("columns", [80, 200])
def test_fits_the_terminal(columns: int) -> None:
    """On a terminal no line is too long, whatever its width."""
    command = [sys.executable, "-m", "flowlocal", "report", "--no-color", "--no-progress", str(SAMPLES / "lines")]
    _, shown = on_terminal(command, columns=columns)
    assert max(map(len, shown.splitlines())) <= columns
    assert "\x1b" not in shown


def test_zones_and_paths(tmp_path: Path) -> None:
    """Bytes between zones are those that left for the other zone, though both ends saw them; paths have names."""
    tail = "10.0.0.1 10.0.1.1 50000 443 6 {} 1777600000 1777600060 OK"
    rows = [
        f"5 use1-az1 egress 1 {tail.format(100)}",
        f"5 use1-az2 ingress - {tail.format(100)}",
        "5 use1-az1 egress 8 10.0.0.1 203.0.113.1 50001 443 6 7 1777600000 1777600060 OK",
    ]
    (tmp_path / "flow.log").write_text("\n".join([HEADER, *rows, ""]))
    asked = [SHIPPED["cross-zone"], SHIPPED["paths"]]
    zones, paths = (each.result for each in make_report(flowlocal.scan(tmp_path), asked).answers)
    assert zones
    assert paths
    assert [(row["bytes_sent"], row["zone"], row["other_zone"]) for row in zones.rows] == [
        ("100", "use1-az1", "use1-az2")
    ]
    assert [(row["way"], row["bytes_sent"]) for row in paths.rows] == [
        ("through another resource in the same VPC", "100"),
        ("internet gateway", "7"),
    ]


def test_markdown(tmp_path: Path) -> None:
    """The suffix `.md` gives Markdown: a table and the query of each question."""
    file = tmp_path / "report.md"
    assert run("--output", file, SAMPLES / "lines").returncode == 0
    text = file.read_text()
    assert "| dstPort | protocol | service | attempts | sources |\n| --- |" in text
    assert "- Rejected most: port 23 (flows: 67, sources: 28)." in text
    asked = [each for each in SHIPPED.values() if not {*each.needs} & EXTENDED and not each.tables]
    assert text.count("<details>") == len(asked)


class Seen(HTMLParser):
    """What a page refers to, and whether its tags close."""

    def __init__(self) -> None:
        super().__init__()
        self.references: list[str] = []
        self.ids: list[str] = []
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note ids and references."""
        self.references += [value or "" for name, value in attrs if name in {"src", "href", "xlink:href", "data"}]
        self.ids += [value or "" for name, value in attrs if name == "id"]
        if tag not in {"meta", "br", "img"}:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note ids of elements without content."""
        self.handle_starttag(tag, attrs)
        self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        """Every end has its start."""
        assert self.open.pop() == tag


def test_page() -> None:
    """The page is whole, refers to nothing outside, names nothing twice, and holds plots in the colour of its text."""
    pytest.importorskip("vl_convert")
    page = "\n".join(write_page(make_report(flowlocal.scan(SAMPLES / "lines"), SHIPPED.values())))
    seen = Seen()
    seen.feed(page)
    assert not seen.open
    assert all(reference.startswith("#") for reference in seen.references)
    assert len(seen.ids) == len(set(seen.ids))
    assert "url(" not in re.sub(r"url\(#", "", page)
    assert "<script" not in page
    assert 'fill="currentColor"' in page
    assert "prefers-color-scheme: dark" in page
    assert "@media print" in page


def test_people_can_read_it() -> None:
    """Sizes have units and are exact on hover; addresses of both kinds are to the left, numbers to the right."""
    page = "\n".join(write_page(make_report(flowlocal.scan(SAMPLES / "lines"), [SHIPPED["top-talkers"]])))
    assert '<span title="6026606600">6.0 GB</span>' in page
    assert "<td>10.20.4.8</td><td>192.0.2.44</td>" in page
    assert "<td>2001:db8:11::a</td>" in page
    assert '<th>srcAddr</th>\n<th>dstAddr</th>\n<th class="number">bytes_sent</th>' in page
    assert "10.20.4.8 to 192.0.2.44" in page


def test_names_are_below_addresses() -> None:
    """With names, an address has its name below it, and what else is known on hover."""
    names = Names.of(SAMPLES / "estate" / "names")
    logs = flowlocal.scan(SAMPLES / "estate" / "logs")
    page = "\n".join(write_page(make_report(logs, [SHIPPED["nat-by-source"]], names=names, with_names=True)))
    assert re.search(
        r'10\.10\.16\.50<small title="name batch-1, instance i-[^"]*">batch-1 · app-a · euc1-az2</small>', page
    )
    assert "10.10.16.50 (batch-1) causes most of what NAT gateways process" in page
    assert "srcAddr.name" not in page


def test_says_where_it_was_written(tmp_path: Path) -> None:
    """``--output`` ends with a word on the file."""
    done = run("--only", "overview", "--output", tmp_path / "r.html", SAMPLES / "article" / "flow.log")
    assert (done.returncode, done.stdout) == (0, "")
    assert done.stderr == f"flowlocal: wrote 1 question and its answer to {tmp_path / 'r.html'}\n"


HOSTILE = """# <img src=x>
# <b>&
# chart: bar
# finding: <img> {x} of {rows}
fields '<script>alert(1)</script>' as x | stats count(*) as n by x"""


def test_escaped() -> None:
    """Whatever logs and queries hold is text in the page and in Markdown."""
    report = make_report(flowlocal.scan(SAMPLES / "article"), [question("1-<i>", HOSTILE)])
    page = "\n".join(write_page(report))
    assert "<script" not in page
    assert "<img" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "| &lt;script>alert(1)&lt;/script> | 1 |" in "\n".join(write_markdown(report))


def test_without_plots(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the extra the page has its tables, and says how to get plots."""
    monkeypatch.setitem(sys.modules, "altair", None)
    page = "\n".join(write_page(make_report(flowlocal.scan(SAMPLES / "lines"), SHIPPED.values())))
    assert "<svg" not in page
    assert "pip install &#x27;flowlocal[charts]&#x27;" in page
    assert "bytes_moved</th>" in page


def test_nothing_at_all(tmp_path: Path) -> None:
    """Logs without a record make a report that says so."""
    (tmp_path / "empty.log").write_text("")
    report = make_report(flowlocal.scan(tmp_path), SHIPPED.values())
    for write in (write_text, write_markdown, write_page):
        assert "Nothing found." in "\n".join(write(report))


def test_matrix_of_subnets() -> None:
    """The matrix has subnets by name and all other addresses as two; charts are labelled with names."""
    names = Names.of(SAMPLES / "estate" / "names")
    asked = [SHIPPED["subnet-matrix"], SHIPPED["top-talkers"]]
    report = make_report(flowlocal.scan(SAMPLES / "estate" / "logs"), asked, names=names, with_names=True)
    matrix, talkers = report.answers
    assert matrix.result is not None
    assert {"app-a", "db-b", "public"} <= {row["source"] for row in matrix.result.rows}
    page = "\n".join(write_page(report))
    assert all("<svg" in part for part in page.split("<section id=")[-2:])
    assert talkers.chart is not None
    assert "batch-1 (10.10.16.50)" in str(talkers.chart)


def test_hostile_names(tmp_path: Path) -> None:
    """Names from tags are text in a page and in Markdown: no markup, no escape sequence, and charts are drawn."""
    tags = {"eni-1": ("10.0.0.1", "\x1b[31mred\u202e\nline"), "eni-2": ("10.0.0.2", "<script>alert(1)</script>")}
    interfaces = [
        {"NetworkInterfaceId": name, "PrivateIpAddress": address, "TagSet": [{"Key": "Name", "Value": tag}]}
        for name, (address, tag) in tags.items()
    ]
    (tmp_path / "names.json").write_text(json.dumps({"NetworkInterfaces": interfaces}))
    (tmp_path / "flow.log").write_text("2 1 eni-1 10.0.0.1 10.0.0.2 40000 22 6 1 40 1777600000 1777600060 ACCEPT OK\n")
    logs, names = flowlocal.scan(tmp_path / "flow.log"), Names.of(tmp_path / "names.json")
    report = make_report(logs, SHIPPED.values(), names=names, with_names=True)
    page, markdown = ("\n".join(write(report)) for write in (write_page, write_markdown))
    assert "&lt;script&gt;alert(1)" in page
    assert "\\x1b[31mred" in page
    assert not any(part in text for part in ("\x1b", "\u202e", "<script>alert") for text in (page, markdown))
