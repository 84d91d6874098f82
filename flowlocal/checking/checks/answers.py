"""Findings that need an answer: nothing read, nothing in the time range, a field that these logs do not have."""

from __future__ import annotations

from flowlocal.checking.finding import Definition, Severity, define

NOTHING_READ = define(
    Definition(
        "FL701",
        "nothing-read",
        Severity.WARNING,
        "stats count(*) by dstPort",
        "stats count(*) by dstPort",
        None,
        "Report that no event was read.\n\n"
        "There are no files under the paths, or those that are there contain no events. The note after the answer "
        "names what was skipped, and why.",
    )
)
OUTSIDE_RANGE = define(
    Definition(
        "FL702",
        "outside-range",
        Severity.WARNING,
        "stats count(*) by dstPort",
        "stats count(*) by dstPort",
        None,
        "Report that no event is in the time range of the query.\n\n"
        "The note after the answer says which time the logs span.",
    )
)
MISSING_FIELD = define(
    Definition(
        "FL703",
        "missing-field",
        Severity.WARNING,
        "stats count(*) by instanceId",
        "stats count(*) by interfaceId",
        None,
        "Report a field that these logs do not have.\n\n"
        "The field is missing in every event, without an error: filters find nothing, sums are empty, groups have no "
        "value. The note after the answer names the nearest field, or the version of the flow log format that has it.",
    )
)
