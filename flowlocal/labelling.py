"""Names beside the addresses and ids of a result."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import polars as pl

from flowlocal.lookups.labels import COLUMNS, places_of
from flowlocal.values.addresses import IPV4, IPV6, inside

if TYPE_CHECKING:
    from flowlocal.lookups.folder import Names
    from flowlocal.lookups.labels import Labels
    from flowlocal.result import Result

_ID = r"\A(?:eni|i|subnet|vpc|sg|nat|vpce|tgw|tgw-attach)-[0-9a-f]+\z"


def label_columns(result: Result, names: Names) -> tuple[tuple[str, ...], pl.DataFrame]:
    """Return columns of names for a result: the names of all columns in their order, and a frame of the new ones.

    A column is named if all its values are addresses, or ids, or ``-``. Its new columns are called ``srcAddr.name``,
    ``srcAddr.subnet`` and so on, come after it, and only those that have a value are added.
    """
    labels = names.labels
    order: list[str] = []
    made: dict[str, pl.Series] = {}
    for column in result.columns:
        order.append(column)
        cells = result.printed[column]
        for name, series in (
            _labelled(cells, _vpcs(result, labels, places_of(column)), labels) if _has_labels(cells) else ()
        ):
            new = f"{column}.{name}"
            if new not in result.columns:
                order.append(new)
                made[new] = series
    return tuple(order), pl.DataFrame(made)


def _vpcs(result: Result, labels: Labels, places: Sequence[str]) -> pl.Series:
    """Return the VPC of each row, from the fields of its event or from columns of the result; null if not known."""
    known: Sequence[pl.DataFrame] = [result.printed] if result.places is None else [result.places, result.printed]
    found = pl.Series([None], dtype=pl.String).new_from_index(0, len(result))
    for frame in known:
        for name in places:
            if name in frame.columns:
                found = pl.select(pl.coalesce(found, labels.vpcs(frame[name]))).to_series()
    return found


def _has_labels(cells: pl.Series) -> bool:
    """Return True if a column contains addresses or ids, and nothing else but ``-``."""
    found = cells.drop_nulls().unique().to_frame("cell").filter(pl.col("cell") != "-")
    if not found.height:
        return False
    cell = pl.col("cell")
    return bool(found.select((inside(cell, (IPV4, IPV6)) | cell.str.contains(_ID)).all()).item())


def _labelled(cells: pl.Series, vpcs: pl.Series, labels: Labels) -> Iterator[tuple[str, pl.Series]]:
    """Yield the columns of names for a column that have a value."""
    keys = pl.DataFrame({"key": cells, "vpc": vpcs})
    found = keys.join(labels.of(keys.unique()), on=["key", "vpc"], how="left", nulls_equal=True, maintain_order="left")
    for name in COLUMNS:
        if found[name].null_count() < found.height:
            yield name, found[name]
