"""Rules that allow the traffic that was seen, and no other."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import polars as pl

from flowlocal.conversations import CERTAINTY
from flowlocal.rules.folding import fold
from flowlocal.rules.network import Network
from flowlocal.rules.observed import SHOWN, Observed

KEY = ("id", "direction", "protocol", "port", "peer")
"""The columns that name a proposal."""
MOST_BLOCKS = 10
"""Blocks of addresses that a rule's port may have before they are joined."""
PROTOCOLS = {1: "icmp", 6: "tcp", 17: "udp", 58: "icmpv6"}
"""Names of protocols as security groups write them; others are written as numbers."""
_RULE = ["id", "direction", "protocol", "port"]


@dataclass(frozen=True)
class Proposals:
    """Proposed rules.

    Attributes:
        rows: ``id`` (of a security group or an interface), ``name``, ``direction``, ``protocol``, ``port`` (null for
            protocols without ports), ``peer`` (a security group or a block), ``peerName``, ``addresses`` (those seen of
            the peer), ``flows``, ``bytes``, ``last``, ``answered``, ``serverBy``; sorted by id, direction and bytes.
        notes: sentences on what is left out.
        vpcs: the VPC of each id, if it is known.
        accounts: the accounts of security groups, as far as they are known.
    """

    rows: pl.DataFrame
    notes: tuple[str, ...]
    vpcs: dict[str, str]
    accounts: Mapping[str, str] = field(default_factory=dict)


def propose(seen: Observed, network: Network, *, by_group: bool, most: int = MOST_BLOCKS) -> Proposals:
    """Return rules that allow what was seen.

    Args:
        seen: the traffic.
        network: interfaces and groups from tables.
        by_group: True for the rules of security groups, False for rules of each interface. An interface with several
            groups counts for the one that the fewest interfaces have; one that no table has is shown by its own id.
        most: blocks of addresses that a port of a group may have before they are joined, see ``folding``.
    """
    traffic = with_vpc(seen.traffic, seen, network)
    known = network.interfaces.select("interfaceId", "group", known=pl.lit(value=True))
    traffic = traffic.join(known, on="interfaceId", how="left")
    without = pl.col("known").fill_null(value=False) & pl.col("group").is_null()
    left_out = traffic.filter(without)["interfaceId"].unique().sort().to_list()
    traffic = traffic.filter(~without)
    own = pl.coalesce("group", "interfaceId") if by_group else pl.col("interfaceId")
    traffic = traffic.with_columns(own.alias("id"))
    folded = with_peers(traffic, _RULE, network, most)
    rows = folded.group_by(*_RULE, "block").agg(
        pl.col("peer").n_unique().cast(pl.Int64).alias("addresses"),
        pl.col("flows", "bytes").sum(),
        pl.col("last", "serverBy").max(),
        pl.col("answered").any(),
        pl.col("peer").first().alias("one"),
    )
    vpcs = dict(traffic.select("id", "vpc").drop_nulls().unique("id", keep="first", maintain_order=True).iter_rows())
    shown = _shown(rows, network)
    return Proposals(shown, tuple(_notes(left_out, shown)), vpcs, network.group_accounts)


def with_vpc(traffic: pl.DataFrame, seen: Observed, network: Network) -> pl.DataFrame:
    """Add ``vpc`` of the interface: that of the tables, else that of the logs."""
    places = seen.interfaces.join(network.interfaces.select("interfaceId", "vpc"), on="interfaceId", how="left")
    vpc = places.select("interfaceId", vpc=pl.coalesce("vpc", "vpcId"))
    return traffic.join(vpc, on="interfaceId", how="left")


def with_peers(traffic: pl.DataFrame, rule: list[str], network: Network, most: int) -> pl.DataFrame:
    """Add ``block``: the security group of the peer's interface in the same VPC or a peered one, else a block.

    Args:
        traffic: rows with ``vpc``, ``peer`` and the columns of ``rule``.
        rule: the columns within which addresses are folded.
        network: interfaces and groups from tables.
        most: the blocks that may be left.
    """
    owners = network.owners(traffic).rename({"owner": "interfaceId"})
    groups = owners.join(network.interfaces.select("interfaceId", "group"), on="interfaceId")
    rows = traffic.join(groups.select("vpc", "peer", peerGroup="group"), on=["vpc", "peer"], how="left")
    rows = rows.with_columns(pl.col("vpc").fill_null(""))
    parts = [pl.DataFrame(schema={**{name: rows.schema[name] for name in [*rule, "peer"]}, "fold": pl.String()})]
    outside = rows.filter(pl.col("peerGroup").is_null()).select(*rule, "peer").unique()
    for keys, part in outside.group_by(rule):
        found = fold(part["peer"].to_list(), most)
        blocks = pl.DataFrame(
            {"peer": list(found), "fold": list(found.values())}, schema_overrides={"peer": pl.String()}
        )
        named = [pl.lit(key, rows.schema[name]).alias(name) for key, name in zip(keys, rule, strict=True)]
        parts.append(blocks.select(*named, "peer", "fold"))
    rows = rows.join(pl.concat(parts), on=[*rule, "peer"], how="left", nulls_equal=True)
    return rows.with_columns(block=pl.coalesce("peerGroup", "fold"))


def _shown(rows: pl.DataFrame, network: Network) -> pl.DataFrame:
    """Return proposals with names, in the order and with the columns that users see."""
    names = {**network.host_names, **network.group_names}
    single = pl.when(pl.col("addresses") == 1).then("one").otherwise("block")
    protocol = pl.col("protocol")
    return rows.select(
        "id",
        named(pl.col("id"), names).alias("name"),
        "direction",
        protocol.replace_strict(PROTOCOLS, default=protocol.cast(pl.String), return_dtype=pl.String),
        "port",
        pl.col("block").alias("peer"),
        pl.coalesce(named(pl.col("block"), network.group_names), named(single, network.host_names)).alias("peerName"),
        "addresses",
        "flows",
        "bytes",
        "last",
        pl.when("answered").then(pl.lit("yes")).otherwise(pl.lit("no")).alias("answered"),
        pl.col("serverBy").replace_strict(list(range(len(CERTAINTY))), CERTAINTY, return_dtype=pl.String),
    ).sort("id", "direction", "bytes", "port", "peer", descending=[False, False, True, False, False])


def named(key: pl.Expr, names: Mapping[str, str]) -> pl.Expr:
    """Return the names of ids or addresses; null for those without."""
    return key.replace_strict(list(names), list(names.values()), default=None, return_dtype=pl.String)


def _notes(left_out: list[str], rows: pl.DataFrame) -> Iterator[str]:
    """Yield what is left out, and what is not sure."""
    if left_out:
        more = f" and {len(left_out) - SHOWN:,} more" if len(left_out) > SHOWN else ""
        yield f"left out: {', '.join(left_out[:SHOWN])}{more}, which have no security group, as gateways have none"
    if guessed := rows.filter(serverBy="guess").height:
        yield f"guesses (serverBy) are {guessed:,} of {rows.height:,} rules: client and server may be swapped"
