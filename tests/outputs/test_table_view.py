"""Tables as people want to see them on a terminal: narrow, cut in the middle, wide, vertical, with readable amounts."""

from __future__ import annotations

import re
from io import BytesIO
from pathlib import Path

import pytest

import flowlocal
from flowlocal.data_units import units_of
from flowlocal.outputs import Sink, TableView, table
from flowlocal.sizes import Unit, in_words

SAMPLES = Path(__file__).parents[2] / "sample_logs" / "s3"
UPLOADS = Path(__file__).parents[2] / "sample_logs" / "queries" / "large-uploads.insights"
LOGS = flowlocal.scan(SAMPLES)


def shown(query: str, *, width: int | None = 80, height: int = 24, terminal: bool = True, **view: object) -> list[str]:
    """Return the lines of a table."""
    stream = BytesIO()
    sink = Sink(stream, terminal, width=width, height=height, view=TableView()._replace(**view))  # type: ignore[arg-type]
    table.write(LOGS.query(query), sink)
    return stream.getvalue().decode().splitlines()


def test_the_example_of_the_readme_fits() -> None:
    """Large uploads are a table at 80 columns: no milliseconds, and one blank between columns."""
    lines = shown(f"{UPLOADS.read_text()} | limit 2")
    assert lines[0] == "@timestamp          interfaceId           srcAddr   dstAddr    dstPort     bytes"
    assert lines[2] == "2026-05-01 02:10:00 eni-035647d6969ed9d26 10.20.4.8 192.0.2.44     443 607959800"
    assert len(lines) == 4


LONG = "'eni-0123456789abcdef0' as eni, '203.0.113.100' as a, '203.0.113.101' as b, 65535 as c, 1234567890 as d"


@pytest.mark.parametrize(
    ("query", "width", "lines_each"),
    [
        (f"fields @timestamp, {LONG} | limit 1", 91, 1),
        (f"fields @timestamp, {LONG} | limit 1", 72, 2),  # the date above the time, the interface in two parts
        (f"fields @timestamp, {LONG} | limit 1", 50, 7),  # a block
        ("fields '2001:db8:1111:2222:3333:4444:5555:6666' as a, '2001:db8:1111:2222:3333:4444:5555:7777' as b", 36, 3),
    ],
)
def test_folding(query: str, width: int, lines_each: int) -> None:
    """The narrower the terminal, the more is folded; numbers and IPv4 addresses never are, unless rows are blocks."""
    lines = shown(f"{query} | limit 1", width=width)
    assert len(lines) == (lines_each if lines[0].startswith("──") else lines_each + 2)
    assert max(map(len, lines)) <= width
    assert (
        all(re.search(rf"\b{value}\b", "\n".join(lines)) for value in ("203.0.113.100", "65535")) or "a, '2001" in query
    )


@pytest.mark.parametrize(
    ("rows", "height", "rows_shown"),
    [(40, 24, 40), (41, 24, 40), (54, 60, 54), (55, 60, 40)],
)
def test_many_rows(rows: int, height: int, rows_shown: int) -> None:
    """More than 40 rows, or than fit, are shown as the first and the last 20."""
    lines = shown(f"fields dstPort | limit {rows}", height=height)
    if rows == rows_shown:
        assert len(lines) == rows + 2
    else:
        assert lines[22] == "⋮"
        assert lines[-1] == f"40 of {rows} rows (use --all, --output FILE)"
        assert lines[23:-1] == [each["dstPort"].rjust(7) for each in LOGS.query(f"fields dstPort | limit {rows}")[-20:]]


def test_many_blocks() -> None:
    """Of blocks the first and the last five are shown, with the numbers of the rows."""
    lines = shown("fields dstPort, srcPort | limit 100", vertical=True)
    numbers = [int(found[1]) for line in lines if (found := re.match(r"── (\d+) ─", line))]
    assert numbers == [1, 2, 3, 4, 5, 96, 97, 98, 99, 100]
    assert lines[-1] == "10 of 100 rows (use --all, --output FILE)"


@pytest.mark.parametrize("view", [{"terminal": False}, {"every_row": True}, {"every_row": True, "vertical": True}])
def test_all_rows(view: dict[str, bool]) -> None:
    """Files, pipes and --all get every row."""
    lines = shown("fields @message | limit 300", **view)
    assert sum(" OK" in line or "NODATA" in line or "SKIPDATA" in line for line in lines) == 300
    assert "⋮" not in lines


