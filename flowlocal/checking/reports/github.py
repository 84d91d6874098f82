"""Report for GitHub Actions: workflow commands that annotate the lines of a change."""

from __future__ import annotations

from flowlocal.checking.finding import Finding, Severity
from flowlocal.checking.reports import CheckReport
from flowlocal.github import annotation

_LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.NOTE: "notice"}


def write(report: CheckReport) -> str:
    """Return one annotation per line."""
    return "".join(f"{_annotation(finding)}\n" for finding in report.findings)


def _annotation(finding: Finding) -> str:
    text = f"{finding.message}. {finding.fix}" if finding.fix else finding.message
    return annotation(
        _LEVELS[finding.severity],
        text,
        title=f"{finding.definition.code} {finding.definition.name}",
        file=finding.path,
        line=finding.line,
        end_line=finding.end_line,
        column=finding.column,
    )
