"""Address blocks: which of many contains an address, for whole columns at once."""

from __future__ import annotations

import polars as pl

from flowlocal.values.addresses import ipv4_number, ipv6_number

_CIDR = r"\A([0-9a-fA-F:.]+)(?:/([0-9]{1,3}))?\z"
_FAMILIES = {4: (32, pl.Int64), 6: (128, pl.UInt128)}
"""The bits of an address, and the type of its number, by version."""


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
        self._ranges = {version: _ranges(blocks.filter(version=version), version) for version in _FAMILIES}

    @classmethod
    def valid(cls, cells: pl.Series) -> Blocks:
        """Index the cells that are blocks; others are none."""
        return cls(pl.select(pl.when(_parsed(cells)["version"].is_not_null()).then(cells)).to_series())

    def rows_of(self, addresses: pl.Series) -> pl.Series:
        """Return for each text the row (UInt32) of the longest block, then the first, that contains the address.

        It is null if no block contains it, and for any other text.
        """
        numbers = addresses.to_frame("text").select(four=ipv4_number(pl.col("text")), six=_ipv6_numbers("text"))
        found = {version: _search(ranges, numbers[name]) for (version, ranges), name in self._named(numbers)}
        return found[4].zip_with(numbers["four"].is_not_null(), found[6])

    def _named(self, numbers: pl.DataFrame) -> zip[tuple[tuple[int, pl.DataFrame], str]]:
        return zip(self._ranges.items(), numbers.columns, strict=True)


def is_column_of_blocks(cells: pl.Series) -> bool:
    """Return True if a column has cells, and all of them are address blocks."""
    if not cells.len() or _parsed(cells.head(1))["version"].has_nulls():
        return False
    return not _parsed(cells)["version"].has_nulls()


def _ipv6_numbers(name: str) -> pl.Expr:
    """Return the numbers of IPv6 addresses (UInt128); null for any other text."""

    def convert(texts: pl.Series) -> pl.Series:
        if not texts.str.contains(":", literal=True).any():
            return pl.Series([None], dtype=pl.UInt128).new_from_index(0, texts.len())
        found = [ipv6_number(text) if text and ":" in text else None for text in texts]
        return pl.Series(found, dtype=pl.UInt128)

    return pl.col(name).map_batches(convert, return_dtype=pl.UInt128, is_elementwise=True)


def _parsed(cells: pl.Series) -> pl.DataFrame:
    """Return cells as blocks: ``row``, ``cell``, ``version`` (null for other text), ``first`` (UInt128), ``prefix``."""
    groups = pl.col("cell").str.extract_groups(_CIDR).struct
    frame = cells.cast(pl.String).alias("cell").to_frame().with_row_index("row")
    frame = frame.with_columns(groups.field("1").alias("text"), groups.field("2").cast(pl.Int64).alias("prefix"))
    frame = frame.with_columns(four=ipv4_number(pl.col("text")).cast(pl.UInt128), six=_ipv6_numbers("text"))
    version = pl.when(pl.col("four").is_not_null()).then(4).when(pl.col("six").is_not_null()).then(6)
    bits = pl.when(pl.col("four").is_not_null()).then(32).otherwise(128)
    frame = frame.select(
        "row", "cell", version=version, first=pl.coalesce("four", "six"), prefix=pl.coalesce("prefix", bits)
    )
    aligned = [pl.lit(value=False), *(_aligned(length, each) for each in _FAMILIES for length in _lengths(frame, each))]
    return frame.with_columns(version=pl.when(pl.any_horizontal(aligned)).then("version"))


def _lengths(blocks: pl.DataFrame, version: int) -> list[int]:
    """Return the prefix lengths of one version that are possible, the shortest first."""
    found = blocks.filter(pl.col("version") == version)["prefix"].unique().sort()
    return [length for length in found if length <= _FAMILIES[version][0]]


def _aligned(length: int, version: int) -> pl.Expr:
    """Return a condition: the block has this version and prefix length, and begins at its first address."""
    spare = _FAMILIES[version][0] - length
    first = pl.col("first")
    starts = first % pl.lit(1 << spare, pl.UInt128) == 0 if spare < 128 else first == 0
    return (pl.col("version") == version) & (pl.col("prefix") == length) & starts


def _ranges(blocks: pl.DataFrame, version: int) -> pl.DataFrame:
    """Return ranges without overlap: ``start``, ascending from 0, and ``found``, the row of the smallest block."""
    bits, dtype = _FAMILIES[version]
    blocks = blocks.select("row", "prefix", first=pl.col("first").cast(dtype))
    sizes = {length: 1 << (bits - length) for length in blocks["prefix"].unique().sort()}
    bounds = [pl.DataFrame({"start": [0]}, schema={"start": dtype}), blocks.select(start="first")]
    for length, size in sizes.items():
        after = pl.lit((1 << bits) - size, dtype) if length else pl.lit(0, dtype)  # none after the last block
        ends = blocks.filter((pl.col("prefix") == length) & (pl.col("first") < after))
        bounds.append(ends.select(start=pl.col("first") + pl.lit(size % (1 << bits), dtype)))
    ranges = pl.concat(bounds).unique().sort("start").with_columns(found=pl.lit(None, pl.UInt32))
    for length, size in sizes.items():  # longer prefixes override shorter ones
        same = blocks.filter(prefix=length).unique("first", keep="first", maintain_order=True)
        start = pl.col("start")
        begin = start - start % pl.lit(size, dtype) if length else pl.lit(0, dtype)
        ranges = ranges.with_columns(first=begin).join(same, on="first", how="left", maintain_order="left")
        ranges = ranges.select("start", found=pl.coalesce("row", "found"))
    return ranges


def _search(ranges: pl.DataFrame, numbers: pl.Series) -> pl.Series:
    """Return the rows of the ranges in which numbers are; null stays null."""
    if numbers.null_count() == numbers.len():
        return pl.Series([None], dtype=pl.UInt32).new_from_index(0, numbers.len())
    known = numbers.cast(ranges["start"].dtype)
    place = ranges["start"].search_sorted(known.fill_null(0), side="right") - 1
    return pl.select(pl.when(known.is_not_null()).then(ranges["found"].gather(place))).to_series()
