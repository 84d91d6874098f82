"""Parts of a plan that Python makes when the plan is collected, from columns of integers."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

import polars as pl
from polars.io.plugins import register_io_source

from flowlocal.collecting import limited

_LARGER = (pl.UInt64, pl.Int128, pl.UInt128)


def is_integer(dtype: pl.DataType) -> bool:
    """Return True if values have a place in 64 bits with a sign."""
    return dtype in (pl.Boolean, pl.Datetime) or (dtype.is_integer() and dtype not in _LARGER)


def lazy(frames: Callable[[], Iterator[pl.DataFrame]], schema: Mapping[str, pl.DataType]) -> pl.LazyFrame:
    """Return the rows of frames, which are made when they are collected."""

    def read(
        names: list[str] | None, predicate: pl.Expr | None, n_rows: int | None, _batch: int | None
    ) -> Iterator[pl.DataFrame]:
        rows = frames() if predicate is None else (frame.filter(predicate) for frame in frames())
        for frame in limited(rows, n_rows):
            yield frame if names is None else frame.select(names)

    return register_io_source(read, schema=dict(schema), is_pure=False)
