"""``cidrlookup``."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network

import polars as pl

from flowlocal.language import tree
from flowlocal.language.errors import MalformedQuery, Span
from flowlocal.language.lexer import Token
from flowlocal.language.parser import Parser
from flowlocal.language.unparse import print_name
from flowlocal.planning.frame import Frame
from flowlocal.planning.lookup_tables import (
    Output,
    Renamed,
    attach,
    check_column,
    open_table,
    read_output,
    read_renamed,
    read_table,
)
from flowlocal.planning.registry import Command, command
from flowlocal.values.distinct import by_distinct

_ROW = "\x00row"


@command(
    "cidrlookup",
    syntax="cidrlookup TABLE FIELD [as COLUMN] OUTPUT COLUMN [as NAME], ...\n"
    "cidrlookup TABLE FIELD [as COLUMN] OUTPUTNEW COLUMN [as NAME], ...",
    source="documented; the longest prefix, and the column of blocks if none is named, decided",
)
@dataclass(frozen=True)
class CidrLookup(Command):
    """Add columns of a table to the events whose address is in one of the table's address blocks.

    The blocks, IPv4 or IPv6, are in the column named after ``as``; else in the column with the name of the field, else
    in the only column that contains nothing but blocks. Of several blocks the longest prefix counts, of several equal
    ones the first. A block must be given by its start address. Tables, ``OUTPUT`` and
    ``OUTPUTNEW`` are as for ``lookup``.
    """

    table: tree.Target
    match: Renamed
    output: Output

    @classmethod
    def parse(cls, parser: Parser, word: Token) -> CidrLookup:
        """Parse ``cidrlookup TABLE FIELD [as COLUMN] OUTPUT COLUMN [as NAME], …``."""
        name = read_table(parser)
        match = read_renamed(parser)
        output = read_output(parser)
        return cls(name, match, output, span=parser.since(word.span))

    @property
    def rowwise(self) -> bool:
        """True: a row gets cells for its own fields."""
        return True

    def plan(self, frame: Frame) -> Frame:
        """Return the same rows with further columns."""
        table = open_table(frame, self.table)
        blocks = _Blocks(table[self._column(table)], self.match.span)
        field = self.match.name
        row = by_distinct(frame.field(field.name, field.span).text(), blocks.row_of)
        numbered = table.with_columns(pl.int_range(pl.len()).cast(pl.String).alias(_ROW))
        return attach(frame, [row], numbered, [_ROW], self.output)

    def _column(self, table: pl.DataFrame) -> str:
        """Return the column that contains the blocks."""
        if self.match.other != self.match.name or self.match.name.name in table.columns:
            return check_column(table, self.match.other)
        found = [name for name in table.columns if _all_blocks(table[name])]
        if len(found) == 1:
            return found[0]
        columns = ", ".join(found or table.columns)
        which = "more than one column" if found else "no column"
        raise MalformedQuery(
            f"the lookup table has {which} of address blocks",
            self.match.span,
            hint=f"name it: `{self.match.name.name} as COLUMN`, of {columns}",
        )

    def __str__(self) -> str:
        return f"cidrlookup {print_name(self.table.name)} {self.match} {self.output}"


def _all_blocks(column: pl.Series) -> bool:
    return column.len() > 0 and all(_block(cell) is not None for cell in column)


def _block(cell: str | None) -> IPv4Network | IPv6Network | None:
    try:
        return ip_network(cell) if cell else None
    except ValueError:
        return None


class _Blocks:
    """Address blocks by family and prefix, the longest prefix first."""

    def __init__(self, cells: Iterable[str | None], span: Span) -> None:
        found: dict[tuple[int, int], dict[int, str]] = {}
        for row, cell in enumerate(cells):
            block = _block(cell)
            if cell and block is None:
                raise MalformedQuery(
                    f"{cell} in row {row + 1} of the lookup table is not an address block",
                    span,
                    hint="a block is an address and a prefix, such as 10.0.0.0/8, given by its start address",
                )
            if block is not None:
                same = found.setdefault((block.version, block.prefixlen), {})
                same.setdefault(int(block.network_address) >> _spare(block.version, block.prefixlen), str(row))
        self._blocks = sorted(found.items(), key=lambda each: -each[0][1])

    def row_of(self, text: str) -> str | None:
        """Return the row of the block that contains an address; None if there is none, or for any other text."""
        try:
            address = ip_address(text)
        except ValueError:
            return None
        number = int(address)
        for (version, prefix), rows in self._blocks:
            row = rows.get(number >> _spare(version, prefix)) if version == address.version else None
            if row is not None:
                return row
        return None


def _spare(version: int, prefix: int) -> int:
    """Return the number of bits of an address after the prefix."""
    return (32 if version == 4 else 128) - prefix
