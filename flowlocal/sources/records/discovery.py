"""Discovered fields of logs other than flow logs: keys of JSON messages, and values of Lambda's platform lines.

Discovery of JSON and Lambda fields is documented ("Supported logs and discovered fields"); units and the
printing of Lambda's numbers are recorded.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator
from itertools import islice
from typing import Any

import polars as pl
from msgspec import Struct

from flowlocal.events import RECORD, ROW, Field
from flowlocal.sources.records.text_columns import text_column
from flowlocal.values.document import clean
from flowlocal.values.kinds import FieldKind

FIELDS_OF_AN_EVENT = 200
"""Maximum number of fields discovered in a JSON event."""
FIELDS_IN_ALL = 1000
"""Maximum number of distinct names over all events, so that generated keys cannot exhaust memory."""
_MEGABYTE = 1_000_000
_PLATFORM = r"^(START|END|REPORT) RequestId: (\S+)"
_MILLISECONDS = {"@duration": "Duration", "@billedDuration": "Billed Duration", "@initDuration": "Init Duration"}
_MEGABYTES = {"@memorySize": "Memory Size", "@maxMemoryUsed": "Max Memory Used"}
_TEXTS = ("@type", "@requestId")
_DECODER = json.JSONDecoder(parse_int=str, parse_float=str, parse_constant=str)


class Discovery(Struct, frozen=True):
    """The fields discovered in messages.

    Attributes:
        keys: names of JSON keys, dotted for nested ones, in order of first appearance.
        platform: True if there were platform lines of Lambda.
    """

    keys: tuple[str, ...] = ()
    platform: bool = False

    @property
    def fields(self) -> dict[str, Field]:
        """The discovered fields."""
        lambda_fields = {name: Field(name, FieldKind.TEXT) for name in _TEXTS if self.platform}
        for name in (*_MILLISECONDS, *_MEGABYTES) if self.platform else ():
            lambda_fields[name] = Field(name, FieldKind.DOUBLE)
        return lambda_fields | {name: Field(name, FieldKind.TEXT, json=True) for name in self.keys}

    def columns(self, messages: pl.Series, wanted: Collection[str]) -> list[pl.Series]:
        """Return the requested columns that are discovered fields."""
        return [*self._of_platform(messages, wanted), *self._of_json(messages, wanted)]

    def _of_platform(self, messages: pl.Series, wanted: Collection[str]) -> list[pl.Series]:
        names = [name for name in self.fields if name in wanted and name not in self.keys]
        if not names:
            return []
        message = pl.col(messages.name)
        return messages.to_frame().select(_platform_field(message, name).alias(name) for name in names).get_columns()

    def _of_json(self, messages: pl.Series, wanted: Collection[str]) -> list[pl.Series]:
        names = [name for name in self.keys if name in wanted]
        if not names:
            return []
        rows = [flattened(message, anywhere=self.platform) for message in messages]
        return [text_column(name, [row.get(name) for row in rows]) for name in names]


NOTHING_DISCOVERED = Discovery()
"""No fields were discovered."""


def discover(messages: Iterable[str]) -> Discovery:
    """Discover the fields of messages."""
    keys: dict[str, None] = {}
    platform = False
    for message in messages:
        platform = platform or message.startswith(("START RequestId: ", "END RequestId: ", "REPORT RequestId: "))
        if len(keys) < FIELDS_IN_ALL:
            keys |= dict.fromkeys(flattened(message, anywhere=platform))
    return Discovery(tuple(islice(keys, FIELDS_IN_ALL)), platform)


def flattened(message: str, *, anywhere: bool = False) -> dict[str, str]:
    """Return the fields of a JSON message by dotted name; empty if it is not a JSON object.

    Values are the text in the log; ``true`` and ``false`` are 1 and 0 (decided), ``null`` is missing.

    Args:
        message: the text of an event.
        anywhere: take the first JSON object at any position, as for Lambda's logs.
    """
    start = message.find("{")
    if start < 0 or (not anywhere and message[:start].strip()):
        return {}
    try:
        value, end = _DECODER.raw_decode(message, start)
    except (ValueError, RecursionError):
        return {}
    if not anywhere and message[end:].strip():
        return {}
    fields = dict(islice(_leaves("", value), FIELDS_OF_AN_EVENT))
    return {_named(name): text for name, text in fields.items()} if "\\u" in message else fields


def _named(name: str) -> str:
    """Return a name for a key: Arrow's names are valid text without NUL."""
    return clean(name).replace("\0", "\ufffd")


def _leaves(name: str, value: Any) -> Iterator[tuple[str, str]]:  # noqa: ANN401 - any JSON value
    stack: list[tuple[str, Any]] = [(name, value)]
    while stack:
        name, value = stack.pop()
        children = _children(value)
        if children is not None:
            prefix = f"{name}." if name else ""
            stack.extend(reversed([(prefix + _key(key, prefix), child) for key, child in children]))
        elif value is not None and name not in (ROW, RECORD):
            yield name, _text(value)


def _children(value: Any) -> list[tuple[str, Any]] | None:  # noqa: ANN401 - any JSON value
    if isinstance(value, dict):
        return list(value.items())
    if isinstance(value, list):
        return [(str(index), child) for index, child in enumerate(value[:FIELDS_OF_AN_EVENT])]
    return None


def _key(key: str, prefix: str) -> str:
    """Return the name of a key; a top-level key with ``@``, reserved for the service, gets another (documented)."""
    return f"@{key}" if key.startswith("@") and not prefix else key


def _text(value: str | bool) -> str:
    return value if isinstance(value, str) else str(int(value))


def _platform_field(message: pl.Expr, name: str) -> pl.Expr:
    if name in _TEXTS:
        return message.str.extract(_PLATFORM, _TEXTS.index(name) + 1)
    report = pl.when(message.str.starts_with("REPORT RequestId: ")).then(message)
    if name in _MILLISECONDS:
        return report.str.extract(rf"\t{_MILLISECONDS[name]}: ([0-9.]+) ms").cast(pl.Float64, strict=False)
    megabytes = report.str.extract(rf"\t{_MEGABYTES[name]}: ([0-9.]+) MB")
    return megabytes.cast(pl.Float64, strict=False) * _MEGABYTE
