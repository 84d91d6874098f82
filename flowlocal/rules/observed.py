"""The accepted traffic of each interface: direction, protocol, server port and peer."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime

import polars as pl

from flowlocal import conversations
from flowlocal.api import Logs
from flowlocal.collecting import collect
from flowlocal.conversations import CERTAINTY, CONNECTION
from flowlocal.events import ScanReport
from flowlocal.moments import Moment, to_range
from flowlocal.rules.own_ends import own_source

NEEDED = (*conversations.NEEDED, "interfaceId", "action")
"""The fields without which there are no rules."""
KEY = ["interfaceId", "direction", "protocol", "port", "peer"]
"""What names traffic; ``port`` is null for protocols without ports."""
EPHEMERAL = 32_768
"""The first port that systems give to clients."""
_DIVIDED = ("flowDirection", "srcAddr", "dstAddr")
_MORE = (*_DIVIDED, "vpcId", "logStatus")
SHOWN = 3
"""Interfaces that a note names."""
_TCP, _UDP = 6, 17
_FLAGS, _GUESS = CERTAINTY.index("flags"), CERTAINTY.index("guess")


@dataclass(frozen=True)
class Observed:
    """What logs say about the traffic of interfaces.

    Attributes:
        traffic: accepted traffic, a row for each ``KEY`` with ``flows``, ``bytes`` (of both directions), ``last``,
            ``answered`` (the server sent something) and ``serverBy`` (an index of ``CERTAINTY``, the least sure).
        doubtful: other ways to see the traffic of which the server is not sure, as ``KEY``.
        interfaces: ``interfaceId`` and ``vpcId`` of all interfaces that have a record.
        unplaced: interfaces of which it is not known which end of a flow is theirs.
        first: start of the first record; None if there is no record.
        last: end of the last record.
        notes: sentences on what is left out.
        matched: records in the time range.
        report: what the reading met.
    """

    traffic: pl.DataFrame
    doubtful: pl.DataFrame
    interfaces: pl.DataFrame
    unplaced: tuple[str, ...]
    first: datetime | None
    last: datetime | None
    notes: tuple[str, ...]
    matched: int
    report: ScanReport

    @property
    def span(self) -> str:
        """The time of the logs, in words."""
        if self.first is None or self.last is None:
            return "no record"
        return f"{self.first:%Y-%m-%d %H:%M} to {self.last:%Y-%m-%d %H:%M} UTC ({_length(self.first, self.last)})"


def _length(first: datetime, last: datetime) -> str:
    hours = (last - first).total_seconds() / 3600
    return f"{hours / 24:.1f} days" if hours >= 48 else f"{hours:.1f} hours"


def observe(
    logs: Logs,
    known: pl.DataFrame,
    *,
    start: Moment | None = None,
    end: Moment | None = None,
    on_bytes: Callable[[int], None] | None = None,
) -> Observed:
    """Read logs.

    Args:
        logs: the opened logs.
        known: addresses of interfaces from tables, ``interfaceId`` and ``address``.
        start: start of the time range, see ``Logs.query``.
        end: its end, inclusive to the second.
        on_bytes: called with the number of stored bytes read since the last call, from any thread.

    Raises:
        ValueError: the logs lack a needed field, or a time is not valid.
        UnreadableInput: a file could not be read.
    """
    conversations.check_fields(logs, NEEDED, "rules")
    report = conversations.reading(logs, on_bytes)
    events = conversations.records(logs, report, to_range(start, end), _MORE)
    rows = collect(conversations.by_interface(events, _DIVIDED, _sums()), report)
    flows = rows.filter(pl.col("source").is_not_null() & pl.col("target").is_not_null())
    flows = flows.with_columns(own=own_source(flows, known))
    placed = _oriented(flows)
    interfaces = rows.group_by("interfaceId").agg(pl.col("vpcId").max()).drop_nulls("interfaceId").sort("interfaceId")
    unplaced = tuple(flows.filter(pl.col("own").is_null())["interfaceId"].drop_nulls().unique().sort())
    first, last = _ends_of_time(rows)
    notes = tuple(_notes(rows, placed, unplaced))
    matched = int(rows["records"].sum())
    traffic, doubtful = _traffic(placed.filter(_has_server())), _doubtful(placed)
    return Observed(traffic, doubtful, interfaces, unplaced, first, last, notes, matched, report)


def _sums() -> list[pl.Expr]:
    """Return the sums over accepted records, and what is needed of all records."""
    action, at, vpc = pl.col("action"), pl.col("at"), pl.col("vpcId")
    accepted = action == "ACCEPT"
    return [
        pl.col("bytes").filter(accepted).sum().alias("acceptedBytes"),
        accepted.sum().cast(pl.Int64).alias("acceptedFlows"),
        (action == "REJECT").sum().cast(pl.Int64).alias("rejectedFlows"),
        pl.col("endTime").filter(accepted).max().alias("acceptedEnd"),
        at.filter(accepted).max().alias("acceptedAt"),
        at.min().alias("firstAt"),
        at.max().alias("lastAt"),
        pl.when(vpc != "-").then(vpc).max().alias("vpcId"),
        (pl.col("logStatus") == "SKIPDATA").sum().cast(pl.Int64).alias("skipped"),
    ]


def _ends_of_time(rows: pl.DataFrame) -> tuple[datetime | None, datetime | None]:
    """Return the start of the first record and the end of the last."""
    first = _time(pl.col("startTime").min(), pl.col("firstAt").min())
    last = _time(pl.col("endTime").max(), pl.col("lastAt").max())
    return rows.select(first.alias("first"), last.alias("last")).row(0)


def _time(recorded: pl.Expr, at: pl.Expr) -> pl.Expr:
    """Return a time that a record has, else the time of the event."""
    return pl.coalesce(conversations.moment(recorded), at.cast(pl.Datetime("ms")))


def _oriented(flows: pl.DataFrame) -> pl.DataFrame:
    """Return the rows of which the own end is known, with direction, peer, and the ports of server and client."""
    servers = conversations.oriented(conversations.directions_of(flows)).select(*CONNECTION, "fromA", "serverBy")
    placed = conversations.with_ends(flows.filter(pl.col("own").is_not_null())).join(servers, on=CONNECTION)
    request = pl.col("forward") == pl.col("fromA")
    ports = [("port", "dstPort", "srcPort"), ("clientPort", "srcPort", "dstPort")]
    return placed.with_columns(
        request.alias("request"),
        pl.when(pl.col("own") == request).then(pl.lit("egress")).otherwise(pl.lit("ingress")).alias("direction"),
        pl.when("own").then("target").otherwise("source").alias("peer"),
        *(pl.when(request).then(one).otherwise(other).alias(name) for name, one, other in ports),
        _time(pl.col("acceptedEnd"), pl.col("acceptedAt")).alias("lastAccepted"),
    )


def _has_ports() -> pl.Expr:
    return pl.col("protocol").is_in([_TCP, _UDP])


def _has_server() -> pl.Expr:
    """Return a condition: the server's port is known, or the protocol has none.

    Fragments have port 0. Of two high ports only TCP flags say which is the server's: the other is the client's, and a
    rule for it would be wrong the next day.
    """
    sure = (pl.col("port") < EPHEMERAL) | (pl.col("serverBy") == _FLAGS)
    return ~_has_ports() | ((pl.col("port") > 0) & sure)


def _allowed(placed: pl.DataFrame) -> pl.DataFrame:
    """Return a row for each connection of an interface that was accepted, with ``KEY`` and sums.

    It was accepted if a record of the client's packets is; or, if there is none, one of the server's.
    """
    request, accepted = pl.col("request"), pl.col("acceptedFlows") > 0
    port = pl.when(_has_ports()).then("port").alias("port")
    rows = placed.with_columns(port)
    connections = rows.group_by(*KEY, "clientPort").agg(
        pl.col("acceptedFlows").sum().alias("flows"),
        pl.col("acceptedBytes").sum().alias("bytes"),
        pl.col("lastAccepted").max().alias("last"),
        (~request & accepted).any().alias("answered"),
        pl.col("serverBy").max(),
        pl.when(request.any()).then((request & accepted).any()).otherwise(accepted.any()).alias("allowed"),
    )
    return connections.filter("allowed").drop("allowed")


def _traffic(placed: pl.DataFrame) -> pl.DataFrame:
    sums = [pl.col("flows", "bytes").sum(), pl.col("last", "serverBy").max(), pl.col("answered").any()]
    return _allowed(placed).group_by(KEY).agg(sums)


def _doubtful(placed: pl.DataFrame) -> pl.DataFrame:
    """Return the other way to see connections with a guessed server, and both ways for ephemeral ports."""
    unsure = placed.filter((pl.col("serverBy") == _GUESS) | ~_has_server())
    connections = _allowed(unsure)
    other = pl.when(pl.col("direction") == "egress").then(pl.lit("ingress")).otherwise(pl.lit("egress"))
    port = pl.when(pl.col("port").is_not_null()).then("clientPort")
    turned = connections.with_columns(other.alias("direction"), port.alias("port"))
    return pl.concat(each.select(KEY) for each in (connections, turned)).unique()


def _notes(rows: pl.DataFrame, placed: pl.DataFrame, unplaced: tuple[str, ...]) -> Iterator[str]:
    """Yield what is left out."""
    if rejected := int(rows["rejectedFlows"].sum()):
        yield f"rejected traffic is no basis for rules (records: {rejected:,})"
    if skipped := int(rows["skipped"].sum()):
        yield f"data was skipped (SKIPDATA, records: {skipped:,}), so some traffic is not in the logs"
    if unplaced:
        shown = ", ".join(unplaced[:SHOWN]) + (f" and {len(unplaced) - SHOWN:,} more" if len(unplaced) > SHOWN else "")
        yield (
            f"left out: {shown}, because it is not known which end of a flow is the interface's own; "
            "--names with describe-network-interfaces, or the field flow-direction, tells it"
        )
    without = placed.filter(~_has_server() & (pl.col("acceptedFlows") > 0))
    if without.height:
        flows, size = int(without["acceptedFlows"].sum()), int(without["acceptedBytes"].sum())
        yield (
            f"left out: traffic between two ephemeral ports, and fragments without ports (records: {flows:,}, "
            f"bytes: {size:,}), because no TCP flag shows the server's port"
        )
