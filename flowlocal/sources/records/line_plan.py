"""Plan how the native reader parses lines: the column of each value, and the columns derived from others."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from functools import cached_property

import polars as pl
from msgspec import Struct

from flowlocal.events import RECORD, ROW, Field
from flowlocal.native.library import ColumnKind, FieldValue, Plan, PrefixToken, Role
from flowlocal.sources.records import catalog
from flowlocal.sources.records.layout import Layout
from flowlocal.sources.records.prefix import GROUP, INGESTION, STREAM, TIME
from flowlocal.sources.records.schema import (
    INGESTION_TIME,
    LOG,
    LOG_STREAM,
    MESSAGE,
    SYSTEM,
    TIMESTAMP,
    LineFormat,
    Origin,
    column_type,
)

_KINDS = {
    pl.UInt8(): ColumnKind.UINT8,
    pl.UInt16(): ColumnKind.UINT16,
    pl.Int64(): ColumnKind.INT64,
    pl.String(): ColumnKind.TEXT,
}
_GROUP = "@_group"
_ALL = "-all"
"""Suffix of the log stream of an interface."""
_TOKENS = {STREAM: LOG_STREAM, GROUP: _GROUP, INGESTION: INGESTION_TIME, TIME: TIMESTAMP}
"""The column of each token before the record."""


class LinePlan(Struct, frozen=True, dict=True):
    """How lines of one line format and origin become columns.

    Attributes:
        line_format: the line format.
        origin: log group, stream and owner of the events.
        fields: the fields of all events of the query.
        wanted: the columns to return.
        carries: True if an event without a time takes the time of the previous line.
        literal: bytes that a line must contain to match the predicates.
        since: epoch milliseconds: earlier events are not wanted; None if all are.
        counted: epoch milliseconds: of those, events of this time or later are counted.
    """

    line_format: LineFormat
    origin: Origin
    fields: Mapping[str, Field]
    wanted: Collection[str]
    carries: bool = True
    literal: bytes | None = None
    since: int | None = None
    counted: int | None = None

    @cached_property
    def slots(self) -> dict[str, ColumnKind]:
        """The columns that the native reader fills, in order."""
        texts = dict.fromkeys(
            (name for each in self.derived.values() for name in each.meta.root_names()), ColumnKind.TEXT
        )
        slots = {ROW: ColumnKind.ROW, RECORD: ColumnKind.RECORD} | texts
        slots |= {name: self._kind(name) for name in self.wanted if name not in self.derived and self._is_read(name)}
        if MESSAGE in self.wanted or not self.line_format.layouts:
            slots[MESSAGE] = ColumnKind.TEXT
        return slots

    @cached_property
    def derived(self) -> dict[str, pl.Expr]:
        """The requested columns that are computed from others or are the same for all events."""
        made = {LOG_STREAM: self._stream, LOG: self._log}
        derived = {name: made[name].alias(name) for name in self.wanted if name in made}
        if STREAM in self.line_format.prefix.roles:
            derived.pop(LOG_STREAM, None)
        found = {*derived, *self.line_format.discovery.fields}
        missing = (name for name in self.wanted if name not in found and not self._is_read(name))
        nothing = {name: pl.lit(None, column_type(self.fields[name])).alias(name) for name in missing}
        return derived | nothing

    @cached_property
    def suffixes(self) -> dict[str, str]:
        """The columns whose values occur literally in the line, each with the suffix that is appended to it."""
        names = {MESSAGE, *(name for layout in self.line_format.layouts for name in layout.fields)} & self.fields.keys()
        texts = {name: "" for name in names if column_type(self.fields[name]) == pl.String}
        if self.origin.stream is None and self.line_format.layouts:
            texts[LOG_STREAM] = "" if STREAM in self.line_format.prefix.roles else _ALL
        return texts

    @cached_property
    def native(self) -> Plan:
        """The plan for the native reader."""
        layouts = [self._values(layout) for layout in self.line_format.layouts]
        names, kinds = list(self.slots), list(self.slots.values())
        message = names.index(MESSAGE) if MESSAGE in names else None
        return Plan(kinds, layouts, self._tokens, message, self.literal, since=self.since, counted=self.counted)

    def _is_read(self, name: str) -> bool:
        """Return True if lines of this format can have a value for a column."""
        if name in (ROW, RECORD, MESSAGE):
            return True
        if name in (TIMESTAMP, INGESTION_TIME, LOG_STREAM):
            roles = {column: role for role, column in _TOKENS.items()}
            starts = name == TIMESTAMP and any("start" in layout.names for layout in self.line_format.layouts)
            return roles[name] in self.line_format.prefix.roles or starts
        return any(name in layout.fields for layout in self.line_format.layouts)

    def _kind(self, name: str) -> ColumnKind:
        if name in (ROW, RECORD):
            return ColumnKind.ROW if name == ROW else ColumnKind.RECORD
        if name in SYSTEM:
            time = ColumnKind.TIME if self.carries else ColumnKind.INSTANT
            return {TIMESTAMP: time, INGESTION_TIME: ColumnKind.INSTANT}.get(name, ColumnKind.TEXT)
        return _KINDS[column_type(self.fields[name])]

    @cached_property
    def _tokens(self) -> list[PrefixToken]:
        prefix, names = self.line_format.prefix, list(self.slots)
        tokens = []
        for role, brackets in zip(prefix.roles, prefix.brackets, strict=True):
            column = _TOKENS.get(role)
            slot = names.index(column) if column in names else None
            tokens.append(PrefixToken(_role(role), slot, brackets))
        return tokens

    def _values(self, layout: Layout) -> list[FieldValue]:
        names, seen, values = list(self.slots), set(), []
        time = names.index(TIMESTAMP) if TIMESTAMP in names and TIME not in self.line_format.prefix.roles else None
        for name in layout.names:
            column, integer = catalog.insights_name(name), catalog.INTEGERS.get(name)
            slot = names.index(column) if column in names and column not in seen else None
            is_time = name == "start" and column not in seen
            seen.add(column)
            values.append(FieldValue(None if integer is None else integer.maximum, slot, time if is_time else None))
        return values

    @property
    def _stream(self) -> pl.Expr:
        """The stream named by the path, else the documented stream of an interface's flow logs."""
        if self.origin.stream is not None:
            return pl.lit(self.origin.stream)
        interface = self._text("interface-id")
        return pl.when(interface != "-").then(interface + _ALL)

    @property
    def _log(self) -> pl.Expr:
        """The account of the owner, or else of the record, and the log group."""
        group = pl.col(_GROUP) if GROUP in self.line_format.prefix.roles else pl.lit(self.origin.group)
        if not self.line_format.layouts:
            return pl.lit(self.origin.log)
        account = self._text("account-id") if self.origin.owner is None else pl.lit(self.origin.owner)
        return pl.when(account.is_null()).then(group).otherwise(account + ":" + group)

    def _text(self, name: str) -> pl.Expr:
        known = any(name in layout.names for layout in self.line_format.layouts)
        return pl.col(catalog.insights_name(name)) if known else pl.lit(None, pl.String())


def _role(role: str) -> Role:
    if role in (TIME, INGESTION):
        return Role.TIME
    return Role.TEXT if role in (STREAM, GROUP) else Role.SKIP
