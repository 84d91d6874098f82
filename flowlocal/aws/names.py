"""Names of log groups: plain, as ARN, and as the service writes them into a query."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

_ARN = re.compile(r"arn:[\w-]+:logs:(?P<region>[^:]*):(?P<account>[^:]*):log-group:(?P<name>[^:]+)(?::\*?)?")


@dataclass(frozen=True)
class Identifier:
    """What ``logGroupIdentifier`` named.

    Attributes:
        name: the group's name.
        account: the account of an ARN, else empty.
        region: the region of an ARN, else empty.
    """

    name: str
    account: str = ""
    region: str = ""


def identified(text: str) -> Identifier:
    """Return the group that a name or an ARN identifies.

    The documentation wants an ARN without ``:*`` at its end; clients send it with ``:*`` and with a bare ``:`` as
    well, and the service takes all three (recorded).
    """
    match = _ARN.fullmatch(text)
    if match is None:
        return Identifier(text)
    return Identifier(match["name"], match["account"], match["region"])


def group_arn(region: str, account: str, name: str) -> str:
    """Return the ARN of a group, without ``:*``."""
    return f"arn:aws:logs:{region}:{account}:log-group:{name}"


def query_prefix(groups: Sequence[str], start: int, end: int) -> str:
    """Return what the service puts before a query (recorded for one group; for several as dashboards do, decided).

    Args:
        groups: the names of the groups.
        start: epoch milliseconds of the first moment.
        end: epoch milliseconds of the last moment.
    """
    sources = " | ".join(f'SOURCE "{group}"' for group in groups)
    return f"{sources} START={start} END={end} | "
