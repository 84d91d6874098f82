"""Address blocks: which of many contains an address, for whole columns at once."""

from __future__ import annotations

from collections.abc import Iterable

import polars as pl

from flowlocal.values.addresses import ipv4_numbers, ipv6_number

_PREFIX = r"\A[0-9]{1,3}\z"
_BITS = {4: 32, 6: 128}
"""The bits of an address by version."""
_NUMBER = {4: pl.Int64(), 6: pl.UInt128()}
"""The types in which numbers of addresses and of their successors fit."""


class NotABlockError(ValueError):
    """A cell is not an address block; ``row`` is its number, from 0."""

    def __init__(self, row: int) -> None:
        super().__init__(f"row {row} is not an address block")
        self.row = row


class Blocks:
    """Address blocks in CIDR notation, each given by its start address; an address is a block of its own.

    Blocks are cut into ranges without overlap once, so that a search costs the logarithm of their number.
    """

    def __init__(self, cells: pl.Series) -> None:
        """Index the blocks of a column; null is none.

        Raises:
            NotABlockError: a cell is something else.
        """
        blocks = _parsed(cells)
        wrong = blocks.filter(pl.col("version").is_null() & pl.col("cell").is_not_null())
        if wrong.height:
            raise NotABlockError(wrong["row"][0])
        self._ranges = {version: _ranges(blocks, version) for version in _BITS}

    @classmethod
    def valid(cls, cells: pl.Series) -> Blocks:
        """Index the cells that are blocks; others are none."""
        return cls(pl.select(pl.when(_parsed(cells)["version"].is_not_null()).then(cells)).to_series())

    def rows_of(self, addresses: pl.Series) -> pl.Series:
        """Return for each text the row (UInt32) of the longest block, then the first, that contains the address.

        It is null if no block contains it, and for any other text.
        """
        four = ipv4_numbers(addresses)
        found = _search(self._ranges[4], four.cast(_NUMBER[4]))
        return found.zip_with(four.is_not_null(), _search(self._ranges[6], _ipv6_numbers(addresses)))


def is_column_of_blocks(cells: pl.Series) -> bool:
    """Return True if a column has cells, and all of them are address blocks."""
    return begins_with_block(cells) and not _parsed(cells)["version"].has_nulls()


def begins_with_block(cells: pl.Series) -> bool:
    """Return True if the first cell of a column is an address block."""
    return cells.len() > 0 and not _parsed(cells.head(1))["version"].has_nulls()


def _ipv6_numbers(texts: pl.Series) -> pl.Series:
    """Return the numbers of IPv6 addresses (UInt128); null for any other text."""
    if not texts.str.contains(":", literal=True).any():
        return pl.Series([None], dtype=pl.UInt128).new_from_index(0, texts.len())
    return pl.Series([ipv6_number(text) if text and ":" in text else None for text in texts], dtype=pl.UInt128)


def _parsed(cells: pl.Series) -> pl.DataFrame:
    """Return cells as blocks: ``row``, ``cell``, ``version`` (null for other text), ``prefix``, ``four``, ``six``.

    The last two are the number of the start address by its version.
    """
    parts = pl.col("cell").str.splitn("/", 2).struct
    frame = cells.cast(pl.String).alias("cell").to_frame().with_row_index("row")
    frame = frame.with_columns(text=parts.field("field_0"), length=parts.field("field_1"))
    frame = frame.with_columns(
        ipv4_numbers(frame["text"]).cast(_NUMBER[4]).alias("four"), _ipv6_numbers(frame["text"]).alias("six")
    )
    four, length = pl.col("four").is_not_null(), pl.col("length")
    bits = pl.when(four).then(_BITS[4]).otherwise(_BITS[6])
    given = pl.when(length.str.contains(_PREFIX)).then(length).cast(pl.Int64)
    prefix = pl.when(length.is_null()).then(bits).otherwise(pl.when(given <= bits).then(given))
    frame = frame.with_columns(prefix.cast(pl.UInt32).alias("prefix"))
    aligned = {version: _aligned(frame, version) for version in _BITS}
    version = pl.when(aligned[4]).then(4).when(aligned[6]).then(6)
    return frame.select("row", "cell", "prefix", "four", "six", version=version)


def _aligned(frame: pl.DataFrame, version: int) -> pl.Series:
    """Return True for blocks of a version that begin at their first address."""
    first = frame["four" if version == 4 else "six"]
    return (first & _spare(frame["prefix"], version)) == 0


def _spare(prefixes: pl.Series, version: int) -> pl.Series:
    """Return the bits of an address that are not in the prefix, all set; null for a prefix that is too long."""
    bits = _BITS[version]
    masks = pl.Series([(1 << (bits - length)) - 1 for length in range(bits + 1)], dtype=_NUMBER[version])
    return masks.gather(prefixes.set(prefixes > bits, None))


def _ranges(blocks: pl.DataFrame, version: int) -> pl.DataFrame:
    """Return ranges without overlap: ``start``, ascending from 0, and ``found``, the row of the smallest block."""
    name = "four" if version == 4 else "six"
    own = blocks.filter(version=version).sort(name, "prefix", "row", descending=[False, False, True])
    lasts = own[name] + _spare(own["prefix"], version)
    starts, found = _swept(zip(own[name].to_list(), lasts.to_list(), own["row"].to_list(), strict=True))
    while starts[-1] >> _BITS[version]:  # blocks that end with the last address have nothing after them
        starts.pop()
        found.pop()
    ranges = pl.DataFrame({"start": starts, "found": found}, schema={"start": _NUMBER[version], "found": pl.UInt32()})
    return ranges.filter(pl.col("start").ne_missing(pl.col("start").shift(-1)))


def _swept(blocks: Iterable[tuple[int, int, int]]) -> tuple[list[int], list[int | None]]:
    """Return starts of ranges with the rows of the blocks that hold there; of several with one start the last counts.

    Args:
        blocks: first and last address, and row, in the order of first addresses, larger blocks first, and of equal
            ones that which counts last. Two blocks are apart, or one is within the other.
    """
    starts: list[int] = [0]
    found: list[int | None] = [None]
    inside: list[tuple[int, int]] = []
    for first, last, row in blocks:
        while inside and inside[-1][0] < first:
            starts.append(inside.pop()[0] + 1)
            found.append(inside[-1][1] if inside else None)
        starts.append(first)
        found.append(row)
        inside.append((last, row))
    while inside:
        starts.append(inside.pop()[0] + 1)
        found.append(inside[-1][1] if inside else None)
    return starts, found


def _search(ranges: pl.DataFrame, numbers: pl.Series) -> pl.Series:
    """Return the rows of the ranges in which numbers are; null stays null."""
    if numbers.null_count() == numbers.len():
        return pl.Series([None], dtype=pl.UInt32).new_from_index(0, numbers.len())
    place = ranges["start"].search_sorted(numbers.fill_null(0), side="right") - 1
    return pl.select(pl.when(numbers.is_not_null()).then(ranges["found"].gather(place))).to_series()
