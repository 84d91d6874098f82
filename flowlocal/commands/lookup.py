"""``lookup``."""

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
    attach,
    check_column,
    open_table,
    read_output,
    read_renamed,
    read_table,
)
from flowlocal.planning.registry import Command, command


@command(
    "lookup",
    dependency=Dependency.NARROW,
    syntax="lookup TABLE COLUMN [as FIELD], ... OUTPUT COLUMN [as NAME], ...\n"
    "lookup TABLE COLUMN [as FIELD], ... OUTPUTNEW COLUMN [as NAME], ...",
    examples=(
        "lookup protocols protocol OUTPUT name | stats count(*) by name",
        "lookup ports port as dstPort, protocol OUTPUT service | filter ispresent(service) | stats count(*) by service",
    ),
    source="documented; the first of several matching rows, empty cells, names after OUTPUT decided",
    rowwise=True,
)
class Lookup(Command, frozen=True):
    """Add columns of a table to the events whose fields equal the table's cells.

    Tables are CSV files with a header, in UTF-8, and what AWS prints and publishes as JSON: ``--table NAME=FILE`` or
    ``--names FOLDER`` on the command line, ``tables`` in Python, ``NAME.csv`` beside the file of the query, and those
    that come with flowlocal. The service accepts 10 MB (documented); flowlocal reads larger ones and says so. Cells are
    compared as text, exactly and with letter case; several columns must all match. Of several rows that match, the
    first counts.

    ``OUTPUT`` replaces fields of these names; if no row matches, they become missing. ``OUTPUTNEW`` only fills missing
    fields. An empty cell is missing.
    """

    table: tree.Target
    matches: tuple[Renamed, ...]
    output: Output

    @classmethod
    def parse(cls, parser: Parser, word: Token) -> Lookup:
        """Parse ``lookup TABLE COLUMN [as FIELD], … OUTPUT COLUMN [as NAME], …``."""
        name = read_table(parser)
        matches = parser.separated(lambda: read_renamed(parser))
        output = read_output(parser)
        return cls(name, matches, output, span=parser.since(word.span))

    def plan(self, frame: Frame) -> Frame:
        """Return the same rows with further columns."""
        table = open_table(frame, self.table)
        if not isinstance(table, pl.DataFrame):
            name = self.table.name
            raise MalformedQuery(
                f"{name} is searched by address", self.table.span, hint=f"write `cidrlookup {name} FIELD OUTPUT …`"
            )
        columns = [check_column(table, each.name) for each in self.matches]
        keys = [frame.field(each.other.name, each.other.span).text() for each in self.matches]
        return attach(frame, keys, table, columns, self.output)

    def __str__(self) -> str:
        return f"lookup {print_name(self.table.name)} {', '.join(map(str, self.matches))} {self.output}"
