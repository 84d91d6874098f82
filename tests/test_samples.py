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


def generated() -> dict[str, str]:
    """Return the files that the generator would write, with their text."""
    spec = importlib.util.spec_from_file_location("sample_logs_generate", SAMPLES / "generate.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    files: dict[str, str] = module.files()
    return files


def committed() -> dict[str, str]:
    """Return the files that are there, unpacked: compressed bytes differ between zlib versions."""
    found = (path for shape in SHAPES for path in (SAMPLES / shape).rglob("*") if path.is_file())
    return {path.relative_to(SAMPLES).as_posix(): _text(path) for path in found}


def _text(path: Path) -> str:
    data = path.read_bytes()
    return (gzip.decompress(data) if path.suffix == ".gz" else data).decode()


def test_generator_makes_what_is_committed() -> None:
    """The committed files hold what the generator writes, no more and no less."""
    assert committed() == generated()


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
