"""Open datasets: logs that ``flowlocal import`` converted to Parquet, with a manifest of their contents.

A dataset is a directory with a manifest and parts. A part contains events for the engine: a column per field, the raw
line as ``@message``, ``ROW`` and ``RECORD``, sorted by time, so that a query with a time range can skip most row groups
by their statistics.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import polars as pl
from msgspec import Struct

from flowlocal.events import (
    IMPORTED_HINT,
    LAYOUT_HINT,
    Events,
    Field,
    HiddenFields,
    ScanReport,
    UnreadableInput,
    split_row,
)
from flowlocal.sources.dataset.manifest import REPAIR, Manifest, Part, load
from flowlocal.sources.dataset.stored_parts import check_part
from flowlocal.sources.records.catalog import query_names
from flowlocal.sources.records.ranks import ranks
from flowlocal.sources.records.schema import LOG, SYSTEM, columns_of

_PLACE = "\0place"
"""The column of the places of events in all parts that are read. Events of one time are in the order of their row ids:
each part is sorted by time and row id, and the ids of a part are larger than those of the parts before it."""
_MOST_PLACES = 2**32 - 1
_MANY = 1_000_000
"""Events from which on a sample is worth its time."""
_SAMPLE = 16_384
"""Events of a sample."""


def open_dataset(
    directory: str | os.PathLike[str],
    *,
    start: int | None = None,
    end: int | None = None,
    log_group: str | None = None,
) -> Events:
    """Return the events of a dataset.

    Args:
        directory: the dataset.
        start: start of a time range (epoch ms); parts outside it are left out.
        end: end of the time range (epoch ms).
        log_group: the log group of the events (default: those that the import noted).

    Raises:
        UnreadableInput: the manifest or a part is missing or damaged.
    """
    root = Path(directory)
    manifest = load(root)
    parts = [part for part in manifest.parts if part.within(start, end)]
    for part in parts:
        check_part(root, part)
    opened = _Opened(root, manifest, parts, log_group)
    return Events(
        fields=opened.fields,
        aliases=manifest.aliases,
        read=opened.read,
        locate=opened.locate,
        total_bytes=None,
        log_groups=tuple(manifest.log_groups) if log_group is None else (log_group,),
        hidden=_hidden(manifest.unknown_layout),
        formats={"imported": len(manifest.files)},
        rank=opened.rank,
        sample=opened.sample,
    )


class _Opened(Struct, frozen=True):
    """Some parts of a dataset."""

    root: Path
    manifest: Manifest
    parts: Sequence[Part]
    log_group: str | None

    @property
    def fields(self) -> dict[str, Field]:
        """The fields of the events; the system fields if nothing has been imported yet."""
        return self.manifest.fields or SYSTEM

    @property
    def _places(self) -> int:
        return sum(part.rows for part in self.parts)

    def rank(self) -> pl.Expr | None:
        """See ``Events``: of integers of 64 bits if the events are few, or close to each other in time.

        Places take no time to read; ``ROW`` takes as long as a query of two other columns.
        """
        if self._places > _MOST_PLACES:
            return None
        times = [time for part in self.parts for time in (part.first, part.last) if time is not None]
        first, last = min(times, default=0), max(times, default=0)
        return ranks(first, last, pl.col(_PLACE).cast(pl.Int64), self._places)

    def locate(self, row: int) -> tuple[str, int]:
        """Return the file and the 1-based line of a row."""
        number, line = split_row(row)
        if not 0 <= number < len(self.manifest.files):
            raise UnreadableInput("the manifest does not name the file of some events", str(self.root), hint=REPAIR)
        return self.manifest.files[number].path, line + 1

    def read(self, report: ScanReport) -> pl.LazyFrame:
        """Return the events, and add their numbers to the report."""
        report.records += sum(part.rows for part in self.parts)
        report.bytes += sum(part.bytes for part in self.parts)
        self._report_odd_lines(report)
        report.warnings.extend(each.replace(LAYOUT_HINT, IMPORTED_HINT) for each in self.manifest.warnings)
        for loss in self.manifest.lost:
            report.lose(loss.path, loss.what)
        if unfinished := self.manifest.unfinished:
            report.lose(str(self.root), unfinished)
        report.checks.append(self._check_contents)
        if not self.parts:
            return pl.LazyFrame(schema={**columns_of(self.fields), _PLACE: pl.get_index_type()})
        return self._scan(self.parts)

    @property
    def sample(self) -> pl.LazyFrame | None:
        """The first events of a part in the middle; None if events are too few for a query to take long."""
        if self._places < _MANY:
            return None
        return self._scan([self.parts[len(self.parts) // 2]]).head(_SAMPLE)

    def _scan(self, parts: Sequence[Part]) -> pl.LazyFrame:
        events = pl.scan_parquet(
            [self.root / part.name for part in parts],
            schema=columns_of(self.fields),
            missing_columns="insert",
            glob=False,
            hive_partitioning=False,
            row_index_name=_PLACE if self._places <= _MOST_PLACES else None,
        )
        return events if self.log_group is None else events.with_columns(_of_group(self.log_group))

    def _report_odd_lines(self, report: ScanReport) -> None:
        odd = sum(part.odd for part in self.parts)
        for line in self.manifest.odd_lines[:odd]:
            report.odd(line.path, line.line, line.reason)
        report.odd_count = max(report.odd_count, odd)

    def _check_contents(self) -> None:
        """Raise UnreadableInput for the first part that cannot be read as the manifest says."""
        schema = columns_of(self.fields)
        for part in self.parts:
            path = self.root / part.name
            try:
                pl.read_parquet(path, schema=schema, missing_columns="insert", glob=False)
            except (OSError, pl.exceptions.PolarsError, pl.exceptions.PanicException) as error:
                reason = str(error).partition("\n")[0]
                raise UnreadableInput(f"a part of this dataset is damaged: {reason}", str(path), hint=REPAIR) from None


def _hidden(path: str | None) -> HiddenFields | None:
    """Return the fields of the records of an unknown layout, of which a file is the first one; None without."""
    return None if path is None else HiddenFields(query_names(), path, IMPORTED_HINT)


def _of_group(log_group: str) -> pl.Expr:
    """Return ``@log``, the account and the log group of an event if they are known, with another log group."""
    account = pl.col(LOG).str.extract(r"^(\d+:)").fill_null("")
    return pl.when(pl.col(LOG).is_not_null()).then(account + log_group).alias(LOG)
