"""Explains the lines that did not read as plain records: dashes, runs of blanks, headers, and odd lines.

A line is a record when, split at runs of blanks, it has exactly the layout's number of values, and every integer
field holds ``-`` or an integer in range.
"""

from __future__ import annotations

import io
from collections.abc import Collection, Sequence
from dataclasses import dataclass

import polars as pl

from flowlocal.events import RECORD, ScanReport
from flowlocal.sources import catalog
from flowlocal.sources.framing import TIME
from flowlocal.sources.layout import from_header, is_integer, values_of
from flowlocal.sources.records import LINE, TIMESTAMP, Origin, RecordReader, column_type

_LINE_TEXT = "_line"
_NORMAL = "_normal"
_FITS = "_fits"
_MAYBE_HEADER = r"^[ \t]*[A-Za-z][A-Za-z0-9_ \t-]*$"


@dataclass(frozen=True)
class Explained:
    """What the suspects of a block turned out to be.

    Attributes:
        rows: one row for each line that is an event: ``LINE``, ``RECORD`` and the wanted columns.
        odd: the first odd lines as pairs of line in the block and reason.
        odd_count: how many lines are no record.
        foreign: header lines of a layout that is not known here.
    """

    rows: pl.DataFrame
    odd: Sequence[tuple[int, str]] = ()
    odd_count: int = 0
    foreign: Sequence[tuple[int, str]] = ()


def explain(
    lines: pl.Series, at: pl.Series, readers: Sequence[RecordReader], wanted: Collection[str], origin: Origin
) -> Explained:
    """Tell what the suspects are.

    Args:
        lines: every line of the block.
        at: the numbers of the suspects.
        readers: a reader for each layout the file can hold, the commonest first.
        wanted: the columns to make.
        origin: where the events come from.
    """
    frames: list[pl.DataFrame] = []
    left = pl.DataFrame({LINE: at, _LINE_TEXT: lines.gather(at)})
    single = pl.when(~pl.col(_LINE_TEXT).str.contains("\n", literal=True)).then(_LINE_TEXT)
    left = left.with_columns(single.str.replace_all(" +", " ").str.strip_chars(" ").alias(_NORMAL))
    for reader in readers:
        found, left = _records(left, reader, wanted, origin)
        frames.append(found)
    headers = _headers(left)
    odd = left.filter(~pl.col(LINE).is_in(list(headers)))
    frames.append(_odd_rows(odd, readers[0], wanted, origin))
    return Explained(
        pl.concat(frames).sort(LINE),
        odd=[
            (line, reason(text, readers)) for line, text in odd.head(ScanReport.SHOWN).select(LINE, _LINE_TEXT).rows()
        ],
        odd_count=odd.height,
        foreign=_foreign(headers, readers),
    )


def _records(
    lines: pl.DataFrame, reader: RecordReader, wanted: Collection[str], origin: Origin
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The events of those lines that are records of the reader's layout, and the lines that are not."""
    if lines.is_empty():
        return _nothing(reader, wanted), lines
    block = _block_of(lines[_NORMAL])
    typed = reader.scan(block, lenient=True).collect(engine="streaming")
    text = reader.scan(block, text=True).select(pl.exclude(LINE).name.prefix("t")).collect(engine="streaming")
    values = typed.hstack(text).with_columns(lines[LINE]).with_columns(_fits(reader).alias(_FITS))
    made = values.filter(_FITS).select(LINE, pl.lit(True).alias(RECORD), *reader.columns(wanted, origin))
    return made.select(_nothing(reader, wanted).columns), lines.filter(~values[_FITS])


def _block_of(lines: pl.Series) -> bytes:
    """The lines as one block again."""
    buffer = io.BytesIO()
    lines.to_frame().write_csv(buffer, include_header=False, quote_style="never")
    return buffer.getvalue()


def _fits(reader: RecordReader) -> pl.Expr:
    """Whether a row, read both typed and as text (columns ``t…``), is a record."""
    dashes = [
        pl.col(f"tc{i}").eq_missing(pl.lit("-"))
        for i, name in enumerate(reader.layout.names)
        if name in catalog.INTEGERS
    ]
    sound = [~wrong for wrong in reader.wrong_integers()]
    integers = [a | b for a, b in zip(dashes, sound, strict=True)]
    edges = [pl.col(f"tc{i}").is_not_null() for i in (0, len(reader.layout.names) - 1)]
    return pl.all_horizontal(*integers, *edges, pl.col("tspare").is_null(), *(~w for w in reader.wrong_times()))


def _nothing(reader: RecordReader, wanted: Collection[str]) -> pl.DataFrame:
    types = {name: column_type(reader.fields[name]) for name in wanted}
    return pl.DataFrame(schema={LINE: pl.UInt32(), RECORD: pl.Boolean(), **types})


def _headers(lines: pl.DataFrame) -> dict[int, str]:
    """The header lines among these, by their number."""
    maybe = lines.filter(pl.col(_LINE_TEXT).str.contains(_MAYBE_HEADER)).select(LINE, _NORMAL)
    return {line: text for line, text in maybe.rows() if from_header(text)}


def _foreign(headers: dict[int, str], readers: Sequence[RecordReader]) -> list[tuple[int, str]]:
    known = {reader.layout for reader in readers}
    return [(line, text) for line, text in headers.items() if from_header(text) not in known]


def _odd_rows(odd: pl.DataFrame, reader: RecordReader, wanted: Collection[str], origin: Origin) -> pl.DataFrame:
    """Events without fields: only what stands before the line tells of them."""
    told = origin.told() if origin.owner is not None else {}
    known = {TIMESTAMP: reader.prefix.told(pl.col(_LINE_TEXT), TIME), **told}
    empty = _nothing(reader, wanted)
    columns = [known.get(n, pl.lit(None)).cast(dtype).alias(n) for n, dtype in empty.schema.items() if n in wanted]
    return odd.select(LINE, pl.lit(value=False).alias(RECORD), *columns).select(empty.columns)


def reason(line: str, readers: Sequence[RecordReader]) -> str:
    """Why a line is no record, in words, held against the layout that comes nearest."""
    if not line.strip():
        return "blank line"
    values = values_of(line)
    reader = min(readers, key=lambda reader: abs(len(values) - len(reader.schema) + 1))
    values, names = values[len(reader.prefix.roles) :], reader.layout.names
    if len(values) != len(names):
        return f"{len(values)} {'value' if len(values) == 1 else 'values'} where a record has {len(names)}"
    wrong = ((n, v) for n, v in zip(names, values, strict=True) if n in catalog.INTEGERS and not is_integer(n, v))
    name, value = next(wrong, ("", ""))
    if name:
        return f"{name} is '{value[:40]}', which is no integer from 0 to {catalog.INTEGERS[name].maximum}"
    return "the text before the record is not as on the other lines" if reader.prefix.roles else "no flow log record"
