"""Natural order of texts, as ``sort`` uses it."""

from __future__ import annotations

import re

import polars as pl

from flowlocal.values.distinct import by_distinct

_DIGITS = re.compile(r"[0-9]+")


def natural_text(text: str) -> str:
    """Return a sort key whose code point order is the natural order of the texts.

    Runs of digits compare by length, then by value; all else by code point (documented on the ``sort`` page). A run is
    written as ``0``, its length, and its digits, so that it keeps the position of digits among other characters.
    """
    return _DIGITS.sub(lambda run: f"0{len(run[0]):06d}{run[0]}", text)


def plain_text(key: str) -> str:
    """Return the text of a key of ``natural_text``."""
    pieces, at = [], 0
    while at < len(key):
        width = int(key[at + 1 : at + 7]) if key[at] == "0" else 0
        at += 7 if width else 0
        pieces.append(key[at : at + max(width, 1)])
        at += max(width, 1)
    return "".join(pieces)


def natural_key(column: pl.Expr) -> pl.Expr:
    """Return ``natural_text`` of each text (String to String)."""
    return by_distinct(column, natural_text)


def text_of_key(column: pl.Expr) -> pl.Expr:
    """Return ``plain_text`` of each key (String to String)."""
    return by_distinct(column, plain_text)
