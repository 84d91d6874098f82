"""Interfaces and security groups, as the tables of names have them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import polars as pl

from flowlocal.lookups.documents import PREFIX_LISTS, columns_of
from flowlocal.lookups.hosts import NAMES
from flowlocal.lookups.reading import Source
from flowlocal.values.blocks import Blocks

_OWN = ("private", "ipv6", "prefix", "ipv6 prefix")
"""Kinds of addresses that are at an interface itself, not those that a gateway translates to it."""


@dataclass(frozen=True)
class Network:
    """What the tables of names say.

    Attributes:
        tables: the tables by name.
    """

    tables: Mapping[str, Source]

    def table(self, name: str) -> pl.DataFrame:
        """Return a table; one without rows if there is none of that name."""
        found = self.tables.get(name)
        return (
            found
            if isinstance(found, pl.DataFrame)
            else pl.DataFrame(schema=dict.fromkeys(columns_of(name), pl.String()))
        )

    @cached_property
    def addresses(self) -> pl.DataFrame:
        """``interfaceId``, ``address`` and ``vpc`` of the addresses at interfaces; blocks for prefixes."""
        kind = pl.col("address_kind").is_in(_OWN)
        names = {"interfaceId": "interface_id", "address": "address", "vpc": "vpc_id"}
        rows = self.table("network_interfaces").filter(kind & pl.col("address").is_not_null())
        return rows.select(pl.col(old).alias(new) for new, old in names.items()).unique(maintain_order=True)

    @cached_property
    def interfaces(self) -> pl.DataFrame:
        """``interfaceId``, ``vpc``, ``groups`` (ids) and ``group``, the one that the fewest interfaces have."""
        rows = self.table("network_interfaces").unique("interface_id", keep="first", maintain_order=True)
        groups = pl.col("security_groups").fill_null("").str.split(" ").list.filter(pl.element() != "")
        rows = rows.select(interfaceId="interface_id", vpc="vpc_id", groups=groups)
        sizes = rows.explode("groups").drop_nulls("groups").group_by("groups").len("size")
        single = (
            rows.explode("groups").join(sizes, on="groups", maintain_order="left").sort("size", maintain_order=True)
        )
        least = single.unique("interfaceId", keep="first", maintain_order=True).select("interfaceId", group="groups")
        return rows.join(least, on="interfaceId", how="left", maintain_order="left")

    @cached_property
    def memberships(self) -> pl.DataFrame:
        """``interfaceId`` and ``group``, a row for each group of each interface."""
        rows = self.interfaces.select("interfaceId", group="groups")
        return rows.explode("group").drop_nulls("group")

    @cached_property
    def group_names(self) -> Mapping[str, str]:
        """The names of security groups by their ids."""
        rows = self.table("security_groups").select("group_id", "name").drop_nulls()
        return dict(rows.iter_rows())

    @cached_property
    def group_vpcs(self) -> Mapping[str, str]:
        """The VPCs of security groups by their ids."""
        return dict(self.table("security_groups").select("group_id", "vpc_id").drop_nulls().iter_rows())

    @cached_property
    def host_names(self) -> Mapping[str, str]:
        """The names of interfaces, and of addresses that have one name in all VPCs."""
        rows = self.tables.get(NAMES)
        if not isinstance(rows, pl.DataFrame):
            return {}
        named = [
            rows.select(key=pl.col(key), name=pl.col("name")).drop_nulls().unique()
            for key in ("interface_id", "address")
        ]
        return dict(pl.concat(named).filter(pl.len().over("key") == 1).iter_rows())

    @cached_property
    def group_accounts(self) -> Mapping[str, str]:
        """The accounts of security groups by their ids."""
        return dict(self.table("security_groups").select("group_id", "account").drop_nulls().iter_rows())

    @cached_property
    def prefix_lists(self) -> Mapping[str, list[str]]:
        """The blocks of prefix lists by their ids."""
        rows = self.table(PREFIX_LISTS).select("prefix_list_id", "cidr").drop_nulls()
        return dict(rows.group_by("prefix_list_id", maintain_order=True).agg("cidr").iter_rows())

    @cached_property
    def peerings(self) -> pl.DataFrame:
        """``vpc`` and ``other``: the VPCs whose groups a rule may name, which are those of the same region."""
        region = pl.col("requester_region").eq_missing(pl.col("accepter_region"))
        rows = self.table("vpc_peering_connections").filter(region & (pl.col("state") == "active"))
        ends = ("requester_vpc_id", "accepter_vpc_id")
        return pl.concat(rows.select(vpc=one, other=two) for one, two in (ends, ends[::-1])).drop_nulls().unique()

    def owners(self, peers: pl.DataFrame) -> pl.DataFrame:
        """Return the interfaces that have addresses in a VPC: distinct ``vpc`` and ``peer`` that have an ``owner``.

        An address that none has in the VPC itself is looked for in those that are peered with it; if several of them
        have it, routes decide, and it has no owner.

        Args:
            peers: rows with ``vpc`` and ``peer``.
        """
        asked = peers.select("vpc", "peer").unique()
        own = self._within(asked)
        beyond = asked.join(own, on=["vpc", "peer"], how="anti").join(self.peerings, on="vpc")
        found = self._within(beyond.select("peer", vpc="other").unique()).rename({"vpc": "other"})
        single = beyond.join(found, on=["other", "peer"]).unique(["vpc", "peer"], keep="none")
        return pl.concat([own, single.select(own.columns)])

    def _within(self, asked: pl.DataFrame) -> pl.DataFrame:
        """Return the interfaces that have addresses in the VPC that the row names."""
        parts = [pl.DataFrame(schema={"vpc": pl.String(), "peer": pl.String(), "owner": pl.String()})]
        for (vpc,), own in self.addresses.group_by("vpc", maintain_order=True):
            rows = asked.filter(pl.col("vpc") == vpc)
            if rows.height:
                place = Blocks.valid(own["address"]).rows_of(rows["peer"])
                parts.append(rows.with_columns(owner=own["interfaceId"].gather(place)).select(parts[0].columns))
        return pl.concat(parts).drop_nulls("owner")
