"""What people want to know about an address or an id, in the VPC in which it was seen."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import polars as pl

from flowlocal.lookups.documents import IP_RANGES
from flowlocal.lookups.hosts import NAMES
from flowlocal.lookups.mmdb import AddressDatabase
from flowlocal.lookups.reading import Source
from flowlocal.values.blocks import Blocks

COLUMNS = ("name", "instance", "interfaceType", "subnet", "zone", "service", "country", "organization")
"""The columns beside an address or an id, in their order."""
IDS = {
    "instances": "instance_id",
    "subnets": "subnet_id",
    "vpcs": "vpc_id",
    "security_groups": "group_id",
    "nat_gateways": "nat_gateway_id",
    "transit_gateways": "transit_gateway_id",
    "vpc_endpoints": "endpoint_id",
    "transit_gateway_attachments": "attachment_id",
}
"""Tables of things that have an id and a name, with the columns of their ids."""
_OWN = ("vpcId", "interfaceId", "subnetId", "instanceId")
_SOURCE, _TARGET = (tuple(f"tgw{end}{name}" for name in ("VpcId", "Eni", "SubnetId")) for end in ("Src", "Dst"))
_SIDES = {"srcAddr": _SOURCE, "pktSrcAddr": _SOURCE, "dstAddr": _TARGET, "pktDstAddr": _TARGET}
PLACES = (*_OWN, *_SOURCE, *_TARGET)
"""Fields of an event that say in which VPC its addresses are."""
SHOWN = 3
"""Names that are shown of an ambiguous address."""
_TAG = "tag.Name"


def places_of(column: str) -> tuple[str, ...]:
    """Return the fields that say in which VPC the addresses of a column are, the best first.

    A record of a Transit Gateway has a VPC for each end.
    """
    return (*_SIDES.get(column, ()), *_OWN)


class Labels:
    """Labels from the tables of names.

    Addresses repeat between VPCs. An address is looked for in the VPC of the event first. If that VPC has a subnet with
    the address, no other VPC is asked; otherwise all others are, for peers are elsewhere. If several differ, all are
    named.
    """

    def __init__(self, tables: Mapping[str, Source]) -> None:
        frames = {name: table for name, table in tables.items() if isinstance(table, pl.DataFrame)}
        self._owners = _owners(frames)
        self._subnets = dict(_subnets(frames))
        self._services = _services(frames)
        self._databases = [each for each in tables.values() if isinstance(each, AddressDatabase)]
        self._vpcs = _vpcs(frames)

    def vpcs(self, ids: pl.Series) -> pl.Series:
        """Return the VPC of each id of a VPC, subnet, interface or instance; null if it is not known."""
        known = self._vpcs
        own = ids.cast(pl.String)
        found = own.replace_strict(known["id"], known["vpc"], default=None, return_dtype=pl.String)
        return own.zip_with(own.str.starts_with("vpc-").fill_null(value=False), found)

    def of(self, keys: pl.DataFrame) -> pl.DataFrame:
        """Return ``keys`` with ``COLUMNS``, every one ``String``; null is not known.

        Args:
            keys: distinct pairs of ``key``, an address or an id, and ``vpc``, which may be null.
        """
        place = self._placed(keys)
        own = place.filter(pl.col("owner") == pl.col("vpc")).select("key", "vpc")
        owners = keys.join(self._owners, on="key")
        elsewhere = pl.col("owner").ne_missing(pl.col("vpc")) & pl.col("owner").is_not_null()
        in_own = pl.struct("key", "vpc").is_in(own.select(pl.struct("key", "vpc")).to_series().implode())
        owners = owners.filter(~(elsewhere & in_own))
        labelled = keys
        for part in (_preferred(owners), _preferred(place), self._of_services(keys), self._of_databases(keys)):
            labelled = _filled(labelled, part)
        return labelled.select("key", "vpc", *COLUMNS)

    def _placed(self, keys: pl.DataFrame) -> pl.DataFrame:
        """Return the subnets that contain the addresses: ``key``, ``vpc``, ``owner``, ``subnet``, ``zone``."""
        parts = [pl.DataFrame(schema=dict.fromkeys(("key", "vpc", "owner", "subnet", "zone"), pl.String()))]
        for vpc, (blocks, subnets) in self._subnets.items():
            rows = keys.with_columns(row=blocks.rows_of(keys["key"]), owner=pl.lit(vpc)).drop_nulls("row")
            parts.append(rows.join(subnets, on="row").select(parts[0].columns))
        return pl.concat(parts)

    def _of_services(self, keys: pl.DataFrame) -> pl.DataFrame:
        blocks, names = self._services
        rows = blocks.rows_of(keys["key"])
        return keys.with_columns(service=rows.replace_strict(names["row"], names["service"], default=None))

    def _of_databases(self, keys: pl.DataFrame) -> pl.DataFrame:
        columns: dict[str, pl.Series] = {}
        for database in self._databases:
            for name in ("country", "organization"):
                if name in database.columns and name not in columns:
                    columns[name] = database.cells(keys["key"], name)
        return keys.with_columns(**columns)


def _filled(labelled: pl.DataFrame, part: pl.DataFrame) -> pl.DataFrame:
    """Return labels with the cells of another part where they are null."""
    found = labelled.join(part, on=["key", "vpc"], how="left", nulls_equal=True, suffix="\0new", maintain_order="left")
    for name in COLUMNS:
        cells = [pl.col(each) for each in (name, f"{name}\0new") if each in found.columns]
        found = found.with_columns(pl.coalesce([*cells, pl.lit(None, pl.String)]).alias(name))
    return found.select("key", "vpc", *COLUMNS)


def _preferred(candidates: pl.DataFrame) -> pl.DataFrame:
    """Return one row for each key and VPC: of the owners in that VPC if there are any, else of all of them."""
    same = pl.col("owner").eq_missing(pl.col("vpc")) & pl.col("vpc").is_not_null()
    found = candidates.with_columns(same=same)
    found = found.filter(pl.col("same") | ~pl.col("same").any().over("key", "vpc"))
    columns = [name for name in COLUMNS if name in found.columns]
    return found.group_by("key", "vpc", maintain_order=True).agg(_joined(name) for name in columns)


def _joined(name: str) -> pl.Expr:
    """Return the distinct values of a group as one text; null if there are none."""
    values = pl.col(name).drop_nulls().unique(maintain_order=True)
    more = values.len().cast(pl.Int64) - SHOWN
    rest = pl.when(more > 0).then(pl.format(" or {} more", more)).otherwise(pl.lit(""))
    text = values.head(SHOWN).str.join(" or ") + rest
    return pl.when(values.len() > 0).then(text).alias(name)


def _owners(frames: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    """Return what is known about addresses and ids: ``key``, ``owner`` (a VPC) and columns of ``COLUMNS``."""
    names = frames.get(NAMES, pl.DataFrame())
    shared = ("name", "instance", "subnet", "zone", "service")
    parts = []
    for key in ("address", "interface_id") if names.width else ():
        columns = {"key": key, "owner": "vpc_id", "interfaceType": "interface_type", **{each: each for each in shared}}
        parts.append(names.select(pl.col(old).alias(new) for new, old in columns.items()))
    for table, column in IDS.items():
        if _TAG in (frame := frames.get(table, pl.DataFrame())).columns:
            parts.append(frame.select(key=pl.col(column), name=pl.col(_TAG)))
    empty = pl.DataFrame(schema=dict.fromkeys(("key", "owner", "interfaceType", *shared), pl.String()))
    return pl.concat([empty, *parts], how="diagonal").drop_nulls("key").unique(maintain_order=True)


def _subnets(frames: Mapping[str, pl.DataFrame]) -> Iterator[tuple[str, tuple[Blocks, pl.DataFrame]]]:
    """Yield the subnets of each VPC: their blocks, and names and zones by row."""
    frame = frames.get("subnets")
    if frame is None:
        return
    tag = pl.col(_TAG) if _TAG in frame.columns else pl.lit(None, pl.String)
    frame = frame.filter(pl.col("cidr").is_not_null() & pl.col("vpc_id").is_not_null())
    frame = frame.with_columns(subnet=pl.coalesce(tag, "subnet_id"), zone=pl.coalesce("zone_id", "zone"))
    for (vpc,), part in frame.group_by("vpc_id", maintain_order=True):
        yield str(vpc), (Blocks.valid(part["cidr"]), part.select("subnet", "zone").with_row_index("row"))


def _services(frames: Mapping[str, pl.DataFrame]) -> tuple[Blocks, pl.DataFrame]:
    columns = {"prefix": pl.String(), "service": pl.String()}
    ranges = frames.get(IP_RANGES, pl.DataFrame(schema=columns))
    return Blocks.valid(ranges["prefix"]), ranges.select("service").with_row_index("row")


def _vpcs(frames: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    """Return the VPCs of interfaces, instances and subnets: ``id`` and ``vpc``."""
    parts = [pl.DataFrame(schema={"id": pl.String(), "vpc": pl.String()})]
    for table, column in ((NAMES, "interface_id"), (NAMES, "instance"), ("subnets", "subnet_id")):
        if table in frames:
            parts.append(frames[table].select(id=pl.col(column), vpc=pl.col("vpc_id")))
    return pl.concat(parts).drop_nulls().unique("id", keep="first", maintain_order=True)
