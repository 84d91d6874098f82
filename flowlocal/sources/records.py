"""Turns blocks of lines into columns: the one place where records are read, built for speed.

A block is read as CSV with blanks for separators and a spare last column. Rows in which an integer is out of
range, the first or last value is missing, or the spare column is not empty are *suspects*, which
:mod:`flowlocal.sources.suspects` explains; all other rows are records. That there are none is mostly seen without the
last values: no spare one, and as many separators as so many rows must have. Should an integer not read at all, or
two blanks follow each other anywhere (they shift or hide values), the block is read leniently, and every row
with a missing integer or two blanks is a suspect.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

import polars as pl

from flowlocal.events import Field
from flowlocal.sources import catalog
from flowlocal.sources.discovery import NOTHING_DISCOVERED, Discovery
from flowlocal.sources.framing import GROUP, INGESTION, NO_PREFIX, STREAM, TIME, Prefix
from flowlocal.sources.layout import Layout
from flowlocal.values.calendar import DATETIME, epoch_milliseconds
from flowlocal.values.kinds import FieldKind

LINE = "_i"
"""UInt32: the 0-based line within the block."""
SUSPECT = "_suspect"
TIMESTAMP, MESSAGE, LOG_STREAM, LOG, INGESTION_TIME = "@timestamp", "@message", "@logStream", "@log", "@ingestionTime"
SYSTEM: dict[str, Field] = {
    TIMESTAMP: Field(TIMESTAMP, FieldKind.TIME),
    MESSAGE: Field(MESSAGE, FieldKind.TEXT),
    LOG_STREAM: Field(LOG_STREAM, FieldKind.TEXT),
    LOG: Field(LOG, FieldKind.TEXT),
    INGESTION_TIME: Field(INGESTION_TIME, FieldKind.TIME),
}
"""The system fields that every event can have."""
_BOM = b"\xef\xbb\xbf"


@dataclass(frozen=True)
class Form:
    """How the lines of a file read.

    Attributes:
        layouts: the layouts a record can have, the commonest first; none for text of which none is known.
        prefix: what stands before each record.
        discovery: what was found in messages of which no layout is known.
        coloured: whether the lines hold terminal colours, which are taken off.
    """

    layouts: tuple[Layout, ...]
    prefix: Prefix = NO_PREFIX
    discovery: Discovery = NOTHING_DISCOVERED
    coloured: bool = False


@dataclass(frozen=True)
class Origin:
    """What is known of events from where they were found.

    Attributes:
        group: the log group.
        stream: the log stream, where the place tells it.
        owner: the account the group belongs to, where the place tells it.
    """

    group: str
    stream: str | None = None
    owner: str | None = None

    @property
    def log(self) -> str:
        """The value of ``@log``, as far as the place tells it."""
        return self.group if self.owner is None else f"{self.owner}:{self.group}"

    def told(self) -> dict[str, pl.Expr]:
        """The system fields that the place tells of any event, record or not."""
        stream = {} if self.stream is None else {LOG_STREAM: pl.lit(self.stream)}
        return {LOG: pl.lit(self.log), **stream}


@dataclass(frozen=True)
class RecordReader:
    """Reads blocks in one layout behind one prefix.

    Attributes:
        layout: the layout of the records.
        prefix: what stands before each record.
        fields: the fields of all events of the query; an integer field of this layout can be text there.
        unread: positions of integers that are only looked at for whether they are some. They are read into 32 bits,
            which is faster; larger ones do not read then.
    """

    layout: Layout
    prefix: Prefix
    fields: Mapping[str, Field]
    unread: frozenset[int] = frozenset()

    @cached_property
    def schema(self) -> dict[str, pl.DataType]:
        """The physical columns: ``p0…`` for the prefix, ``c0…`` for the values, ``spare`` for what is too much."""
        schema: dict[str, pl.DataType] = {f"p{i}": pl.String() for i in range(len(self.prefix.roles))}
        schema |= {f"c{i}": self._dtype(i) for i in range(len(self.layout.names))}
        return schema | {"spare": pl.String()}

    def hasty(self, wanted: Collection[str], origin: Origin) -> RecordReader:
        """The same reader, for blocks of which only some columns are made."""
        read = {name for column in self.columns(wanted, origin) for name in column.meta.root_names()}
        wide = (i for i, integer in self._integers.items() if integer.dtype == pl.Int64)
        return replace(self, unread=frozenset(i for i in wide if f"c{i}" not in read))

    def _dtype(self, index: int) -> pl.DataType:
        if not self._is_typed(index):
            return pl.String()
        return pl.UInt32() if index in self.unread else self._integers[index].dtype

    @cached_property
    def _integers(self) -> dict[int, catalog.IntegerType]:
        """The integer fields of the layout by position."""
        pairs = ((i, catalog.INTEGERS.get(name)) for i, name in enumerate(self.layout.names))
        return {index: integer for index, integer in pairs if integer is not None}

    def _is_typed(self, index: int) -> bool:
        """Whether an integer is read as one.

        Not where its event column is text, nor last in the line: there ``-`` could not be told from a line
        that is too short.
        """
        field = self.fields.get(catalog.insights_name(self.layout.names[index]))
        is_text = field is not None and field.kind is not FieldKind.INTEGER
        return index in self._integers and not is_text and index != len(self.layout.names) - 1

    def scan(self, block: bytes, *, lenient: bool = False, text: bool = False) -> pl.LazyFrame:
        """The physical columns of a block, one row a line, with its number in ``LINE``.

        An integer is null for ``-``. One that does not read raises ``ComputeError``, unless lenient; then
        it is null, too.

        Args:
            block: whole lines.
            lenient: read what can be read.
            text: read every value as text.
        """
        if block.startswith(_BOM):  # the reader would take it off
            block = _BOM + block
        typed = {} if text else {f"c{i}": "-" for i in self._integers if self._is_typed(i)}
        return pl.scan_csv(
            block,
            separator=" ",
            has_header=False,
            quote_char=None,
            schema=dict.fromkeys(self.schema, pl.String()) if text else self.schema,
            null_values=None if lenient else typed or None,
            truncate_ragged_lines=True,
            missing_columns="insert",
            extra_columns="ignore",
            encoding="utf8-lossy",
            ignore_errors=lenient,
            row_index_name=LINE,
        )

    @property
    def suspect(self) -> pl.Expr:
        """Whether a row needs an explanation, but for integers out of range, see :meth:`out_of_range`."""
        wrong = [self._wrong(i) & (pl.col(f"c{i}") != "-") for i in self._integers if not self._is_typed(i)]
        return pl.any_horizontal(*wrong, *self._incomplete())

    @property
    def lenient_suspect(self) -> pl.Expr:
        """Whether a row of a lenient scan needs an explanation; there rows with dashes do, too."""
        return pl.any_horizontal(*self.wrong_integers(), *self._incomplete())

    def _incomplete(self) -> list[pl.Expr]:
        """Whether there are too few or too many values, or a time before them is none."""
        missing = [pl.col(f"c{i}").is_null() for i in {0, len(self.layout.names) - 1}]
        return [*missing, *self.wrong_times(), pl.col("spare").is_not_null()]

    @property
    def countable(self) -> bool:
        """Whether a block without suspects shows in its separators: all integers are typed, nothing stands before."""
        return all(map(self._is_typed, self._integers)) and not self.prefix.roles

    @cached_property
    def typed(self) -> list[str]:
        """The physical columns of integers; reading them is what finds values that are none."""
        return [f"c{i}" for i in self._integers if self._is_typed(i)]

    def out_of_range(self, rows: pl.DataFrame) -> pl.Series | None:
        """Which rows have an integer out of range that its dtype can hold; None where no row has."""
        found: pl.Series | None = None
        for name in self.typed:
            if self.schema[name].is_unsigned_integer():  # then it can hold nothing else
                continue
            column, largest = rows[name], self._integers[int(name[1:])].maximum
            low, high = column.min(), column.max()
            if high is None or (low >= 0 and high <= largest):  # type: ignore[operator]
                continue
            outside = ((column < 0) | (column > largest)).fill_null(value=False)
            found = outside if found is None else found | outside
        return found

    def wrong_integers(self) -> list[pl.Expr]:
        """For each integer field in order, whether its value is no integer in range; never null."""
        return [self._wrong(i) for i in self._integers]

    def _wrong(self, index: int) -> pl.Expr:
        value = self._checked(index)
        return value.is_null() | ~value.is_between(0, self._integers[index].maximum)

    def _checked(self, index: int) -> pl.Expr:
        """A value as it must read: integer fields as integers, whatever their column's dtype."""
        column = pl.col(f"c{index}")
        integer = self._integers.get(index)
        return column if integer is None or self._is_typed(index) else column.cast(integer.dtype, strict=False)

    def wrong_times(self) -> list[pl.Expr]:
        """For each time before the record, whether it is none."""
        return [self._prefix_value(role).is_null() for role in (TIME, INGESTION) if self.prefix.index(role) is not None]

    @property
    def wrong_time(self) -> pl.Expr:
        """Whether any time before the record is none."""
        return pl.any_horizontal(*self.wrong_times()) if self.wrong_times() else pl.lit(False)

    @cached_property
    def plain_pattern(self) -> str:
        """A regular expression that only lines match which are records and read rightly as CSV.

        It recognises records with dashes for integers fast; times before the record are not looked at.
        """
        values = [_plain_value(name) for name in self.layout.names]
        return "^" + " ".join(["[^ ]+"] * len(self.prefix.roles) + values) + "$"

    def _prefix_value(self, role: str) -> pl.Expr:
        index = self.prefix.index(role)
        return pl.lit(None) if index is None else self.prefix.value(pl.col(f"p{index}"), index)

    def field(self, name: str) -> pl.Expr:
        """An event's column by its Insights name, from the physical columns; null where the layout lacks it."""
        dtype = column_type(self.fields[name])
        index = self._positions.get(name)
        return (pl.lit(None, dtype) if index is None else pl.col(f"c{index}").cast(dtype, strict=False)).alias(name)

    @cached_property
    def _positions(self) -> dict[str, int]:
        pairs = reversed(list(enumerate(self.layout.names)))
        return {catalog.insights_name(name): index for index, name in pairs}

    def columns(self, wanted: Collection[str], origin: Origin) -> list[pl.Expr]:
        """The columns of the events that are wanted, but for the message."""
        system = {TIMESTAMP: self.timestamp, LOG_STREAM: self._stream, LOG: self._log, INGESTION_TIME: self._ingestion}
        made = [make(origin).alias(name) for name, make in system.items() if name in wanted]
        return made + [self.field(name) for name in wanted if name in self.fields and name not in SYSTEM]

    def timestamp(self, _: Origin) -> pl.Expr:
        """Return the event's time: the prefix's, else the record's start, whose unit is told from its size."""
        if self.prefix.index(TIME) is not None:
            return self._prefix_value(TIME)
        index = self.layout.position("start")
        if index is None:
            return pl.lit(None, DATETIME)
        return epoch_milliseconds(self._checked(index)).cast(DATETIME)

    def _ingestion(self, _: Origin) -> pl.Expr:
        return self._prefix_value(INGESTION).cast(DATETIME)

    def _stream(self, origin: Origin) -> pl.Expr:
        if self.prefix.index(STREAM) is not None:
            return self._prefix_value(STREAM)
        if origin.stream is not None:
            return pl.lit(origin.stream)
        interface = self._value("interface-id")
        return pl.when(interface != "-").then(interface + "-all")

    def _log(self, origin: Origin) -> pl.Expr:
        given = self.prefix.index(GROUP) is not None
        group = self._prefix_value(GROUP) if given else pl.lit(origin.group)
        account = self._value("account-id") if origin.owner is None else pl.lit(origin.owner)
        return pl.when(account.is_null()).then(group).otherwise(account + ":" + group)

    def _value(self, name: str) -> pl.Expr:
        index = self.layout.position(name)
        return pl.lit(None, pl.String()) if index is None else pl.col(f"c{index}")


