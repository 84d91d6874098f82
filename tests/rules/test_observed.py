"""What was accepted at each interface, compared with plain Python."""

from __future__ import annotations

import gzip
from collections import defaultdict
from collections.abc import Iterable, Mapping
from itertools import product
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

import flowlocal
from flowlocal.rules.observed import Observed, observe
from tests.properties import examples
from tests.rules.estate import LOGS, seen

Key = tuple[str, str, int, int | None, str]
Record = Mapping[str, str]
HEADER = "interface-id srcaddr dstaddr srcport dstport protocol packets bytes start end action log-status tcp-flags"
FIELDS = HEADER.split()
NOW = 1_777_600_000
NOTHING = pl.DataFrame(schema={"interfaceId": pl.String, "address": pl.String})


def traffic(found: Observed) -> dict[Key, tuple[int, int]]:
    """Return flows and bytes of what was seen."""
    rows = found.traffic.select("interfaceId", "direction", "protocol", "port", "peer", "flows", "bytes").iter_rows()
    return {row[:5]: row[5:] for row in rows}


def expected(records: Iterable[Record], own: Mapping[str, str] | None = None) -> dict[Key, tuple[int, int]]:
    """Return the same by plain Python, of TCP records whose flags say who is the server."""
    records = [each for each in records if each["srcaddr"] != "-" and each["protocol"] == "6"]
    clients = {}
    for each in records:
        source, target = _ends(each)
        if (flags := int(each["tcp-flags"]) & 18) in {2, 18}:
            clients[frozenset((source, target))] = source if flags == 2 else target
    connections: dict[tuple[object, ...], list[tuple[bool, Record]]] = defaultdict(list)
    for each in records:
        source, target = _ends(each)
        client = clients[frozenset((source, target))]
        mine = each["flow-direction"] == "egress" if own is None else own[each["interface-id"]] == each["srcaddr"]
        near, far = (source, target) if mine else (target, source)
        way = "egress" if near == client else "ingress"
        server = target if source == client else source
        named: Key = (each["interface-id"], way, 6, int(server[1]), far[0])
        connections[(*named, client[1])].append((source == client, each))
    found: dict[Any, list[int]] = defaultdict(lambda: [0, 0])
    for key, both in connections.items():
        asked = [each for request, each in both if request]
        accepted = [each for _, each in both if each["action"] == "ACCEPT"]
        if any(each["action"] == "ACCEPT" for each in asked or (each for _, each in both)):
            found[key[:5]][0] += len(accepted)
            found[key[:5]][1] += sum(int(each["bytes"]) for each in accepted)
    return {key: (flows, size) for key, (flows, size) in found.items()}


def _ends(record: Record) -> tuple[tuple[str, str], tuple[str, str]]:
    """Return the packet's own addresses with their ports."""
    addresses = [record.get(f"pkt-{name}") or record[name] for name in ("srcaddr", "dstaddr")]
    return (addresses[0], record["srcport"]), (addresses[1], record["dstport"])


def test_estate() -> None:
    """Over the samples, flows and bytes of every interface, port and peer are those of plain Python."""
    records = []
    for path in LOGS.rglob("*.gz"):
        head, *lines = gzip.decompress(path.read_bytes()).decode().splitlines()
        records += [dict(zip(head.split(), line.split(), strict=True)) for line in lines]
    found = {key: value for key, value in traffic(seen()).items() if key[2] == 6}
    assert found == expected(records)
    assert len(found) > 100


OWN = {"eni-1": "10.0.0.1", "eni-2": "10.0.0.2"}
_talks = st.tuples(
    st.sampled_from([("10.0.0.1", "10.0.0.2"), ("10.0.0.1", "20.0.0.9"), ("10.0.0.2", "10.0.0.7")]),
    st.booleans(),
    st.sampled_from([22, 443, 50051]),
    st.sampled_from([40000, 40001]),
    st.sampled_from(["eni-1", "eni-2"]),
    st.sampled_from(["ACCEPT", "REJECT"]),
    st.integers(0, 500),
)


def _line(talk: tuple[tuple[str, str], bool, int, int, str, str, int]) -> Record | None:
    (client, server), reply, port, own_port, interface, action, size = talk
    if OWN[interface] not in {client, server}:
        return None
    ends = (server, client, port, own_port) if reply else (client, server, own_port, port)
    cells = (interface, *ends, 6, 1, size, NOW, NOW + 60, action, "OK", 18 if reply else 2)
    return dict(zip(FIELDS, map(str, cells), strict=True))


