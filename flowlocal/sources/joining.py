"""Join the events of several log groups."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial

import polars as pl

from flowlocal.events import LINE_BITS, RECORD, ROW, Events, Field, ScanReport
from flowlocal.sources.records.schema import column_type
from flowlocal.values.kinds import FieldKind

PART_BITS = 57
MOST_FILES = 1 << (PART_BITS - LINE_BITS)
"""Maximum number of files in each of several log groups."""
"""Number of low bits of ``ROW`` for file (up to 2^17) and line; the bits above contain the number of the group."""
MOST = 1 << (63 - PART_BITS)
"""Maximum number of log groups read together; the service accepts 50 names."""


def joined(parts: Sequence[Events]) -> Events:
    """Return the events of several groups with the fields of all of them, in order of first appearance.

    A field that is an integer in one group, and missing or of another kind in another, becomes text.

    Raises:
        ValueError: there are more groups than can be numbered, or none.
    """
    if len(parts) == 1:
        return parts[0]
    if not 0 < len(parts) <= MOST:
        raise ValueError(f"1 to {MOST} log groups can be read together, not {len(parts)}")
    fields = {name: _one(name, parts) for name in dict.fromkeys(name for part in parts for name in part.fields)}
    aliases = {alias: name for part in parts for alias, name in part.aliases.items() if alias not in fields}
    sizes = [part.total_bytes for part in parts]
    return Events(
        fields=fields,
        aliases=aliases,
        read=lambda report: _read(parts, fields, report),
        locate=partial(_locate, [part.locate for part in parts]),
        total_bytes=None if None in sizes else sum(size or 0 for size in sizes),
        log_groups=tuple(dict.fromkeys(group for part in parts for group in part.log_groups)),
        hidden=next((part.hidden for part in parts if part.hidden), None),
        formats=sum((Counter(part.formats) for part in parts), Counter()),
        batches=None if any(part.batches is None for part in parts) else partial(_batches, parts, fields),
    )


def _one(name: str, parts: Sequence[Events]) -> Field:
    """Return the joined field of a name; an integer field that some groups lack becomes text."""
    found = [part.fields.get(name) for part in parts]
    first = next(field for field in found if field)
    same = all(field is None or field == first for field in found)
    partial = first.kind is FieldKind.INTEGER and None in found
    return first if same and not partial else Field(name, FieldKind.TEXT)


def _read(parts: Sequence[Events], fields: Mapping[str, Field], report: ScanReport) -> pl.LazyFrame:
    return pl.concat([aligned(part, number, fields, report) for number, part in enumerate(parts)])


def aligned(part: Events, number: int, fields: Mapping[str, Field], report: ScanReport) -> pl.LazyFrame:
    """Return the events of one group with the columns of all groups."""
    return part.read(report).select(_columns(part, number, fields))


def _columns(part: Events, number: int, fields: Mapping[str, Field]) -> list[pl.Expr]:
    columns = [_column(part.fields.get(name), field) for name, field in fields.items()]
    return [*columns, pl.col(ROW) + (number << PART_BITS), pl.col(RECORD)]


def _column(had: Field | None, wanted: Field) -> pl.Expr:
    if had is None:
        return pl.lit(None, column_type(wanted)).alias(wanted.name)
    column = pl.col(wanted.name)
    if had == wanted:
        return column
    text = column.cast(pl.String)
    if had.kind is FieldKind.INTEGER:  # a dash in a record is null in an integer column
        text = pl.when(pl.col(RECORD)).then(text.fill_null("-"))
    return text.alias(wanted.name)


def _batches(
    parts: Sequence[Events], fields: Mapping[str, Field], report: ScanReport, columns: Sequence[str]
) -> Iterator[pl.DataFrame]:
    """Yield the frames of all groups, one group after the other, see ``Events.batches``."""
    wanted = {name: fields[name] for name in columns if name in fields}
    for number, part in enumerate(parts):
        assert part.batches is not None  # noqa: S101 - checked when they were joined
        own = [*(name for name in wanted if name in part.fields), ROW, RECORD]
        for frame in part.batches(report, own):
            yield frame.select(_columns(part, number, wanted))


def _locate(parts: Sequence[Callable[[int], tuple[str, int]]], row: int) -> tuple[str, int]:
    """Return file and line of a row."""
    number = row >> PART_BITS
    if not 0 <= number < len(parts):
        raise KeyError(row)
    return parts[number](row & ((1 << PART_BITS) - 1))
