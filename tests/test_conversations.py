"""Conversations: both directions of a connection as one row, in the library and on the command line."""

from __future__ import annotations

import json
import sys
from collections import defaultdict
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import flowlocal as library
from flowlocal.conversations import conversations
from tests.hostile.command import here
from tests.properties import examples
from tests.terminal import on_terminal

FORMAT = "${interface-id} ${srcaddr} ${dstaddr} ${srcport} ${dstport} ${protocol} ${packets} ${bytes} ${start} ${end}"
FLAGGED = f"{FORMAT} ${{tcp-flags}} ${{action}}"
NOW = 1_777_600_000


def record(source: str, target: str, ports: tuple[int, int], size: int, flags: str = "0", **more: object) -> str:
    """Return a record of one direction."""
    fields = {"interface": "eni-1", "start": NOW, "action": "ACCEPT", "protocol": 6, **more}
    start = int(str(fields["start"]))
    return (
        f"{fields['interface']} {source} {target} {ports[0]} {ports[1]} {fields['protocol']} 2 {size} {start}"
        f" {start + 60} {flags} {fields['action']}"
    )


def rows(folder: Path, lines: list[str], **options: object) -> list[dict[str, str]]:
    """Return the conversations of records."""
    (folder / "flow.log").write_text("\n".join(lines) + "\n")
    logs = library.scan(folder / "flow.log", log_format=FLAGGED)
    return conversations(logs, **options).rows  # type: ignore[arg-type]


A, B = "10.0.0.1", "10.0.0.2"
SERVER = {
    "a SYN is from the client": (
        [record(A, B, (22, 50000), 10, "2"), record(B, A, (50000, 22), 20, "0")],
        (A, B, "50000", "flags"),
    ),
    "a SYN-ACK is from the server": ([record(A, B, (22, 50000), 10, "18")], (B, A, "22", "flags")),
    "flags that contradict each other leave it to ports": (
        [record(A, B, (22, 50000), 10, "2"), record(B, A, (50000, 22), 20, "2")],
        (B, A, "22", "ports"),
    ),
    "a port below 1024": ([record(A, B, (40000, 443), 10)], (A, B, "443", "ports")),
    "a port below 32768": ([record(A, B, (8080, 40000), 10)], (B, A, "8080", "ports")),
    "more peers": (
        [
            record(A, B, (40000, 50000), 10),
            record("10.0.0.3", B, (40001, 50000), 1),
            record("10.0.0.4", B, (40002, 50000), 1),
        ],
        (A, B, "50000", "ports"),
    ),
    "else the lower port": ([record(A, B, (40000, 50000), 10)], (B, A, "40000", "guess")),
    "else who sent first": (
        [record(A, B, (500, 500), 10, protocol=17, start=NOW + 60), record(B, A, (500, 500), 10, protocol=17)],
        (B, A, "500", "guess"),
    ),
    "a host that pings many is no server": (
        [
            record(A, B, (0, 0), 10, protocol=1),
            record(B, A, (0, 0), 10, protocol=1, start=NOW + 1),
            *(record(A, f"10.0.0.{number}", (0, 0), 1, protocol=1) for number in (3, 4)),
        ],
        (A, B, "0", "guess"),
    ),
}


@pytest.mark.parametrize(("lines", "expected"), SERVER.values(), ids=SERVER)
def test_server(tmp_path: Path, lines: list[str], expected: tuple[str, ...]) -> None:
    """The server is told by flags, else by ports, else guessed."""
    row = rows(tmp_path, lines)[0]
    assert tuple(row[name] for name in ("client", "server", "serverPort", "serverBy")) == expected


def test_sums(tmp_path: Path) -> None:
    """Both interfaces saw the same packets, which count once; connections of one client are one row."""
    lines = [
        record(A, B, (40000, 443), 100, "2", action="REJECT"),
        record(A, B, (40000, 443), 90, "2", interface="eni-2"),
        record(B, A, (443, 40000), 5000, "18", interface="eni-2", start=NOW + 600),
        record(A, B, (40001, 443), 1, "2"),
        record("-", "-", (0, 0), 0),
    ]
    assert rows(tmp_path, lines) == [
        {
            "client": A,
            "server": B,
            "serverPort": "443",
            "protocol": "6",
            "connections": "2",
            "clientBytes": "101",
            "serverBytes": "5000",
            "clientPackets": "4",
            "serverPackets": "2",
            "first": "2026-05-01 01:46:40.000",
            "last": "2026-05-01 01:57:40.000",
            "clientFlags": "2",
            "serverFlags": "18",
            "action": "both",
            "serverBy": "flags",
        }
    ]


