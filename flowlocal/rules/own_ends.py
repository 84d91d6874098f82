"""Which end of a flow is the interface that recorded it."""

from __future__ import annotations

import polars as pl

from flowlocal.values.addresses import PRIVATE, inside

KEY = ["interfaceId", "address"]


def own_source(rows: pl.DataFrame, known: pl.DataFrame) -> pl.Series:
    """Return for each row True if the interface is the source, False if it is the target, null if that is not known.

    ``flow-direction`` says it. Else the interface has the address: by the tables, by rows with a direction, or because
    every flow of the interface has it at one end.

    Args:
        rows: rows with ``interfaceId``, ``flowDirection``, ``srcAddr``, ``dstAddr``, ``source`` and ``target``.
        known: addresses of interfaces, as ``KEY``.
    """
    way = rows["flowDirection"].to_frame("way")
    egress = way.select(pl.col("way").replace_strict(["egress", "ingress"], [True, False], default=None)).to_series()
    told = pl.concat([known.select(KEY), _addresses(rows, egress)]).unique()
    found = _by_address(rows, egress, told)
    return _by_address(rows, found, _common(rows.filter(found.is_null())))


def _addresses(rows: pl.DataFrame, own: pl.Series) -> pl.DataFrame:
    """Return the addresses of the interfaces in rows of which the own end is known."""
    address = pl.when(pl.col("own")).then("srcAddr").otherwise("dstAddr")
    found = rows.with_columns(own=own).filter(pl.col("own").is_not_null())
    return found.select("interfaceId", address.alias("address")).unique()


def _by_address(rows: pl.DataFrame, found: pl.Series, known: pl.DataFrame) -> pl.Series:
    """Return what is found, and by known addresses for the rest; a row with two known ends stays unknown."""
    key = pl.struct(*KEY)
    owned = known.select(key).to_series().implode()

    def owns(*names: str) -> pl.Expr:
        return pl.any_horizontal(
            pl.struct(pl.col("interfaceId"), pl.col(name).alias("address")).is_in(owned) for name in names
        )

    source, target = owns("srcAddr", "source"), owns("dstAddr", "target")
    own = pl.when(source != target).then(source)
    return rows.with_columns(found=found).select(pl.coalesce("found", own)).to_series()


def _common(rows: pl.DataFrame) -> pl.DataFrame:
    """Return the one address of each interface and version that is an end of all its rows."""
    six = pl.col("srcAddr").str.contains(":", literal=True).alias("six")
    ends = pl.concat(rows.select("interfaceId", six, pl.col(name).alias("address")) for name in ("srcAddr", "dstAddr"))
    total = rows.group_by("interfaceId", six).len("rows")
    counts = ends.group_by("interfaceId", "six", "address").len()
    every = counts.join(total, on=["interfaceId", "six"]).filter(pl.col("len") >= pl.col("rows"))
    single = every.filter(pl.len().over("interfaceId", "six") == 1)
    return pl.concat([single.select(KEY), _of_pairs(every, single)])


def _of_pairs(every: pl.DataFrame, single: pl.DataFrame) -> pl.DataFrame:
    """Return the own address of interfaces with a single peer, of which both addresses are in all rows.

    It is the private one of a private and a public address; else the one that is not that of another interface.
    """
    pairs = every.filter(pl.len().over("interfaceId", "six") == 2)
    private = inside(pl.col("address"), PRIVATE)
    elsewhere = pl.col("address").is_in(single["address"].implode())
    for mark in (private, ~elsewhere):
        marked = pairs.with_columns(mark=mark)
        chosen = marked.filter(pl.col("mark") & (pl.col("mark").sum().over("interfaceId", "six") == 1))
        single = pl.concat([single, chosen.select(single.columns)])
        pairs = pairs.join(chosen, on=["interfaceId", "six"], how="anti")
    return single.join(every.filter(pl.len().over("interfaceId", "six") == 2), on=KEY, how="semi").select(KEY)
