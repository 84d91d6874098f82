"""Queries in files of all kinds: found, and placed."""

from __future__ import annotations

import time
import tomllib
from pathlib import Path
from typing import Any

import pytest

from flowlocal.checking.files import expand, read
from flowlocal.checking.finding import Finding
from flowlocal.checking.hosts import find
from flowlocal.checking.run import Settings, check_all
from flowlocal.checking.source import Host
from flowlocal.events import UnreadableInput


def cases() -> list[Any]:
    """Return the table of cases."""
    table = tomllib.loads((Path(__file__).parent / "hosts.toml").read_text(encoding="utf-8"))["case"]
    return [pytest.param(case, id=case["title"]) for case in table]


def shown(finding: Finding, texts: dict[str, str]) -> tuple[str, str]:
    """Return a finding as the table writes it, and the rest of the line at its place."""
    line = texts[Path(finding.path).name].splitlines()[finding.line - 1]
    place = f"{finding.line}:{finding.column} {finding.definition.code} [{finding.query}]"
    return place, line[finding.column - 1 :]


@pytest.mark.parametrize("case", cases())
def test_case(case: dict[str, Any], tmp_path: Path) -> None:
    """The findings of the table are found at their places."""
    texts = {each["name"]: each["text"] for each in (case, case.get("also", {"name": "none", "text": ""}))}
    for name, text in texts.items():
        (tmp_path / name).write_bytes(text.encode())
    findings = check_all(find(read(tmp_path / case["name"])), Settings())
    found = [shown(finding, texts) for finding in findings]
    assert [
        f"{place} {there[: len(wanted) - len(place) - 1]}"
        for (place, there), wanted in zip(found, case["found"], strict=False)
    ] == case["found"]
    assert len(found) == len(case["found"])


def test_shared_nodes_are_visited_once() -> None:
    """A file whose aliases multiply to more nodes than there is memory is read in a moment."""
    lines = ["a0: &a0 [AWS::CloudWatch::Dashboard]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 30)]
    began = time.monotonic()
    assert list(find(Host("x.yaml", "\n".join(lines)))) == []
    assert time.monotonic() - began < 60


HOSTILE = [
    ("x.yaml", "AWS::CloudWatch::Dashboard: " + "[" * 3000),
    ("x.json", '{"widgets": ' + "[" * 100_000),
    ("x.tf", "aws_cloudwatch_dashboard = " + "[" * 3000),
    ("x.tf", 'resource "aws_cloudwatch_query_definition" "a" { query_string = "${' + '"${' * 200 + '" }'),
    ("x.yaml", "AWS::CloudWatch::Dashboard: &a [*a]"),
    ("x.json", '{"widgets": [{"type": "log", "properties": {"query": "\\ud800 \\udc00"}}]}'),
    (
        "x.tf",
        "locals { a = local.b\n b = local.a }\n"
        'resource "aws_cloudwatch_query_definition" "a" { query_string = local.a }',
    ),
    ("x.yaml", "Resources: {Q: {Type: AWS::Logs::QueryDefinition, Properties: []}}"),
]


@pytest.mark.parametrize(("name", "text"), HOSTILE)
def test_hostile(name: str, text: str) -> None:
    """Files that are made to break readers give findings, or none."""
    check_all(find(Host(name, text)), Settings())


def test_folders_are_walked(tmp_path: Path) -> None:
    """Folders give the files that can hold queries; hidden ones and those of tools are passed over."""
    for name in ("a.insights", "b.cwli", "c.tf", "d.yaml", "e.txt", "f.py", ".git/g.insights", "node_modules/h.json"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text("")
    assert [path.name for path in expand([str(tmp_path)])] == ["a.insights", "b.cwli", "c.tf", "d.yaml"]
    assert [path.name for path in expand([str(tmp_path / "*.txt"), str(tmp_path / "e.txt")])] == ["e.txt"]


@pytest.mark.parametrize("content", [None, b"\xff"])
def test_unreadable(tmp_path: Path, content: bytes | None) -> None:
    """A file that is not there, or no text, is named."""
    path = tmp_path / "x.insights"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(UnreadableInput) as caught:
        [read(each) for each in expand([str(path)])]
    assert caught.value.path == str(path)
