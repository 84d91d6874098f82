"""Parts of a plan that Python makes when the plan is collected."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

import polars as pl
from polars.io.plugins import register_io_source

from flowlocal.collecting import limited


def lazy(frames: Callable[[], Iterator[pl.DataFrame]], schema: Mapping[str, pl.DataType]) -> pl.LazyFrame:
    """Return the rows of frames, which are made when they are collected."""
    return lazy_columns(lambda _names: frames(), schema)


def lazy_columns(
    frames: Callable[[Sequence[str]], Iterator[pl.DataFrame]], schema: Mapping[str, pl.DataType]
) -> pl.LazyFrame:
    """Return the rows of frames, which are made when they are collected, given the names of columns that are needed."""

    def read(
        names: list[str] | None, predicate: pl.Expr | None, n_rows: int | None, _batch: int | None
    ) -> Iterator[pl.DataFrame]:
        roots = [] if predicate is None else predicate.meta.root_names()
        rows = frames(list(dict.fromkeys((*(schema if names is None else names), *roots))))
        for frame in limited(rows if predicate is None else (each.filter(predicate) for each in rows), n_rows):
            yield frame if names is None else frame.select(names)

    return register_io_source(read, schema=dict(schema), is_pure=False)
