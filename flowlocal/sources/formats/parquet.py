"""Parquet: flow logs as S3 delivery and others write them, and tables of events with their messages."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from msgspec.structs import replace

from flowlocal.events import RECORD, ROW, UnreadableInput
from flowlocal.sources.formats import input_format
from flowlocal.sources.formats.client_csv import loose_field
from flowlocal.sources.formats.json_logs import first_messages, message_format
from flowlocal.sources.reading.probed_file import DEFAULT_GROUP, OpenedFile, Options, ProbedFile
from flowlocal.sources.records import catalog
from flowlocal.sources.records.layout import Layout
from flowlocal.sources.records.schema import MESSAGE, Origin

if TYPE_CHECKING:  # other files need nothing of Parquet
    from flowlocal.sources.parquet.columns import ParquetColumn
    from flowlocal.sources.parquet.field_columns import FieldColumn
    from flowlocal.sources.parquet.file import ParquetSource

_MAGIC = b"PAR1"
_PARTITION = "aws-account-id="


@input_format("Parquet", order=5)
def parquet(file: ProbedFile, options: Options) -> OpenedFile | None:
    """Open a Parquet file with columns of flow log fields, or with messages."""
    if not file.head.startswith(_MAGIC):
        return None
    opened = _opened(file)
    columns = opened.columns
    message = next((column for column in columns if column.name in _names(MESSAGE)), None)
    if message is not None and message.is_text:
        return _events(file, options, columns, sum(opened.group_rows))
    fields = list(_fields(columns))
    if sum(each.field in catalog.KNOWN for each in fields) >= 2:
        return _records(file, options, fields, opened)
    if file.walked:
        return None
    if message is not None:
        raise _refusal(file, message, MESSAGE)
    raise UnreadableInput(f"{file.path}: this Parquet file has no columns of flow logs", file.path)


def _names(field: str) -> Sequence[str]:
    from flowlocal.sources.parquet.events import SYSTEM_COLUMNS  # noqa: PLC0415

    return SYSTEM_COLUMNS[field]


def _opened(file: ProbedFile) -> ParquetSource:
    from flowlocal.sources.parquet.file import ParquetSource  # noqa: PLC0415

    return ParquetSource.open(file)


def _fields(columns: Iterable[ParquetColumn]) -> Iterator[FieldColumn]:
    """Return the columns that hold fields, those of unknown names among them."""
    from flowlocal.sources.parquet.field_columns import FieldColumn  # noqa: PLC0415

    for column in columns:
        if column.name in (ROW, RECORD) or column.name.startswith("@") or "\0" in column.name:
            continue
        found = FieldColumn(column, loose_field(column.name) or catalog.canonical(column.name))
        if found.fits or found.field in catalog.KNOWN:
            yield found


def _records(file: ProbedFile, options: Options, found: Sequence[FieldColumn], opened: ParquetSource) -> OpenedFile:
    from flowlocal.sources.parquet.records import ParquetRecords  # noqa: PLC0415

    for each in found:
        if not each.fits:
            raise _refusal(file, each.column, each.field)
    first = {each.name: each for each in reversed(found)}
    fields = [each for each in found if first[each.name] is each]
    source = ParquetRecords(file, _origin(file, options), tuple(fields), sum(opened.group_rows))
    bounded = source.bounded(opened)
    aliases = {each.column.name: each.name for each in fields}
    layout = Layout(tuple(each.field for each in fields))
    warnings = tuple(
        f"{file.path}: columns {first[each.name].column.name} and {each.column.name} both hold {each.name}; "
        f"{first[each.name].column.name} is read"
        for each in found
        if first[each.name] is not each
    )
    groups = (options.group or DEFAULT_GROUP,)
    return OpenedFile(
        file,
        "Parquet",
        source,
        (layout,),
        aliases=aliases,
        groups=groups,
        warnings=warnings,
        extent=None if bounded is None else bounded.extent,
        bounded=bounded,
    )


def _refusal(file: ProbedFile, column: ParquetColumn, field: str) -> UnreadableInput:
    message = f"{file.path}: column {column.name} has the type {column.type}, which is not valid for {field}"
    return UnreadableInput(message, file.path, hint="drop the column, or cast it when the file is written")


def _origin(file: ProbedFile, options: Options) -> Origin:
    """Return the origin of a file; the account in a hive path, with leading zeros, is the owner."""
    parts = file.path.replace("\\", "/").split("/")
    accounts = [part.removeprefix(_PARTITION) for part in parts if part.startswith(_PARTITION)]
    return replace(file.origin(options), owner=accounts[-1] if accounts else None)


def _events(file: ProbedFile, options: Options, columns: Sequence[ParquetColumn], rows: int) -> OpenedFile:
    """Open a table of events."""
    from flowlocal.sources.parquet.events import SYSTEM_COLUMNS, ParquetEvents, fits, messages  # noqa: PLC0415

    by_name = {column.name: column for column in reversed(columns)}
    held = {
        field: next((by_name[name] for name in names if name in by_name), None)
        for field, names in SYSTEM_COLUMNS.items()
    }
    known = {field: column for field, column in held.items() if column is not None}
    for field, column in known.items():
        if not fits(field, column):
            raise _refusal(file, column, field)
    some = first_messages(messages(file, known[MESSAGE]))
    line_format = message_format(some, messages(file, known[MESSAGE]), options.layout)
    source = ParquetEvents(file, line_format, file.origin(options), known, rows)
    groups = (source.origin.group,)
    return OpenedFile(
        file, "Parquet of events", source, line_format.layouts, line_format.discovery.fields, groups=groups
    )
