"""Recognise queries over flow logs by the names that they use."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache

from flowlocal.sources.records import catalog

SYSTEM = frozenset({"@timestamp", "@message", "@logStream", "@log", "@ingestionTime", "@ptr"})
"""Fields of every log."""
_GENERIC = frozenset({"version", "action", "bytes", "packets", "protocol", "start", "end", "type", "region"})
"""Fields of flow logs whose names many other logs use as well."""
_OF_TRAFFIC = frozenset(
    [
        *("srcAddr", "dstAddr", "srcPort", "dstPort", "pktSrcAddr", "pktDstAddr", "interfaceId", "logStatus"),
        *("flowDirection", "trafficPath", "tcpFlags"),
    ]
)
"""Fields whose names, even misspelt, few other logs use: not `instanceId`, which is `InstanceId` in many."""
_SHORTEST = 5
"""Minimum letters of a name for another one that differs in one letter to be its misspelling."""


@cache
def insights_names() -> tuple[str, ...]:
    """Return the names of the fields of VPC and Transit Gateway flow logs, as queries know them."""
    return tuple(sorted(set(map(catalog.insights_name, catalog.KNOWN))))


@cache
def flow_log_names() -> frozenset[str]:
    """Return every name by which a query may know a field of flow logs: also as the log spells it."""
    return frozenset(catalog.KNOWN) | frozenset(insights_names())


@cache
def _distinctive() -> frozenset[str]:
    return flow_log_names() - _GENERIC - {"accountId", "startTime", "endTime"}


def looks_like_flow_logs(names: Iterable[str]) -> bool:
    """Return True if a query with these names of fields is meant for flow logs.

    One name that few other logs have is enough. A near miss of one (letter case, an underscore, one letter) counts if
    no other name is foreign to flow logs: `dst_port` beside `hostname` is a field of another log.
    """
    found = set(names) - SYSTEM
    if found & _distinctive():
        return True
    return all(map(near_miss, found)) and any(near_miss(name) in _OF_TRAFFIC for name in found)


@cache
def near_miss(name: str) -> str | None:
    """Return the field of flow logs that a name is, or is a misspelling of; None if there is none.

    >>> near_miss("DstPort"), near_miss("src_addr"), near_miss("srcadr"), near_miss("hostname")
    ('dstPort', 'srcAddr', 'srcAddr', None)
    """
    bare, known = catalog.squeezed(name), _by_squeezed()
    near = (each for each in known if len(each) >= _SHORTEST and _differ_in_one_letter(bare, each))
    return known.get(bare if bare in known else next(near, ""))


@cache
def _by_squeezed() -> dict[str, str]:
    names = [(field, catalog.insights_name(field)) for field in sorted(catalog.KNOWN)]
    return {catalog.squeezed(spelling): name for field, name in names for spelling in (field, name)}


def _differ_in_one_letter(one: str, other: str) -> bool:
    """Return True if one letter less, more or another one makes the texts equal."""
    short, long = sorted((one, other), key=len)
    if len(long) - len(short) > 1:
        return False
    same = next((place for place, pair in enumerate(zip(short, long, strict=False)) if pair[0] != pair[1]), len(short))
    return short[same + (len(short) == len(long)) :] == long[same + 1 :]