@pytest.mark.parametrize("unit", [1, 1000, 1_000_000, 1_000_000_000])
def test_times(tmp_path: Path, unit: int) -> None:
    """The size of a time says whether it counts seconds, milliseconds, microseconds or nanoseconds."""
    row = rows(tmp_path, [record(A, B, (40000, 443), 1, start=NOW * unit)])[0]
    assert row["first"] == "2026-05-01 01:46:40.000"


_ends = st.tuples(st.sampled_from([A, B, "10.0.0.3", "2001:db8::1"]), st.sampled_from([22, 443, 40000, 50000]))
_records = st.tuples(
    _ends, _ends, st.sampled_from(["eni-1", "eni-2"]), st.integers(0, 1000), st.sampled_from([0, 2, 18])
)


@examples(0.4)
@given(st.lists(_records, max_size=12))
def test_random_records(tmp_path_factory: pytest.TempPathFactory, found: list[tuple]) -> None:  # type: ignore[type-arg]
    """The bytes of each pair of hosts are those of plain Python, and every connection has one direction of its row."""
    lines = [record(a, b, (p, q), size, str(flags), interface=eni) for (a, p), (b, q), eni, size, flags in found]
    seen: dict[tuple[object, ...], int] = defaultdict(int)
    for (a, p), (b, q), eni, size, _flags in found:
        seen[a, p, b, q, eni] += size
    most: dict[tuple[object, ...], int] = defaultdict(int)
    for (a, p, b, q, _eni), size in seen.items():
        most[a, p, b, q] = max(most[a, p, b, q], size)
    expected: dict[frozenset[object], int] = defaultdict(int)
    for (a, _p, b, _q), size in most.items():
        expected[frozenset((a, b))] += size
    shown: dict[frozenset[object], int] = defaultdict(int)
    answer = rows(tmp_path_factory.mktemp("random"), lines)
    for row in answer:
        shown[frozenset((row["client"], row["server"]))] += int(row["clientBytes"]) + int(row["serverBytes"])
    assert shown == expected
    keys = [(row["client"], row["server"], row["serverPort"]) for row in answer]
    assert len(set(keys)) == len(keys)


def test_names() -> None:
    """With --with-names the command shows names beside both ends, and says which file is damaged."""
    estate = Path(__file__).parents[1] / "sample_logs" / "estate"
    asked = ("conversations", estate / "logs", "--limit", "2", "-o", "jsonl")
    done = here(*asked, "--names", estate / "names", "--with-names")
    assert (done.code, json.loads(done.out.splitlines()[1])["client.name"]) == (0, "batch-1")
    assert "client.name" not in here(*asked, "--names", estate / "names").out
    assert here(*asked, "--with-names").code == 2


WIDTHS = {
    80: "client server serverPort protocol clientBytes serverBytes action",
    100: "client server serverPort protocol clientBytes serverBytes action serverBy",
    130: "client server serverPort protocol connections clientBytes serverBytes last action serverBy",
}


@pytest.mark.parametrize(("width", "columns"), WIDTHS.items(), ids=map(str, WIDTHS))
def test_on_a_terminal(width: int, columns: str) -> None:
    """A narrow terminal gets a table of the columns that matter most, and a line names the others."""
    logs = str(Path(__file__).parents[1] / "sample_logs" / "estate" / "logs")
    command = [sys.executable, "-m", "flowlocal", "conversations", logs, "--limit", "2", "--no-color", "--no-progress"]
    code, said = on_terminal(command, columns=width)
    lines = said.splitlines()
    assert code == 0
    assert lines[0].split() == columns.split()
    assert "left out: " in said
    assert all(len(line) <= width for line in lines)


def test_command_line(tmp_path: Path) -> None:
    """The command has formats, an order and a range, and refuses what it cannot do."""
    lines = [record(A, B, (40000, 443), 5), record(A, "10.0.0.3", (40000, 443), 9, start=NOW + 7200)]
    (tmp_path / "flow.log").write_text("\n".join(lines) + "\n")
    asked = ["conversations", "flow.log", "--log-format", FLAGGED, "-o", "jsonl"]
    done = here(*asked, "--limit", "1", folder=tmp_path)
    assert (done.code, json.loads(done.out)["server"]) == (0, "10.0.0.3")
    done = here(*asked, "--end", str(NOW + 60), folder=tmp_path)
    assert json.loads(done.out)["server"] == B
    done = here(*asked, "--by", "nosuch", folder=tmp_path)
    assert (done.code, "expected one of bytes, connections" in done.err) == (2, True)
    (tmp_path / "other.json").write_text('{"message": "hello"}\n')
    done = here("conversations", "other.json", folder=tmp_path)
    assert (done.code, "conversations need srcAddr" in done.err) == (2, True)
    assert here("conversations", "nowhere", folder=tmp_path).code == 3
