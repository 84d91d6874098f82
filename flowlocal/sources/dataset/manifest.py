"""The manifest of a dataset: its contents, and the files that ``flowlocal import`` has yet to add."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, TypeVar, get_type_hints

from msgspec import Struct, field
from msgspec.structs import asdict

from flowlocal.events import RECORD, ROW, Field, OddLine, UnreadableInput
from flowlocal.sources.files.paths import MANIFEST
from flowlocal.sources.records.schema import SYSTEM
from flowlocal.values.kinds import FieldKind

VERSION = 1
REPAIR = "import the logs again into a new directory"
TEMPORARY = f".{MANIFEST}.new"
_PART_NAME = re.compile(r"part-\d{6,18}\.parquet")
_LARGEST = 2**63 - 1
_T = TypeVar("_T")


class ImportedFile(Struct, frozen=True):
    """An imported file: its path, and its size (bytes) and modification time (ns) at the import."""

    path: str
    size: int
    modified: int


class Loss(Struct, frozen=True):
    """A part of an imported file that could not be read: the path, and a description of what is missing and why."""

    path: str
    what: str


class Part(Struct, frozen=True):
    """A Parquet file of the dataset.

    Attributes:
        name: its name in the directory.
        rows: number of events.
        bytes: bytes of their lines.
        odd: number of lines that are not flow log records.
        first: epoch milliseconds of the earliest event; None if no event has a time.
        last: epoch milliseconds of the latest event; None if no event has a time.
        stored: size of the file in bytes; None if not recorded.
        modified: its modification time in ns; None if not recorded.
        checksum: its CRC-32; None if not recorded.
    """

    name: str
    rows: int
    bytes: int
    odd: int
    first: int | None
    last: int | None
    stored: int | None = None
    modified: int | None = None
    checksum: int | None = None

    def within(self, start: int | None, end: int | None) -> bool:
        """Return True if the part may contain events of a time range."""
        if self.first is None or self.last is None:
            return start is None and end is None
        return (start is None or self.last >= start) and (end is None or self.first <= end)


class Manifest(Struct):
    """The contents of a dataset.

    Attributes:
        fields: the fields by name, in order.
        aliases: other names of fields.
        log_groups: the log groups of the events.
        files: the imported files, in reading order; the position is the file number in ``ROW``.
        parts: the Parquet files.
        odd_lines: the first few lines that are not records.
        warnings: warnings about whole files.
        lost: parts of files that could not be read.
        pending: paths of files that an unfinished import has yet to add.
        unknown_layout: the first file with records of an unknown layout; None if there is none.
    """

    fields: dict[str, Field] = field(default_factory=dict)
    aliases: dict[str, str] = field(default_factory=dict)
    log_groups: list[str] = field(default_factory=list)
    files: list[ImportedFile] = field(default_factory=list)
    parts: list[Part] = field(default_factory=list)
    odd_lines: list[OddLine] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    lost: list[Loss] = field(default_factory=list)
    pending: list[str] = field(default_factory=list)
    unknown_layout: str | None = None

    @property
    def unfinished(self) -> str:
        """A sentence on an incomplete dataset; empty if it is complete."""
        if not self.pending:
            return ""
        done, total = len(self.files), len(self.files) + len(self.pending)
        return (
            f"unfinished: {done:,} of {total:,} files are imported (missing: {self.pending[0]}"
            f"{', ...' if len(self.pending) > 1 else ''}); unless an import is running, run it again to add the others"
        )

    def save(self, directory: Path) -> int:
        """Replace the manifest atomically and return its size in bytes."""
        fields = {name: each._asdict() for name, each in self.fields.items()}
        content = {"flowlocal": "dataset", "version": VERSION, **asdict(self), "fields": fields}
        text = json.dumps(content, default=asdict).encode()
        fresh = directory / TEMPORARY
        with fresh.open("wb") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(directory / MANIFEST)
        return len(text)


def load(directory: Path) -> Manifest:
    """Return the manifest of a dataset.

    Raises:
        UnreadableInput: it is missing, invalid, or was written by another version of flowlocal.
    """
    path = directory / MANIFEST
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        if content["version"] != VERSION:
            raise UnreadableInput("this dataset was written by another version of flowlocal", str(path), hint=REPAIR)
        return _manifest(content)
    except OSError as error:
        raise UnreadableInput(f"cannot read the dataset: {error.strerror}", str(path)) from None
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise UnreadableInput(f"not a valid manifest of a dataset: {error}", str(path), hint=REPAIR) from None


def _manifest(content: Mapping[str, Any]) -> Manifest:
    manifest = Manifest(
        fields={name: _field(name, each) for name, each in _typed(content["fields"], dict).items()},
        aliases={_text(alias): _text(name) for alias, name in _typed(content["aliases"], dict).items()},
        log_groups=_texts(content["log_groups"]),
        files=_rows(content["files"], ImportedFile),
        parts=_rows(content["parts"], Part),
        odd_lines=_rows(content["odd_lines"], OddLine),
        warnings=_texts(content["warnings"]),
        lost=_rows(content.get("lost", []), Loss),
        pending=_texts(content.get("pending", [])),
        unknown_layout=None if content.get("unknown_layout") is None else _text(content["unknown_layout"]),
    )
    _check_names(manifest)
    _check_parts(manifest.parts)
    return manifest


def _typed(value: object, kind: type[_T]) -> _T:
    if not isinstance(value, kind):
        raise TypeError(f"expected {kind.__name__}, found {type(value).__name__}")
    return value


def _texts(value: object) -> list[str]:
    return [_text(each) for each in _typed(value, list)]


def _text(value: object) -> str:
    """Return a text that can be encoded like file names."""
    text = _typed(value, str)
    text.encode(errors="surrogateescape")
    return text


def _rows(value: object, make: Callable[..., _T]) -> list[_T]:
    return [_row(each, make) for each in _typed(value, list)]


def _row(value: object, make: Callable[..., _T]) -> _T:
    """Return an object whose attributes have the declared types."""
    row = make(**_typed(value, dict))
    for name, kind in _types(make):
        found = getattr(row, name)
        if not isinstance(found, kind) or (isinstance(found, bool) and kind is not bool):
            raise TypeError(f"{name} of {type(row).__name__} cannot be {type(found).__name__}")
        if isinstance(found, str):
            _text(found)
    return row


@cache
def _types(make: Hashable) -> Sequence[tuple[str, Any]]:
    return tuple(get_type_hints(make).items())


def _field(name: str, value: object) -> Field:
    row = _typed(value, dict)
    made = _row({**row, "kind": FieldKind(row["kind"])}, Field)
    if made.name != name or name in {ROW, RECORD} or not 0 <= made.maximum <= _LARGEST:
        raise ValueError(f"the field {name} is not described correctly")
    return made


def _check_names(manifest: Manifest) -> None:
    """Raise ValueError if a system field is missing, or an alias names a missing field."""
    for name, known in SYSTEM.items() if manifest.fields else ():
        if manifest.fields.get(name) != known:
            raise ValueError(f"{name} is missing or of another kind")
    for alias, name in manifest.aliases.items():
        if name not in manifest.fields:
            raise ValueError(f"{alias} is an alias of {name}, which is missing")


def _check_parts(parts: Iterable[Part]) -> None:
    """Raise ValueError for file names that an import does not create, for repeated parts, and for impossible sizes."""
    seen: set[str] = set()
    for part in parts:
        if not _PART_NAME.fullmatch(part.name):
            raise ValueError(f"{part.name!r} is not the name of a part")
        if part.name in seen:
            raise ValueError(f"{part.name} is listed twice")
        if min(part.rows, part.bytes, part.odd) < 0 or max(part.rows, part.bytes, part.odd) > _LARGEST:
            raise ValueError(f"{part.name} has an impossible size")
        seen.add(part.name)