def test_milliseconds() -> None:
    """Milliseconds are left out on a terminal if all times of a column are whole seconds, those not shown, too."""
    assert shown("stats count(*) as n by bin(12h)")[2] == "2026-05-01 12:00:00  1737"
    assert shown("stats count(*) as n by bin(12h)", terminal=False)[2] == "2026-05-01 12:00:00.000  1737"
    mixed = "fields fromMillis(start * 1000 + if(dstPort = 2323, 5, 0)) as t | limit 200"
    assert shown(mixed)[2] == "2026-05-01 23:53:22.000"
    assert shown("fields '2026-05-01 23:53:22.000' as text | limit 1")[2] == "2026-05-01 23:53:22.000"


@pytest.mark.parametrize(
    ("width", "columns", "left_out"),
    [
        (91, "@timestamp eni a b c d", ""),
        (72, "eni a b c d", "left out: @timestamp (use --wide, --vertical)"),
        (50, "eni a b", "left out: @timestamp, c, d (use --wide,|--vertical)"),
    ],
)
def test_optional_columns(width: int, columns: str, left_out: str) -> None:
    """Optional columns are left out before a short value is folded, and a line names them."""
    query = f"fields @timestamp, {LONG} | limit 1"
    lines = shown(query, width=width, optional=("@*", "[cd]"))
    assert lines[0].split() == columns.split()
    assert "|".join(lines[3:]) == left_out
    assert max(map(len, lines)) <= width


@pytest.mark.parametrize("view", [{"wide": True}, {"terminal": False, "width": None}, {"width": 40}])
def test_optional_columns_are_shown(view: dict[str, object]) -> None:
    """Nothing is left out of wide tables and files, nor where leaving out does not make a table possible."""
    lines = shown(f"fields @timestamp, {LONG} | limit 1", optional=("@*",), **view)  # type: ignore[arg-type]
    assert any("@timestam" in line for line in lines)
    assert "left out" not in lines[-1]


def test_wide() -> None:
    """With --wide a row is one line, whatever is in it."""
    lines = shown("fields concat('a\\nb', @message) as m, @message | limit 3", wide=True, width=40)
    assert len(lines) == 5
    assert "\\nb" in lines[2]


def test_human() -> None:
    """With --human amounts are beside the exact numbers, both to the right."""
    query = "stats sum(bytes) as total, count(*) as n by action | sort total"
    assert shown(query, units=units_of(query)) == [
        "action                total     n",
        "─────────────────────────────────",
        "-                             153",
        "REJECT       26892  26.9 kB   373",
        "ACCEPT  6201941655   6.2 GB  2225",
    ]


def test_human_without_a_number() -> None:
    """A field without a value stays to the right, too."""
    lines = shown("fields bytes | limit 4", units={"bytes": Unit.BYTES})
    assert lines[2:] == [" 354   354 B", "2280  2.3 kB", "   -", "  80    80 B"]


@pytest.mark.parametrize(
    ("query", "units"),
    [
        ("fields bytes, packets", {"bytes": Unit.BYTES}),
        ("stats sum(bytes) as total, count(*) as n by srcAddr", {"total": Unit.BYTES}),
        ("stats avg(bytes), pct(bytes, 95) as p", {"avg(bytes)": Unit.BYTES, "p": Unit.BYTES}),
        ("stats sum(bytes) / 300 as rate by bin(5m)", {"rate": Unit.BYTE_RATE}),
        ("stats sum(bytes) * 8 / 300 as rate by bin(5m)", {"rate": Unit.BIT_RATE}),
        ("stats sum(bytes) / 60 as scaled by bin(5m)", {}),
        ("stats sum(bytes) / 1000 as kb", {}),
        ("fields bytes / (end - start) as rate | stats max(rate) as most", {"most": Unit.BYTE_RATE}),
        ("stats sum(bytes) / sum(packets) as size", {"size": Unit.BYTES}),
        ("stats count(*) as bytes by srcAddr", {}),
        ("fields bytes / 1024 as kib | display kib", {"bytes": Unit.BYTES}),
        ("stats sum(bytes) as b by srcAddr | stats max(b) as most, count(*) as n", {"most": Unit.BYTES}),
        ("filter nonsense {{", {"bytes": Unit.BYTES}),
    ],
)
def test_units(query: str, units: dict[str, Unit]) -> None:
    """Columns that are bytes, bits and rates are known by the expressions of the query; scaled ones are not."""
    assert units_of(query) == units


def test_units_with_parameters() -> None:
    """A query with parameters is understood with their values."""
    assert units_of("filter dstPort = {{port}} | stats sum(bytes) as b", {"port": "22"}) == {"b": Unit.BYTES}


@pytest.mark.parametrize(
    ("count", "words"),
    [(0, "0 B"), (999, "999 B"), (1000, "1.0 kB"), (999_960, "1.0 MB"), (6_026_606_600, "6.0 GB"), (0.5, "0.5 B")],
)
def test_in_words(count: float, words: str) -> None:
    """Amounts have one digit after the point, and never a thousand of a unit."""
    assert in_words(count) == words
