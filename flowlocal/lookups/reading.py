"""Read a file as lookup tables: its content decides which, not its name."""

from __future__ import annotations

import csv
import gzip
import re
import zlib
from codecs import BOM_UTF16_BE, BOM_UTF16_LE
from collections.abc import Iterable, Mapping
from io import BytesIO, StringIO
from os import PathLike
from pathlib import PurePath

import polars as pl

from flowlocal.events import UnreadableInput
from flowlocal.lookups.documents import PREFIX_LISTS, UnknownDocumentError, tables_in
from flowlocal.lookups.mmdb import MARKER, MARKER_WITHIN, AddressDatabase
from flowlocal.small_files import decode, read_bytes, read_end

MB = 2**20
LARGEST = 10 * MB
"""Bytes that a table may have in CloudWatch Logs (documented: 10 MB), and that are read from a pipe or a device."""
LARGEST_FILE = 4096 * MB
"""Bytes that are read of a regular file, also after decompression."""
_GZIP = b"\x1f\x8b"
_JSON = ("{", "[")
_LIST = re.compile("pl-[0-9a-f]+")
"""The id of a prefix list in the name of a file: what ``get-managed-prefix-list-entries`` prints does not have it."""

Source = pl.DataFrame | AddressDatabase
Folders = Iterable[str | PathLike[str]]


class NotATableError(UnreadableInput):
    """The content of a file is none of those that are tables."""


def read_tables(path: str, *, within: Folders | None = None, columns: int = 1) -> Mapping[str, Source]:
    """Return the tables in a file by name; that of a CSV file is its stem.

    Args:
        path: a CSV file with a header, the JSON of ``aws ec2 describe-…``, ip-ranges.json, resolver query logs (each
            also compressed with gzip), or a MaxMind database.
        within: the folders in one of which the file must be after links are resolved; None for a file that the user
            named, which can also be a pipe.
        columns: the fewest columns of a CSV file; any text has one.

    Raises:
        NotATableError: it is none of these.
        UnreadableInput: it cannot be read, or is damaged.
    """
    try:
        if MARKER in read_end(path, MARKER_WITHIN, within=within):
            database = AddressDatabase.of(path)
            return {database.kind or _stem(path): database}
        data = read_bytes(path, within=within, streams=within is None, largest=LARGEST, largest_file=LARGEST_FILE)
        unpacked = _unpacked(data)
    except OSError as error:
        raise UnreadableInput(f"the lookup table cannot be read: {error.strerror or error}", path) from error
    text = _decoded(unpacked, path)
    if text.lstrip().startswith(_JSON):
        return _json(text, path)
    table = parse_csv(text, path)
    if table.width < columns:
        raise NotATableError("not a lookup table: neither JSON nor CSV with at least two columns", path)
    return {_stem(path): table}


def _stem(path: str) -> str:
    return PurePath(path.removesuffix(".gz")).stem


def _unpacked(data: bytes) -> bytes:
    """Return data without compression; raise OSError if it is damaged or too large."""
    if not data.startswith(_GZIP):
        return data
    unpacked = bytearray()
    try:
        with gzip.GzipFile(fileobj=BytesIO(data)) as stream:
            while len(unpacked) <= LARGEST_FILE and (part := stream.read(MB)):
                unpacked += part
    except (EOFError, zlib.error, OSError) as error:
        raise OSError(0, f"damaged gzip: {error}") from None
    if len(unpacked) > LARGEST_FILE:
        raise OSError(0, f"larger than {LARGEST_FILE // MB:,} MB after decompression")
    return bytes(unpacked)


def _decoded(data: bytes, path: str) -> str:
    """Return text in UTF-8, or in UTF-16 with its mark, as Windows writes what is redirected to a file."""
    if data.startswith((BOM_UTF16_LE, BOM_UTF16_BE)):
        try:
            return data.decode("utf-16")
        except UnicodeDecodeError:
            raise NotATableError("the lookup table is not UTF-16 text, although it begins like it", path) from None
    try:
        return decode(data, path)
    except OSError as error:
        raise NotATableError(f"the lookup table cannot be read: {error.strerror}", path) from error


def _json(text: str, path: str) -> Mapping[str, Source]:
    try:
        return {
            name: _with_list(table, path) if name == PREFIX_LISTS else table for name, table in tables_in(text).items()
        }
    except UnknownDocumentError as error:
        raise NotATableError(f"not a lookup table: {error}", path) from error
    except ValueError as error:
        raise UnreadableInput(f"the lookup table cannot be read: {error}", path) from error


def _with_list(entries: pl.DataFrame, path: str) -> pl.DataFrame:
    """Return entries of prefix lists, with the list that the file is named after where its content names none."""
    found = _LIST.search(PurePath(path).name)
    if found is None and entries["prefix_list_id"].null_count():
        raise NotATableError(
            "entries of a prefix list without its id: name the file after the list, such as pl-0123456789abcdef0.json",
            path,
        )
    return entries.with_columns(pl.col("prefix_list_id").fill_null(found[0])) if found else entries


def parse_csv(text: str, path: str) -> pl.DataFrame:
    """Return the table of a CSV text with a header, every column ``String``.

    Raises:
        UnreadableInput: the text is not valid, or has two columns with one name.
    """
    try:
        frame = pl.read_csv(text.encode(), infer_schema=False, raise_if_empty=True)
    except pl.exceptions.PolarsError as error:
        message = f"the lookup table is not a valid CSV file with a header: {_reason(error)}"
        raise NotATableError(message, path) from error
    names = _header(text, path)
    for name in names:
        if names.count(name) > 1:
            raise UnreadableInput(f"the lookup table has two columns {name!r}", path, 1)
    return frame


def _header(text: str, path: str) -> list[str]:
    """Return the names in the header, of which Polars renames the second of a pair."""
    try:
        return next(csv.reader(StringIO(text)))
    except csv.Error as error:
        raise NotATableError(f"the header of the lookup table is not valid CSV: {error}", path, 1) from error


def _reason(error: pl.exceptions.PolarsError) -> str:
    return next(iter(str(error).strip().splitlines()), "it cannot be read").rstrip(".:")
