"""Findings that need an answer: nothing read, nothing in the time range, a missing field, no public address."""

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
NO_PUBLIC_ADDRESS = define(
    Definition(
        "FL704",
        "no-public-address",
        Severity.WARNING,
        "filter isPublicIP(srcAddr) | stats count(*)",
        "filter not isPrivateIP(srcAddr) | stats count(*)",
        None,
        "Report that a query for public addresses found nothing.\n\n"
        "Ranges that are reserved, such as those for documentation (192.0.2.0/24, 198.51.100.0/24, 203.0.113.0/24, "
        "2001:db8::/32), which examples use, and for carriers (100.64.0.0/10), are neither public nor private.",
    )
)