@examples(0.6)
@given(st.lists(_talks, max_size=14), st.booleans())
def test_random_records(tmp_path_factory: pytest.TempPathFactory, talks: list, tables: bool) -> None:  # type: ignore[type-arg]
    """Random records have the flows and bytes of plain Python, whether addresses are known or not."""
    records = [line for each in talks if (line := _line(each))]
    path = tmp_path_factory.mktemp("random") / "flow.log"
    path.write_text("\n".join([HEADER, *(" ".join(each.values()) for each in records), ""]))
    rows = list(OWN.items()) if tables else []
    known = pl.DataFrame(rows, schema=NOTHING.schema, orient="row")
    found = observe(flowlocal.scan(path), known)
    placed = [each for each in records if each["interface-id"] not in found.unplaced]
    assert traffic(found) == expected(placed, OWN)
    assert not tables or not found.unplaced


Flow = tuple[str, str, str, tuple[int, int], int, str, int]
"""A record: interface, source, target, their ports, protocol, action and flags."""


def write(folder: Path, lines: Iterable[Flow]) -> Observed:
    """Return what is seen in records."""
    text = [HEADER]
    for interface, source, target, ports, protocol, action, flags in lines:
        cells = (interface, source, target, *ports, protocol, 1, 10, NOW, NOW + 60, action, "OK", flags)
        text.append(" ".join(map(str, cells)))
    (folder / "flow.log").write_text("\n".join([*text, ""]))
    return observe(flowlocal.scan(folder / "flow.log"), NOTHING)


A, B, C = "10.0.0.1", "10.0.0.2", "20.0.0.9"
LEFT_OUT: dict[str, tuple[Flow, str]] = {
    "rejected": (("eni-1", C, A, (40000, 22), 6, "REJECT", 2), "no basis for rules (records: 1)"),
    "two ephemeral ports": (("eni-1", C, A, (40000, 50000), 6, "ACCEPT", 0), "two ephemeral ports"),
    "a fragment": (("eni-1", C, A, (0, 0), 6, "ACCEPT", 0), "fragments without ports"),
    "two private ends": (("eni-1", A, B, (40000, 22), 6, "ACCEPT", 2), "left out: eni-1"),
}


@pytest.mark.parametrize(("line", "note"), LEFT_OUT.values(), ids=LEFT_OUT)
def test_left_out(tmp_path: Path, line: Flow, note: str) -> None:
    """What is no basis for a rule is left out, and a note says so."""
    found = write(tmp_path, [line])
    assert not found.traffic.height
    assert any(note in each for each in found.notes)


def test_ephemeral_server(tmp_path: Path) -> None:
    """A high port is a server's only if flags show it."""
    found = write(tmp_path, [("eni-1", C, A, (40000, 50051), 6, "ACCEPT", 2)])
    assert list(traffic(found)) == [("eni-1", "ingress", 6, 50051, C)]


def test_protocols_without_ports(tmp_path: Path) -> None:
    """A protocol without ports has none, and the other direction is doubtful."""
    found = write(tmp_path, [("eni-1", C, A, (0, 0), 1, "ACCEPT", 0)])
    assert list(traffic(found)) == [("eni-1", "ingress", 1, None, C)]
    assert set(found.doubtful["direction"]) == {"ingress", "egress"}


def test_own_end_of_several_peers(tmp_path: Path) -> None:
    """Without a direction, the address that all flows of an interface have is its own."""
    found = write(tmp_path, [("eni-1", peer, A, (40000, 22), 6, "ACCEPT", 2) for peer in (B, "10.0.0.3")])
    assert {key[4] for key in traffic(found)} == {B, "10.0.0.3"}
    pair = [("eni-2", A, B, (40001, 22), 6, "ACCEPT", 2), ("eni-1", C, A, (1, 2), 6, "ACCEPT", 0)]
    both = write(tmp_path, [*pair, ("eni-1", B, A, (40000, 22), 6, "ACCEPT", 2)])
    assert ("eni-2", "ingress", 6, 22, A) in traffic(both)


def test_span(tmp_path: Path) -> None:
    """The span is in words, and logs without records have none."""
    assert "to 2026-05-05 23:40 UTC (47.7 hours)" in seen().span
    assert write(tmp_path, []).span == "no record"


def test_needed_fields(tmp_path: Path) -> None:
    """Logs without a needed field are refused by its name."""
    (tmp_path / "flow.log").write_text(
        "srcaddr dstaddr srcport dstport protocol start end\n10.0.0.1 10.0.0.2 1 2 6 1 2\n"
    )
    with pytest.raises(ValueError, match="rules need interfaceId, action"):
        observe(flowlocal.scan(tmp_path / "flow.log"), NOTHING)


def test_every_key_is_there_once() -> None:
    """Traffic has one row for each interface, direction, protocol, port and peer."""
    keys = ["interfaceId", "direction", "protocol", "port", "peer"]
    assert seen().traffic.select(keys).is_duplicated().sum() == 0
    assert set(product(["egress", "ingress"])) == set(seen().traffic.select("direction").unique().iter_rows())
