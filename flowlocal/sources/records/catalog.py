"""Catalog of all flow log fields: spelling in the log, Insights name, and value type.

Field names and types are documented in the VPC user guide ("Flow log records") and the Transit Gateway
guide ("Transit Gateway Flow Logs records").
"""

from __future__ import annotations

import polars as pl
from msgspec import Struct

SAFE_INTEGER = 2**53
"""Largest count in a record, so that sums of many records stay exact in 64 bits."""
LARGEST_TIME = 2**62 - 1
"""Largest time in a record: in nanoseconds, a day of the year 2116. Differences stay exact in 64 bits."""


class IntegerType(Struct, frozen=True):
    """How an integer field is stored.

    Attributes:
        dtype: the Polars dtype of its column.
        maximum: the largest valid value.
    """

    dtype: pl.DataType
    maximum: int


_BYTE = IntegerType(pl.UInt8(), 2**8 - 1)
_SHORT = IntegerType(pl.UInt16(), 2**16 - 1)
_COUNT = IntegerType(pl.Int64(), SAFE_INTEGER)
_TIME = IntegerType(pl.Int64(), LARGEST_TIME)

INTEGERS: dict[str, IntegerType] = {
    "version": _BYTE,
    "srcport": _SHORT,
    "dstport": _SHORT,
    "protocol": _BYTE,
    "packets": _COUNT,
    "bytes": _COUNT,
    "start": _TIME,
    "end": _TIME,
    "tcp-flags": _SHORT,
    "traffic-path": _BYTE,
    "encryption-status": _BYTE,
    "packets-lost-no-route": _COUNT,
    "packets-lost-blackhole": _COUNT,
    "packets-lost-mtu-exceeded": _COUNT,
    "packets-lost-ttl-expired": _COUNT,
}
"""The integer fields; all other fields are text."""
TIMES = frozenset({"start", "end"})
"""The integer fields that are times."""


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


DEFAULT = _words(
    "version account-id interface-id srcaddr dstaddr srcport dstport protocol packets bytes start end action log-status"
)
"""The default format of VPC flow logs (the fields of version 2)."""

_LATER: dict[int, tuple[str, ...]] = {
    3: _words("vpc-id subnet-id instance-id tcp-flags type pkt-srcaddr pkt-dstaddr"),
    4: _words("region az-id sublocation-type sublocation-id"),
    5: _words("pkt-src-aws-service pkt-dst-aws-service flow-direction traffic-path"),
    7: _words(
        "ecs-cluster-arn ecs-cluster-name ecs-container-instance-arn ecs-container-instance-id ecs-container-id"
        " ecs-second-container-id ecs-service-name ecs-task-definition-arn ecs-task-arn ecs-task-id"
    ),
    8: ("reject-reason",),
    9: ("resource-id",),
    10: ("encryption-status",),
    11: _words(
        "instance-tag instance-tag-2 interface-tag interface-tag-2 asg-tag asg-tag-2 interface-type"
        " next-hop-interface-id next-hop-subnet-id next-hop-az-id next-hop-vpc-id next-hop-interface-type"
    ),
}

TRANSIT_GATEWAY = _words(
    "version resource-type account-id tgw-id tgw-attachment-id tgw-src-vpc-account-id tgw-dst-vpc-account-id"
    " tgw-src-vpc-id tgw-dst-vpc-id tgw-src-subnet-id tgw-dst-subnet-id tgw-src-eni tgw-dst-eni tgw-src-az-id"
    " tgw-dst-az-id tgw-pair-attachment-id srcaddr dstaddr srcport dstport protocol packets bytes start end"
    " log-status type packets-lost-no-route packets-lost-blackhole packets-lost-mtu-exceeded"
    " packets-lost-ttl-expired tcp-flags region flow-direction pkt-src-aws-service pkt-dst-aws-service"
)
"""The default format of Transit Gateway flow logs (version 6)."""


def _cumulative() -> dict[int, tuple[str, ...]]:
    """Return all fields up to each version, in the order of the documentation's table."""
    fields, layouts = DEFAULT, {}
    for version, added in _LATER.items():
        fields += added
        layouts[version] = fields
    return layouts


ALL_UP_TO = _cumulative()
"""All VPC fields up to each version, in the order in which the console offers them."""

KNOWN = frozenset(ALL_UP_TO[11]) | frozenset(TRANSIT_GATEWAY)
"""All field names of VPC and Transit Gateway flow logs, in the log's spelling."""

ADDRESSES = frozenset({"srcaddr", "dstaddr", "pkt-srcaddr", "pkt-dstaddr"})
"""The fields that contain IP addresses."""

_SPECIAL = {
    "start": "startTime",
    "end": "endTime",
    "srcaddr": "srcAddr",
    "dstaddr": "dstAddr",
    "srcport": "srcPort",
    "dstport": "dstPort",
    "pkt-srcaddr": "pktSrcAddr",
    "pkt-dstaddr": "pktDstAddr",
}


def query_names() -> frozenset[str]:
    """Return all names of flow log fields that a query may use: in camel case or in the log's spelling."""
    return KNOWN | frozenset(map(insights_name, KNOWN))


def canonical(token: str) -> str:
    """Return the log's spelling of a field: lower case with hyphens (``account-id`` for ``account_id``)."""
    return token.lower().replace("_", "-")


def insights_name(field: str) -> str:
    """Return the Insights name of a field.

    The names of the default format are documented ("Supported logs and discovered fields"); all others are the
    hyphenated name in camel case (decided).
    """
    if field in _SPECIAL:
        return _SPECIAL[field]
    first, *rest = field.split("-")
    return first + "".join(part[:1].upper() + part[1:] for part in rest)


def squeezed(name: str) -> str:
    """Return a field name in lower case without hyphens and underscores, to find similar spellings."""
    return name.lower().replace("-", "").replace("_", "")


def version_of(name: str) -> int | None:
    """Return the flow log version that introduced a field, in any spelling; None if the name is not a field.

    >>> version_of("instanceId"), version_of("srcaddr"), version_of("hour")
    (3, 2, None)
    """
    for version, fields in {2: DEFAULT, **_LATER, 6: TRANSIT_GATEWAY}.items():
        if squeezed(name) in {squeezed(each) for field in fields for each in (field, insights_name(field))}:
            return version
    return None
