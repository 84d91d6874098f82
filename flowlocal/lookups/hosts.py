"""The table ``names``: one row for each address and VPC, joined from what ``aws ec2 describe-…`` printed."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from flowlocal.lookups.documents import columns_of
from flowlocal.lookups.reading import Source

NAMES = "names"
COLUMNS = ("address", "vpc_id", "interface_id", "instance", "interface_type", "name", "subnet", "zone", "service")
"""The columns of the table."""
_TAG = "tag.Name"


def names_table(tables: Mapping[str, Source]) -> pl.DataFrame:
    """Return what is known about addresses, every column ``String``; columns as in ``COLUMNS``.

    Interfaces come first; then instances, public addresses, NAT gateways and answers of the resolver, with the
    addresses that none of the former has in the same VPC.
    """
    sources = _Sources(tables)
    parts = [sources.interfaces(), sources.instances(), sources.addresses(), sources.nat_gateways(), sources.resolved()]
    found = parts[0]
    for part in parts[1:]:
        fresh = part.join(found, on=["address", "vpc_id"], how="anti", nulls_equal=True)
        known = pl.col("vpc_id").is_null() & pl.col("address").is_in(found["address"].implode())
        found = pl.concat([found, fresh.filter(~known)])
    return found.filter(pl.col("address").is_not_null()).unique(maintain_order=True)


class _Sources:
    """The tables from which names come; one that is missing has no rows."""

    def __init__(self, tables: Mapping[str, Source]) -> None:
        self._tables = tables

    def table(self, name: str) -> pl.DataFrame:
        """Return a table with all its columns and ``tag.Name``."""
        columns = (*columns_of(name), _TAG)
        table = self._tables.get(name)
        if not isinstance(table, pl.DataFrame):
            return pl.DataFrame(schema=dict.fromkeys(columns, pl.String()))
        return table if _TAG in table.columns else table.with_columns(pl.lit(None, pl.String).alias(_TAG))

    def named(self, name: str, key: str, **columns: str) -> pl.DataFrame:
        """Return the first row of a table for each value of a column, which is called ``key``, with new names."""
        chosen = {key: pl.col(key), **{new: pl.col(old) for new, old in columns.items()}}
        return self.table(name).select(**chosen).drop_nulls(key).unique(key, keep="first", maintain_order=True)

    def interfaces(self) -> pl.DataFrame:
        """Return the addresses of interfaces."""
        named = (
            self.named("instances", "instance_id", instance_name=_TAG),
            self.named("vpc_endpoints", "interface_id", endpoint_name=_TAG, service="service"),
            self.named("nat_gateways", "interface_id", nat_name=_TAG),
        )
        frame = self.table("network_interfaces")
        for each in named:
            frame = frame.join(each, on=each.columns[0], how="left", maintain_order="left")
        name = pl.coalesce("instance_name", _TAG, "endpoint_name", "nat_name", "description")
        return self._placed(
            frame.with_columns(instance=pl.col("instance_id"), interface_type=pl.col("type"), name=name)
        )

    def instances(self) -> pl.DataFrame:
        """Return the addresses of instances."""
        frame = self.table("instances").with_columns(instance=pl.col("instance_id"), name=pl.col(_TAG))
        interface = pl.col("interface_ids").str.split(" ")
        return self._placed(frame.with_columns(interface_id=pl.when(interface.list.len() == 1).then("interface_ids")))

    def addresses(self) -> pl.DataFrame:
        """Return public addresses."""
        return _complete(self.table("addresses").with_columns(instance=pl.col("instance_id"), name=pl.col(_TAG)))

    def nat_gateways(self) -> pl.DataFrame:
        """Return the addresses of NAT gateways."""
        frame = self.table("nat_gateways").with_columns(interface_type=pl.lit("nat_gateway"), name=pl.col(_TAG))
        return self._placed(frame)

    def resolved(self) -> pl.DataFrame:
        """Return the addresses that the resolver answered, with the names that were asked for."""
        return _complete(self.table("resolver_names"))

    def _placed(self, frame: pl.DataFrame) -> pl.DataFrame:
        """Return a frame with the names of subnets and the ids of zones."""
        subnets = self.named("subnets", "subnet_id", subnet_name=_TAG, subnet_zone="zone_id", subnet_vpc="vpc_id")
        zone = pl.col("zone") if "zone" in frame.columns else pl.lit(None, pl.String)
        frame = frame.with_columns(own_zone=zone).join(subnets, on="subnet_id", how="left", maintain_order="left")
        subnet, zone = pl.coalesce("subnet_name", "subnet_id"), pl.coalesce("subnet_zone", "own_zone")
        return _complete(frame.with_columns(subnet=subnet, zone=zone))


def _complete(frame: pl.DataFrame) -> pl.DataFrame:
    """Return a frame with the columns of the table; those that it does not have are null."""
    missing = [pl.lit(None, pl.String).alias(name) for name in COLUMNS if name not in frame.columns]
    return frame.with_columns(missing).select(COLUMNS)
