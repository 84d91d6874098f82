"""SARIF 2.1.0, which code scanning services take (OASIS standard)."""

from __future__ import annotations

import json
import os
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from urllib.parse import quote

from flowlocal.checking.finding import Definition, Finding, Severity, definitions
from flowlocal.checking.reports import CheckReport
from flowlocal.configuration import working_directory

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.NOTE: "note"}


def write(report: CheckReport) -> str:
    """Return one log with one run."""
    rules = definitions()
    numbers = {rule.code: number for number, rule in enumerate(rules)}
    run = {
        "tool": {"driver": {**_driver(), "rules": [_rule(rule) for rule in rules]}},
        "columnKind": "unicodeCodePoints",
        "results": [_result(finding, numbers) for finding in report.findings],
    }
    return json.dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2, ensure_ascii=False) + "\n"


def _driver() -> dict[str, str]:
    try:
        return {"name": "flowlocal", "semanticVersion": version("flowlocal")}
    except PackageNotFoundError:  # run from a checkout that is not installed
        return {"name": "flowlocal"}


def _rule(rule: Definition) -> dict[str, object]:
    example = f"Instead of\n\n    {rule.example}\n\nwrite\n\n    {rule.better}"
    return {
        "id": rule.code,
        "name": "".join(part.capitalize() for part in rule.name.split("-")),
        "shortDescription": {"text": rule.summary},
        "fullDescription": {"text": rule.doc},
        "help": {"text": f"{rule.doc}\n\n{example}\n", "markdown": f"{rule.doc}\n\n{example}\n"},
        "defaultConfiguration": {"level": _LEVELS[rule.severity]},
    }


def _result(finding: Finding, numbers: dict[str, int]) -> dict[str, object]:
    region = {
        "startLine": finding.line,
        "startColumn": finding.column,
        "endLine": finding.end_line,
        "endColumn": finding.end_column,
    }
    place = {"physicalLocation": {"artifactLocation": {"uri": _uri(finding.path)}, "region": region}}
    fix = f". {finding.fix}" if finding.fix else ""
    result: dict[str, object] = {
        "ruleId": finding.definition.code,
        "ruleIndex": numbers[finding.definition.code],
        "level": _LEVELS[finding.severity],
        "message": {"text": finding.message + fix},
        "locations": [{**place, **_logical(finding)}],
    }
    return result


def _logical(finding: Finding) -> dict[str, object]:
    return {"logicalLocations": [{"name": finding.query}]} if finding.query else {}


def _uri(path: str) -> str:
    """Return a path as a URI: relative to the working directory if it is in it, as code scanning services expect."""
    if path == "-":
        return "stdin"
    if os.path.isabs(path):
        inside = Path(path)
        here = working_directory()
        return _quoted(inside.relative_to(here)) if inside.is_relative_to(here) else inside.as_uri()
    return _quoted(Path(os.path.normpath(path)))


def _quoted(path: Path) -> str:
    return quote(os.fsencode(path.as_posix()))
