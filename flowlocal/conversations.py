"""Both directions of each connection as one row: who is the client, who the server, and how sure that is.

Records are joined in four steps:

1. Bytes and packets are summed per interface and direction. Both interfaces of a connection record the same packets,
   and so do gateways between them: of each direction, the interface that saw most counts.
2. Both directions are put together by addresses, ports and protocol. If a record has the packet's own addresses
   (``pktSrcAddr``, ``pktDstAddr``), these are taken: the private side of a NAT gateway is then the host's connection.
3. The client is found by TCP flags, else by ports: see ``oriented``.
4. Connections of one client to one port of a server become one row.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

import polars as pl

from flowlocal.api import Logs, StrictReport
from flowlocal.collecting import collect
from flowlocal.events import ScanReport
from flowlocal.moments import Moment, to_range
from flowlocal.result import Result, Statistics
from flowlocal.values.calendar import in_calendar

NEEDED = ("srcAddr", "dstAddr", "srcPort", "dstPort", "protocol")
"""The fields without which there are no conversations."""
_OPTIONAL = {
    **dict.fromkeys(("interfaceId", "action", "pktSrcAddr", "pktDstAddr"), pl.String()),
    **dict.fromkeys(("bytes", "packets", "startTime", "endTime", "tcpFlags"), pl.Int64()),
}
DIRECTION = ["protocol", "source", "srcPort", "target", "dstPort"]
"""The columns that name one direction of a connection."""
CONNECTION = ["protocol", "a", "aPort", "b", "bPort"]
"""The columns that name a connection: its ends in the order of text."""
_END = ["protocol", "host", "port"]
_PAIR = ["client", "server", "serverPort", "protocol"]
_SUMS = ["clientBytes", "serverBytes", "clientPackets", "serverPackets"]
CERTAINTY = ("flags", "ports", "guess")
"""How the server was told, the surest first."""
SORTABLE = ("bytes", "connections", *_SUMS, "first", "last")
"""What decides the order of rows; ``bytes`` are those of both directions."""
_SYN, _SYN_ACK = 2, 18
Frame = TypeVar("Frame", pl.DataFrame, pl.LazyFrame)
_SIZES = (10**11, 10**14, 10**17)
"""Sizes below which a time counts seconds, milliseconds, and microseconds."""
_WELL_KNOWN, _EPHEMERAL = 1024, 32_768


def conversations(
    logs: Logs,
    *,
    start: Moment | None = None,
    end: Moment | None = None,
    by: str = "bytes",
    limit: int | None = None,
    on_bytes: Callable[[int], None] | None = None,
) -> Result:
    """Return both directions of the traffic in one row for each client, server, server port and protocol.

    Args:
        logs: the opened logs.
        start: start of the time range, see ``Logs.query``.
        end: its end, inclusive to the second.
        by: the column that decides the order, one of ``SORTABLE``; the largest comes first.
        limit: the largest number of rows (default: all).
        on_bytes: called with the number of stored bytes read since the last call, from any thread.

    Returns:
        A result with the columns ``client``, ``server`` (``String``), ``serverPort``, ``protocol``, ``connections``
        (different client ports), ``clientBytes``, ``serverBytes``, ``clientPackets``, ``serverPackets`` (what each
        sent), ``first``, ``last`` (``Datetime("ms")``: start of the first record, end of the last), ``clientFlags``,
        ``serverFlags`` (bitwise OR of the TCP flags; missing if the logs have none), ``action`` (``ACCEPT``,
        ``REJECT`` or ``both``) and ``serverBy`` (``flags``, ``ports`` or ``guess``: the least sure of the row).
        Numbers are ``Int64``.

    Raises:
        ValueError: the logs lack a needed field, or ``by`` or a time is not valid.
        UnreadableInput: a file could not be read.

    >>> import flowlocal
    >>> from flowlocal.conversations import conversations
    >>> result = conversations(flowlocal.scan("flow.log"), limit=1)
    >>> [result.rows[0][name] for name in ("client", "server", "serverPort", "serverBy")]
    ['10.0.0.2', '10.0.0.9', '443', 'ports']
    """
    if by not in SORTABLE:
        raise ValueError(f"{by} is not a column to sort by: expected one of {', '.join(SORTABLE)}")
    check_fields(logs, NEEDED, "conversations")
    report = reading(logs, on_bytes)
    events = records(logs, report, to_range(start, end)).filter(pl.col("source").is_not_null())
    directions = collect(directions_of(by_interface(events)), report)
    rows = _rows(oriented(directions))
    rows = rows.sort(by, *_PAIR, descending=[True, *(False for _ in _PAIR)], nulls_last=True)
    matched = int(directions["records"].sum())
    return result_of(rows.drop("bytes").head(rows.height if limit is None else limit), _PAIR, matched, report)


def check_fields(logs: Logs, needed: Sequence[str], purpose: str) -> None:
    """Raise ValueError if the logs lack a field that is needed."""
    missing = [name for name in needed if name not in logs.source.fields]
    if missing:
        raise ValueError(f"{purpose} need {', '.join(missing)}, which the logs do not have")


def reading(logs: Logs, on_bytes: Callable[[int], None] | None) -> ScanReport:
    """Return the report of a reading of logs."""
    report = StrictReport() if logs.strict else ScanReport(partial_answer=logs.partial_answer)
    report.on_bytes = on_bytes or report.on_bytes
    return report


def records(
    logs: Logs, report: ScanReport, span: tuple[int | None, int | None], more: Sequence[str] = ()
) -> pl.LazyFrame:
    """Return the records in the time range, with null for fields that the logs do not have.

    ``source`` and ``target`` are the packet's own addresses if the record has them; null in a record without traffic.

    Args:
        logs: the opened logs.
        report: receives what the reading meets.
        span: both ends of the time range in epoch milliseconds, inclusive; None for an open end.
        more: further fields, which become text.
    """
    known = logs.source.fields
    columns = {
        name: (pl.col(name) if name in known else pl.lit(None)).cast(kind).alias(name)
        for name, kind in {**_OPTIONAL, **dict.fromkeys(more, pl.String())}.items()
    }
    ports = [pl.col(name).cast(pl.Int64).fill_null(0) for name in ("srcPort", "dstPort", "protocol")]
    source = pl.coalesce(_given(columns["pktSrcAddr"]), _given(pl.col("srcAddr"))).alias("source")
    target = pl.coalesce(_given(columns["pktDstAddr"]), _given(pl.col("dstAddr"))).alias("target")
    at = pl.col("@timestamp").cast(pl.Int64).alias("at")
    return logs.source.read(report).filter(*_within(*span)).select(*ports, source, target, at, *columns.values())


def _given(address: pl.Expr) -> pl.Expr:
    """Return an address, or null for ``-``."""
    return pl.when(address != "-").then(address)


def _within(start: int | None, end: int | None) -> list[pl.Expr]:
    at = pl.col("@timestamp").cast(pl.Int64)
    return [*([at >= start] if start is not None else []), *([at <= end] if end is not None else [])]


def by_interface(events: pl.LazyFrame, keys: Sequence[str] = (), more: Sequence[pl.Expr] = ()) -> pl.LazyFrame:
    """Return a row for each direction of a connection at each interface, with sums over its records.

    Args:
        events: see ``records``.
        keys: further columns that divide the rows.
        more: further sums.
    """
    flags, action = pl.col("tcpFlags"), pl.col("action")
    return events.group_by("interfaceId", *DIRECTION, *keys).agg(
        pl.col("bytes", "packets").sum(),
        pl.col("startTime").min(),
        pl.col("endTime").max(),
        flags.bitwise_or(),
        ((flags & _SYN_ACK) == _SYN).any().alias("syn"),
        ((flags & _SYN_ACK) == _SYN_ACK).any().alias("synAck"),
        (action == "ACCEPT").any().alias("accepted"),
        (action == "REJECT").any().alias("rejected"),
        pl.len().cast(pl.Int64).alias("records"),
        *more,
    )


def directions_of(interfaces: Frame) -> Frame:
    """Return a row for each direction of a connection, with the traffic of the interface that saw most of it."""
    return interfaces.group_by(DIRECTION).agg(
        pl.col("bytes", "packets", "endTime").max(),
        pl.col("startTime").min(),
        pl.col("tcpFlags").bitwise_or(),
        pl.col("syn", "synAck", "accepted", "rejected").any(),
        pl.col("records").sum(),
    )


def with_ends(directions: pl.DataFrame) -> pl.DataFrame:
    """Add the columns of ``CONNECTION``, and ``forward``, True if ``a`` sent what the row counts."""
    forward = (pl.col("source") < pl.col("target")) | (
        (pl.col("source") == pl.col("target")) & (pl.col("srcPort") <= pl.col("dstPort"))
    )
    ends = {"a": ("source", "target"), "aPort": ("srcPort", "dstPort"), "b": ("target", "source")}
    ends["bPort"] = ("dstPort", "srcPort")
    named = [pl.when(forward).then(one).otherwise(other).alias(name) for name, (one, other) in ends.items()]
    return directions.with_columns(*named, forward.alias("forward"))


def _connections(directions: pl.DataFrame) -> pl.DataFrame:
    """Return a row for each connection, and what each of its ends sent."""
    each = [
        one.alias(f"{end}{name}")
        for end, own in (("a", pl.col("forward")), ("b", ~pl.col("forward")))
        for name, one in (
            ("Bytes", pl.col("bytes").filter(own).sum()),
            ("Packets", pl.col("packets").filter(own).sum()),
            ("Flags", pl.col("tcpFlags").filter(own).bitwise_or()),
            ("Start", pl.col("startTime").filter(own).min()),
            ("Syn", pl.col("syn").filter(own).any()),
            ("SynAck", pl.col("synAck").filter(own).any()),
        )
    ]
    return (
        with_ends(directions)
        .group_by(CONNECTION)
        .agg(
            *each,
            pl.col("startTime").min().alias("first"),
            pl.col("endTime").max().alias("last"),
            pl.col("accepted", "rejected").any(),
        )
    )


def oriented(directions: pl.DataFrame) -> pl.DataFrame:
    """Return a row for each connection, with its client and server.

    ``fromA`` is True if ``a`` is the client; ``serverBy`` is how that was told, as an index of ``CERTAINTY``:

    - ``flags``: one end sent a SYN without ACK, or the other a SYN-ACK, and nothing says the opposite.
    - ``ports``: only one port is below 1024, or else only one below 32768; or else one end has more peers.
    - ``guess``: the lower port is the server's; of equal ports, and of protocols without ports such as ICMP, the end
      that sent first is the client.
    """
    syn_a, syn_b = pl.col("aSyn") | pl.col("bSynAck"), pl.col("bSyn") | pl.col("aSynAck")
    low, high = pl.col("aPort"), pl.col("bPort")
    known, below = ((low < bound, high < bound) for bound in (_WELL_KNOWN, _EPHEMERAL))
    first = pl.coalesce(pl.col("aStart") <= pl.col("bStart"), pl.col("aStart").is_not_null())
    more = (pl.col("aPeers") != pl.col("bPeers")) & (low + high > 0)  # of ICMP, what asks many hosts is not a server
    told = [
        (syn_a != syn_b, syn_a, 0),
        (known[0] != known[1], known[1], 1),
        (below[0] != below[1], below[1], 1),
        (more, pl.col("bPeers") > pl.col("aPeers"), 1),
        (low != high, high < low, 2),
        (pl.lit(value=True), first, 2),
    ]
    from_a = pl.coalesce(pl.when(condition).then(client) for condition, client, _ in told)
    sure = pl.coalesce(pl.when(condition).then(pl.lit(index)) for condition, _, index in told)
    return _with_peers(_connections(directions)).with_columns(from_a.alias("fromA"), sure.alias("serverBy"))


def _with_peers(connections: pl.DataFrame) -> pl.DataFrame:
    """Add ``aPeers`` and ``bPeers``, the number of connections that each end has, on whichever side it is."""
    sides = [("protocol", end, f"{end}Port") for end in ("a", "b")]
    ends = pl.concat(
        connections.select(pl.col(side).alias(name) for side, name in zip(each, _END, strict=True)) for each in sides
    )
    counts = ends.group_by(_END).len()
    for each in sides:
        named = counts.rename({"len": f"{each[1]}Peers"})
        connections = connections.join(named, left_on=each, right_on=_END, how="left", maintain_order="left")
    return connections


def _rows(connections: pl.DataFrame) -> pl.DataFrame:
    """Return a row for each client, server, server port and protocol."""
    from_a = pl.col("fromA")
    ends = {
        "client": ("a", "b"),
        "clientPort": ("aPort", "bPort"),
        "server": ("b", "a"),
        "serverPort": ("bPort", "aPort"),
    }
    for name in ("Bytes", "Packets", "Flags"):
        ends |= {f"client{name}": (f"a{name}", f"b{name}"), f"server{name}": (f"b{name}", f"a{name}")}
    named = [pl.when(from_a).then(one).otherwise(other).alias(name) for name, (one, other) in ends.items()]
    moments = [moment(pl.col(name)) for name in ("first", "last")]
    action = (
        pl.when(pl.col("accepted") & pl.col("rejected"))
        .then(pl.lit("both"))
        .when("accepted")
        .then(pl.lit("ACCEPT"))
        .when("rejected")
        .then(pl.lit("REJECT"))
    )
    rows = connections.select("protocol", "accepted", "rejected", "serverBy", *named, *moments).group_by(_PAIR)
    summed = rows.agg(
        pl.col("clientPort").n_unique().cast(pl.Int64).alias("connections"),
        *(pl.col(name).sum() for name in _SUMS),
        pl.col("first").min(),
        pl.col("last").max(),
        *(pl.col(name).bitwise_or() for name in ("clientFlags", "serverFlags")),
        pl.col("accepted", "rejected").any(),
        pl.col("serverBy").max().replace_strict([0, 1, 2], CERTAINTY, return_dtype=pl.String),
    )
    columns = [*_PAIR, "connections", *_SUMS, "first", "last", "clientFlags", "serverFlags"]
    bytes_moved = (pl.col("clientBytes") + pl.col("serverBytes")).alias("bytes")
    return summed.select(*columns, action.alias("action"), "serverBy", bytes_moved)


def moment(time: pl.Expr) -> pl.Expr:
    """Return a time of a record as ``Datetime("ms")``; its size says whether it counts seconds or a smaller unit."""
    seconds, milliseconds, microseconds = (time < size for size in _SIZES)
    known = pl.when(seconds).then(time * 1000).when(milliseconds).then(time).when(microseconds).then(time // 1000)
    return in_calendar(known.otherwise(time // 1_000_000)).cast(pl.Datetime("ms"))


def result_of(rows: pl.DataFrame, keys: Sequence[str], matched: int, report: ScanReport) -> Result:
    """Return rows as a result: columns as they are printed, and the statistics of their reading.

    Args:
        rows: the rows.
        keys: the columns that name a row.
        matched: events that the rows were made of.
        report: what the reading met.
    """
    printed = rows.select(
        pl.col(name).dt.strftime("%F %T%.3f") if kind.is_temporal() else pl.col(name).cast(pl.String)
        for name, kind in rows.schema.items()
    )
    statistics = Statistics(matched, report.records, report.bytes)
    return Result(tuple(rows.columns), printed, rows, None, statistics, report, keys=tuple(keys))