def _plain_value(name: str) -> str:
    integer = catalog.INTEGERS.get(name)
    if integer is None:
        return "[^ ]+"
    return rf"(?:-|[0-9]{{1,{len(str(integer.maximum)) - 1}}})"


def column_type(field: Field) -> pl.DataType:
    """The dtype of a field's column."""
    match field.kind:
        case FieldKind.TIME:
            return DATETIME
        case FieldKind.INTEGER:
            return _INTEGER_DTYPES.get(field.maximum, pl.Int64())
        case FieldKind.WHOLE:
            return pl.Int64()
        case FieldKind.DOUBLE | FieldKind.REAL:
            return pl.Float64()
        case FieldKind.TEXT:
            return pl.String()


_INTEGER_DTYPES = {integer.maximum: integer.dtype for integer in catalog.INTEGERS.values()}


def lines_of(block: bytes) -> pl.Series:
    """The lines of a block as they stand, without terminators; invalid UTF-8 is replaced.

    Returns:
        A ``String`` series, one line each, as many as :meth:`RecordReader.scan` has rows.
    """
    try:
        return pl.scan_lines(block).collect(engine="streaming").to_series().alias(MESSAGE)
    except pl.exceptions.ComputeError:  # invalid UTF-8
        text = block.decode("utf-8", "replace")
        lines = text.removesuffix("\n").split("\n")
        return pl.Series(MESSAGE, [line.removesuffix("\r") for line in lines], pl.String())
