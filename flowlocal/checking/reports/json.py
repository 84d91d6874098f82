"""Report for programs: an array with an object for each finding."""

from __future__ import annotations

import json

from flowlocal.checking.finding import Finding
from flowlocal.checking.reports import CheckReport


def write(report: CheckReport) -> str:
    """Return one object per line."""
    objects = [json.dumps(_object(finding), ensure_ascii=False) for finding in report.findings]
    return "[\n" + ",\n".join(f"  {each}" for each in objects) + "\n]\n" if objects else "[]\n"


def _object(finding: Finding) -> dict[str, object]:
    return {
        "path": finding.path,
        "line": finding.line,
        "column": finding.column,
        "endLine": finding.end_line,
        "endColumn": finding.end_column,
        "code": finding.definition.code,
        "name": finding.definition.name,
        "severity": str(finding.severity),
        "message": finding.message,
        "remedy": finding.fix,
        "query": finding.query,
    }
