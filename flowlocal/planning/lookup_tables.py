"""Lookup tables in a query: syntax and joins that ``lookup`` and ``cidrlookup`` share."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import polars as pl

from flowlocal.language import tree
from flowlocal.language.errors import MalformedQuery
from flowlocal.language.lexer import TokenKind
from flowlocal.language.parser import Parser
from flowlocal.language.suggest import did_you_mean
from flowlocal.language.unparse import print_name
from flowlocal.planning.frame import Frame
from flowlocal.planning.hooks import AddressTable
from flowlocal.planning.options import end_of_stage, target
from flowlocal.values import Text, Value, merge
from flowlocal.values.distinct import over_distinct


class Renamed(tree.Node, frozen=True):
    """``NAME [as OTHER]``."""

    name: tree.Target
    other: tree.Target

    def __str__(self) -> str:
        name, other = print_name(self.name.name), print_name(self.other.name)
        return name if name == other else f"{name} as {other}"


class Output(tree.Node, frozen=True):
    """``OUTPUT`` or ``OUTPUTNEW``: columns of the table, and the fields that they become."""

    columns: tuple[Renamed, ...]
    only_new: bool

    def __str__(self) -> str:
        return f"{'OUTPUTNEW' if self.only_new else 'OUTPUT'} {', '.join(map(str, self.columns))}"


def read_renamed(parser: Parser) -> Renamed:
    """Parse ``NAME [as OTHER]``."""
    name = target(parser)
    other = target(parser) if parser.accept_word("as") else name
    return Renamed(name, other, span=parser.since(name.span))


def read_output(parser: Parser) -> Output:
    """Parse ``OUTPUT`` or ``OUTPUTNEW`` and columns, to the end of the stage."""
    word = parser.accept_word("output", "outputnew")
    if word is None:
        raise parser.unexpected(expected="`OUTPUT` or `OUTPUTNEW` and columns of the table")
    columns = parser.separated(lambda: read_renamed(parser))
    end_of_stage(parser, "`,`, `as` and a name, or `|` and the next command")
    return Output(columns, word.value.lower() == "outputnew", span=parser.since(word.span))


def read_table(parser: Parser) -> tree.Target:
    """Parse the name of a table, which may contain hyphens (documented)."""
    token = parser.name("the name of a lookup table")
    name = token.value
    while parser.text[parser.offset : parser.offset + 1] == "-":
        parser.expect("-")
        following = parser.peek()
        if following.kind not in (TokenKind.NAME, TokenKind.NUMBER) or following.span.start != parser.offset:
            raise parser.unexpected(expected="the rest of the name of a lookup table")
        name += f"-{parser.next().value}"
    return tree.Target(name, span=parser.since(token.span))


def open_table(frame: Frame, name: tree.Target) -> pl.DataFrame | AddressTable:
    """Return the table of a name, every column ``String``.

    Raises:
        MalformedQuery: the name is unknown.
    """
    tables = frame.hooks.tables
    if name.name not in tables.names:
        hint = did_you_mean(name.name, tables.names) or _give(name.name)
        raise MalformedQuery(f"unknown lookup table {name.name}", name.span, hint=hint)
    return tables.read(name.name)


def _give(name: str) -> str:
    return f"give it one: `--table {name}=FILE.csv`, or a folder in which it is: `--names FOLDER`"


def check_column(table: pl.DataFrame | AddressTable, name: tree.Target) -> str:
    """Return a column's name; raise MalformedQuery if the table does not have it."""
    if name.name not in table.columns:
        hint = did_you_mean(name.name, table.columns) or f"its columns are {', '.join(table.columns)}"
        raise MalformedQuery(f"the lookup table has no column {name.name}", name.span, hint=hint)
    return name.name


def attach(frame: Frame, keys: Sequence[pl.Expr], table: pl.DataFrame, columns: Sequence[str], output: Output) -> Frame:
    """Return the frame with the output columns of the table's rows whose columns equal keys; else they are missing.

    Of several rows with the same keys the first counts (decided).
    """
    fresh = frame.query.fresh
    own, made = [fresh("key") for _ in keys], [fresh(each.other.name) for each in output.columns]
    sides = [pl.col(name).alias(key) for name, key in zip(columns, own, strict=True)]
    values = [
        pl.col(check_column(table, each.name)).alias(name) for each, name in zip(output.columns, made, strict=True)
    ]
    right = table.select(*sides, *values).drop_nulls(own).unique(own, keep="first", maintain_order=True)
    left = frame.lazy.with_columns(key.alias(name) for key, name in zip(keys, own, strict=True))
    return _shown(frame.with_lazy(left.join(right.lazy(), on=own, how="left")), made, output)


def gather(frame: Frame, row: pl.Expr, table: pl.DataFrame, output: Output) -> Frame:
    """Return the frame with the output columns of the table's rows with these numbers (UInt32; null is none)."""
    place, made = frame.query.fresh("row"), [frame.query.fresh(each.other.name) for each in output.columns]
    cells = [table[check_column(table, each.name)].gather for each in output.columns]
    columns = [
        pl.col(place).map_batches(cell, return_dtype=pl.String, is_elementwise=True).alias(name)
        for cell, name in zip(cells, made, strict=True)
    ]
    return _shown(frame.with_lazy(frame.lazy.with_columns(row.alias(place)).with_columns(columns)), made, output)


def search(frame: Frame, address: pl.Expr, table: AddressTable, output: Output) -> Frame:
    """Return the frame with the output columns of a table that is searched by address."""
    made = [frame.query.fresh(each.other.name) for each in output.columns]
    cells = [partial(table.cells, column=check_column(table, each.name)) for each in output.columns]
    columns = [over_distinct(address, cell).alias(name) for cell, name in zip(cells, made, strict=True)]
    return _shown(frame.with_lazy(frame.lazy.with_columns(columns)), made, output)


def _shown(frame: Frame, made: Sequence[str], output: Output) -> Frame:
    """Return the frame with names for the columns that a table gave."""
    for each, name in zip(output.columns, made, strict=True):
        found = Text(pl.col(name))
        known = frame.names.known(each.other.name)
        frame = frame.name({each.other.name: _filled(known, found) if output.only_new else found})
    return frame.show(each.other.name for each in output.columns)


def _filled(known: Value | None, found: Text) -> Value:
    """Return the present value, else that of the table."""
    if known is None:
        return found
    there = known.present()
    return merge([known, found], lambda parts: pl.when(there).then(parts[0]).otherwise(parts[1]))
