"""Report for people: the place, the line, the message and the fix."""

from __future__ import annotations

from collections.abc import Iterator

from flowlocal.ansi import one_line, painter
from flowlocal.checking.finding import Finding, Severity
from flowlocal.checking.reports import CheckReport
from flowlocal.language.render import excerpt

_STYLES = {Severity.ERROR: "1;31", Severity.WARNING: "1;33", Severity.NOTE: "1;36"}


def write(report: CheckReport) -> str:
    """Return every finding in some lines."""
    return "".join(f"{line}\n" for finding in report.findings for line in _lines(finding, report))


def _lines(finding: Finding, report: CheckReport) -> Iterator[str]:
    paint, style = painter(report.color), _STYLES[finding.severity]
    place = f"{one_line(finding.path)}:{finding.line}:{finding.column}"
    query = f" [{one_line(finding.query)}]" if finding.query else ""
    definition = finding.definition
    head = f"{paint(f'{finding.severity} {definition.code}', style)} {definition.name}"
    yield f"{place}: {head}: {one_line(finding.message)}{query}"
    host = report.hosts.get(finding.path)
    if host is not None and host.text.strip():
        width = finding.end_column - finding.column if finding.end_line == finding.line else None
        line, carets = excerpt(host.line(finding.line), finding.column, width)
        yield f"  {line}"
        yield f"  {paint(carets, style)}"
    if finding.fix:
        yield f"  {paint('help', '36')}: {one_line(finding.fix)}"
