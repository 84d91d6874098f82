"""The sample logs are what their generator makes, in three shapes that answer alike."""

from __future__ import annotations

import gzip
import importlib.util
import sys
from pathlib import Path

import pytest

import flowlocal

SAMPLES = Path(__file__).parent.parent / "sample_logs"
SHAPES = ["s3", "cloudwatch-export", "lines"]
QUERIES = sorted((SAMPLES / "queries").glob("*.insights"))


FOLDERS = [(SAMPLES, SHAPES), (SAMPLES / "estate", ["logs", "names"])]
"""Folders with a generator, and what it writes there."""


def generated(folder: Path) -> dict[str, str]:
    """Return the files that the generator would write, with their text."""
    spec = importlib.util.spec_from_file_location(f"{folder.name}_generate", folder / "generate.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    files: dict[str, str] = module.files()
    return files


def committed(folder: Path, shapes: list[str]) -> dict[str, str]:
    """Return the files that are there, unpacked: compressed bytes differ between zlib versions."""
    found = (path for shape in shapes for path in (folder / shape).rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): _text(path) for path in found}


def _text(path: Path) -> str:
    data = path.read_bytes()
    return (gzip.decompress(data) if path.suffix == ".gz" else data).decode()


@pytest.mark.parametrize(("folder", "shapes"), FOLDERS, ids=lambda each: getattr(each, "name", ""))
def test_generator_makes_what_is_committed(folder: Path, shapes: list[str]) -> None:
    """The committed files hold what the generator writes, no more and no less."""
    assert committed(folder, shapes) == generated(folder)


@pytest.mark.parametrize("path", QUERIES, ids=lambda path: path.stem)
def test_shapes_answer_alike(path: Path) -> None:
    """Every sample query finds something, and the same in each shape."""
    text = path.read_text(encoding="utf-8")
    answers = [flowlocal.query(text, SAMPLES / shape) for shape in SHAPES]
    assert answers[0].rows
    for answer in answers:
        assert sorted(map(repr, answer.rows)) == sorted(map(repr, answers[0].rows))
        assert answer.report.odd_count == 0


@pytest.mark.parametrize("path", QUERIES, ids=lambda path: path.stem)
def test_queries_begin_with_their_question(path: Path) -> None:
    """A sample query says what it asks before it asks it."""
    assert path.read_text(encoding="utf-8").startswith("# ")


@pytest.mark.parametrize(
    ("name", "rows"),
    [
        ("well-known-ports", [{"dstPort": "22"}]),
        ("certain-ports", [{"dstPort": "22"}]),
        ("one-source", [{"dstPort": "22", "action": "ACCEPT"}]),
    ],
)
def test_article(name: str, rows: list[dict[str, str]]) -> None:
    """The article's three queries give the article's rows over its line."""
    query = (SAMPLES / "article" / f"{name}.insights").read_text(encoding="utf-8")
    assert flowlocal.query(query, SAMPLES / "article" / "flow.log").rows == rows


def test_the_story() -> None:
    """The day contains what its README describes: the scan, the upload, the silence."""
    logs = flowlocal.scan(SAMPLES / "lines")
    scan = logs.query((SAMPLES / "queries" / "port-scan.insights").read_text(encoding="utf-8")).rows
    assert {(row["srcAddr"], row["dstAddr"]) for row in scan} == {
        ("203.0.113.66", "10.0.1.10"),
        ("203.0.113.66", "10.0.0.30"),
    }
    upload = logs.query('filter dstAddr = "192.0.2.44" | stats sum(bytes) as total').rows
    assert int(upload[0]["total"]) > 10**9
    silent = logs.query('filter logStatus = "NODATA" | stats count(*) as n by interfaceId').rows
    assert [row["n"] for row in silent] == ["144"]


ESTATE = {
    "public addresses": ("filter isPublicIP(srcAddr) and action = 'ACCEPT'", 700),
    "the NAT gateway": ("filter interfaceId = 'eni-0b3e86f355a842949' and pktDstAddr != dstAddr", 100),
    "peering": ("filter trafficPath = 4", 90),
    "a gateway endpoint": ("filter trafficPath = 7", 40),
    "two zones": ("stats count(*) by azId | filter azId != '-'", 2),
    "rejected egress": ("filter action = 'REJECT' and flowDirection = 'egress'", 12),
    "IPv6": ("filter type = 'IPv6'", 16),
    "windows without traffic": ("filter logStatus = 'NODATA'", 2),
    "addresses of two VPCs": ("filter srcAddr = '10.10.16.11' | stats count(*) by vpcId", 2),
}


@pytest.mark.parametrize("name", ESTATE)
def test_the_estate(name: str) -> None:
    """The estate contains what its README describes."""
    query, least = ESTATE[name]
    assert len(flowlocal.query(query, SAMPLES / "estate" / "logs")) >= least


def test_both_ends_of_the_estate_agree() -> None:
    """What one end of a connection inside of the estate sends, the other receives."""
    logs = flowlocal.scan(SAMPLES / "estate" / "logs")
    query = (
        "filter {} and isPrivateIP(srcAddr) and isPrivateIP(dstAddr) and pktSrcAddr = srcAddr and pktDstAddr = dstAddr"
    )
    sides = [
        logs.query(f"{query.format(side)} | stats sum(bytes) as b by srcAddr, dstAddr | sort srcAddr, dstAddr").rows
        for side in ("flowDirection = 'egress'", "flowDirection = 'ingress'")
    ]
    assert sides[0] == sides[1]
