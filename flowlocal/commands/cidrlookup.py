"""``cidrlookup``."""

from __future__ import annotations

import polars as pl

from flowlocal.language import tree
from flowlocal.language.errors import MalformedQuery
from flowlocal.language.lexer import Token
from flowlocal.language.parser import Parser
from flowlocal.language.unparse import print_name
from flowlocal.planning.dependency import Dependency
from flowlocal.planning.frame import Frame
from flowlocal.planning.lookup_tables import (
    Output,
    Renamed,
    check_column,
    gather,
    open_table,
    read_output,
    read_renamed,
    read_table,
    search,
)
from flowlocal.planning.registry import Command, command
from flowlocal.values.blocks import Blocks, NotABlockError, begins_with_block, is_column_of_blocks
from flowlocal.values.distinct import over_distinct


@command(
    "cidrlookup",
    dependency=Dependency.NARROW,
    syntax="cidrlookup TABLE FIELD [as COLUMN] OUTPUT COLUMN [as NAME], ...\n"
    "cidrlookup TABLE FIELD [as COLUMN] OUTPUTNEW COLUMN [as NAME], ...",
    source="documented; the longest prefix, and the column of blocks if none is named, decided",
    rowwise=True,
)
class CidrLookup(Command, frozen=True):
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

    def plan(self, frame: Frame) -> Frame:
        """Return the same rows with further columns."""
        table = open_table(frame, self.table)
        address = frame.field(self.match.name.name, self.match.name.span).text()
        if not isinstance(table, pl.DataFrame):
            return search(frame, address, table, self.output)
        row = over_distinct(address, self._blocks(table).rows_of, pl.UInt32)
        return gather(frame, row, table, self.output)

    def _blocks(self, table: pl.DataFrame) -> Blocks:
        """Return the blocks of the table."""
        cells = table[self._column(table)]
        try:
            return Blocks(cells)
        except NotABlockError as error:
            raise MalformedQuery(
                f"{cells[error.row]} in row {error.row + 1} of the lookup table is not an address block",
                self.match.span,
                hint="a block is an address and a prefix, such as 10.0.0.0/8, given by its start address",
            ) from None

    def _column(self, table: pl.DataFrame) -> str:
        """Return the column that contains the blocks."""
        if self.match.other != self.match.name or self.match.name.name in table.columns:
            return check_column(table, self.match.other)
        found = [name for name in table.columns if begins_with_block(table[name])]
        if len(found) > 1:  # a column with one block among other text is none; one alone is parsed when it is used
            found = [name for name in found if is_column_of_blocks(table[name])]
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
