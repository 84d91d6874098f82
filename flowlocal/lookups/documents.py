"""JSON documents as tables: the outputs of ``aws ec2 describe-…``, ip-ranges.json, and resolver query logs."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any

import polars as pl

from flowlocal.lookups.kinds import BY_KEY, BY_NAME, Kind
from flowlocal.lookups.permissions import COLUMNS as PERMISSION_COLUMNS
from flowlocal.lookups.permissions import KEY as SECURITY_GROUPS
from flowlocal.lookups.permissions import PERMISSIONS, permissions_of
from flowlocal.tables import ip_ranges

IP_RANGES, RESOLVER_NAMES, PREFIX_LISTS = "ip_ranges", "resolver_names", "prefix_lists"
NAME_TAG = "tag.Name"
"""The column that all tables of ``aws ec2 describe-…`` have, so that queries can rely on it."""
_RESOLVER_COLUMNS = ("address", "name", "vpc_id", "account", "region")
_FIXED = {
    IP_RANGES: ip_ranges.COLUMNS,
    RESOLVER_NAMES: _RESOLVER_COLUMNS,
    PERMISSIONS: PERMISSION_COLUMNS,
}
_WHITE = " \t\r\n\x1e"
_DECODER = json.JSONDecoder()

Cells = dict[str, str]


class UnknownDocumentError(ValueError):
    """JSON that is not one of the tables."""


def tables_in(text: str) -> dict[str, pl.DataFrame]:
    """Return the tables that a text of one or several JSON documents has, by name, every column ``String``.

    Args:
        text: documents one after the other, such as the pages of a command, or one a line, or a list of them.

    Raises:
        ValueError: it is not valid JSON, has none of the tables, or an item of a table is damaged.
    """
    found: dict[str, list[Cells]] = {}
    unknown: dict[str, None] = {}
    for document in _documents(text):
        named = list(_rows(document))
        for name, rows in named:
            found.setdefault(name, []).extend(rows)
        if not named:
            unknown[_keys(document)] = None
    if unknown:
        raise UnknownDocumentError(f"JSON with {next(iter(unknown))}: expected {_expected()}")
    return {name: _frame(name, rows) for name, rows in found.items()}


def _documents(text: str) -> Iterator[Any]:
    """Yield the documents of a text; those of a list one by one."""
    position, end = _skip(text, 0), len(text)
    if position == end:
        raise ValueError("empty")
    while position < end:
        try:
            document, position = _DECODER.raw_decode(text, position)
        except json.JSONDecodeError as error:
            what = "the JSON is cut off" if not text[error.pos :].strip(_WHITE) else "invalid JSON"
            raise ValueError(f"{what} at line {error.lineno}: {error.msg}") from None
        except RecursionError:
            raise ValueError("the JSON is nested too deeply") from None
        yield from document if isinstance(document, list) and document else [document]
        position = _skip(text, position)


def _skip(text: str, position: int) -> int:
    while position < len(text) and text[position] in _WHITE:
        position += 1
    return position


def _rows(document: Any) -> Iterator[tuple[str, Iterable[Cells]]]:  # noqa: ANN401 - JSON
    """Yield the tables of a document with their rows."""
    if not isinstance(document, dict):
        return
    for key, kind in BY_KEY.items():
        if isinstance(document.get(key), list):
            yield kind.name, list(_described(document, kind))  # checked before other tables are made of its items
            if key == SECURITY_GROUPS:
                yield PERMISSIONS, permissions_of(document)
    if isinstance(entries := document.get("Entries"), list) and all(texts(each, "Cidr") for each in entries):
        yield PREFIX_LISTS, [{"cidr": str(each["Cidr"])} for each in entries]
    elif "prefixes" in document:
        yield IP_RANGES, ip_ranges.rows(document)
    elif "query_name" in document:
        yield RESOLVER_NAMES, _resolved(document)


def _described(document: dict[str, Any], kind: Kind) -> Iterator[Cells]:
    for number, item in enumerate(_at(document, kind.items)):
        if not isinstance(item, dict) or not texts(item, kind.identity):
            raise ValueError(f"item {number + 1} of {kind.key} has no {kind.identity}")
        cells = {name: " ".join(texts(item, path)) for name, path in kind.columns.items()}
        cells |= {f"tag.{key}": value for key, value in _tags(item.get(kind.tags))}
        yield from _spread(item, kind, cells)


def _spread(item: dict[str, Any], kind: Kind, cells: Cells) -> Iterator[Cells]:
    """Yield the rows of an item: one for each value of the column that is spread, and one if it has none."""
    found = [(value, each) for each, path in kind.values.items() for value in texts(item, path)]
    if not found:
        yield cells
    for value, each in found:
        yield {kind.spread: value, **({f"{kind.spread}_kind": each} if len(kind.values) > 1 else {}), **cells}


def _tags(tags: Any) -> Iterator[tuple[str, str]]:  # noqa: ANN401 - JSON
    for tag in tags if isinstance(tags, list) else ():
        if isinstance(tag, dict) and isinstance(tag.get("Key"), str):
            yield tag["Key"], str(tag.get("Value", ""))


def _resolved(query: dict[str, Any]) -> Iterator[Cells]:
    """Yield a row for each address that a query of the resolver was answered with."""
    name = str(query["query_name"]).removesuffix(".")
    members = {"vpc_id": "vpc_id", "account": "account_id", "region": "region"}
    place = {column: _text(query.get(member)) or "" for column, member in members.items()}
    for answer in query.get("answers") or ():
        if isinstance(answer, dict) and answer.get("Type") in {"A", "AAAA"}:
            yield {"address": str(answer.get("Rdata", "")), "name": name, **place}


def texts(item: Any, path: str) -> list[str]:  # noqa: ANN401 - JSON
    """Return the distinct values at a path, as text; of alternatives the first that has any."""
    for each in path.split("|"):
        found = dict.fromkeys(text for value in _at(item, each) if (text := _text(value)))
        if found:
            return list(found)
    return []


def _at(item: Any, path: str) -> Iterator[Any]:  # noqa: ANN401 - JSON
    """Yield the values at a path."""
    name, _, rest = path.partition(".")
    value = item.get(name.removesuffix("[]")) if isinstance(item, dict) else None
    values = (value if isinstance(value, list) else ()) if name.endswith("[]") else (value,)
    for each in values:
        if rest:
            yield from _at(each, rest)
        else:
            yield each


def _text(value: Any) -> str | None:  # noqa: ANN401 - JSON
    """Return a scalar as text; None for anything else."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, str | int | float) else None


def _frame(name: str, rows: list[Cells]) -> pl.DataFrame:
    """Return rows as a table without duplicates, with the declared columns first, then ``NAME_TAG``."""
    columns = dict.fromkeys((*columns_of(name), *((NAME_TAG,) if name in BY_NAME else ())))
    for row in rows:
        columns.update(dict.fromkeys(row))
    data = {column: [row.get(column) or None for row in rows] for column in columns}
    return pl.DataFrame(data, schema=dict.fromkeys(columns, pl.String())).unique(maintain_order=True)


def columns_of(name: str) -> tuple[str, ...]:
    """Return the columns that a table of JSON documents always has."""
    return _FIXED[name] if name in _FIXED else BY_NAME[name].names


def is_described(name: str) -> bool:
    """Return True if a table has this name because of its content."""
    return name in _FIXED or name in BY_NAME


def _keys(document: Any) -> str:  # noqa: ANN401 - JSON
    if not isinstance(document, dict):
        return f"a value that is not an object ({type(document).__name__})"
    return f"the members {', '.join(map(repr, list(document)[:3]))}" if document else "no members"


def _expected() -> str:
    return "the output of `aws ec2 describe-…` as JSON, ip-ranges.json, or resolver query logs"
