"""Texts as numbers: equal if and only if the texts are, in whatever batch they come."""

from __future__ import annotations

import gc
from itertools import chain

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from flowlocal.values.text_numbers import TextNumbers

TEXTS = [None, "-", "10.0.0.1", "010.0.0.1", "240.0.0.1", "255.255.255.255", "2001:db8::1", "eni-1", "", "x" * 40]
batches = st.lists(st.lists(st.sampled_from(TEXTS), max_size=12), min_size=1, max_size=5)


@given(batches=batches)
def test_numbers_stand_for_texts(batches: list[list[str | None]]) -> None:
    """Numbers made in several batches become the texts again, also if nothing else refers to the batches."""
    numbers = TextNumbers()
    made = []
    for batch in batches:
        frame = pl.DataFrame({"text": pl.Series(batch, dtype=pl.String)})
        made.append(frame.select(numbers.number_of(pl.col("text")))["text"])
        gc.collect(0)  # what was just made; a whole collection takes long in a process that has run other tests
    texts = list(chain.from_iterable(batches))
    together = pl.concat(made).alias("number").to_frame()
    assert together.select(numbers.text_of(pl.col("number"))).to_series().to_list() == texts
    assert together["number"].n_unique() == len(set(texts))
