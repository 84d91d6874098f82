"""Read the types of columns in the schema that Arrow writes into footers, without Arrow."""

from __future__ import annotations

import binascii
import struct
from collections.abc import Iterator

from msgspec import Struct

from flowlocal.native.parquet import Leaf, NotPlain, PhysicalType

_INTEGER = 2
_TEXTS = (4, 5, 19, 20, 23, 24)
"""Binary and text, with small and large offsets and as views."""


class _Table(Struct, frozen=True):
    """A table of Flatbuffers (https://flatbuffers.dev/internals): its position, and where its fields are."""

    data: bytes
    at: int

    @classmethod
    def root(cls, data: bytes) -> _Table:
        """Return the table that a message begins with."""
        return cls(data, _number("<I", data, 0))

    def field(self, place: int, form: str, default: int = 0) -> int:
        """Return a number in the table."""
        at = self._position(place)
        return default if at is None else _number(form, self.data, at)

    def table(self, place: int) -> _Table:
        """Return a table that the table refers to."""
        return _Table(self.data, self._target(place))

    def tables(self, place: int) -> Iterator[_Table]:
        """Yield the tables of a vector that the table refers to."""
        start = self._target(place)
        for at in range(start + 4, start + 4 + 4 * _number("<I", self.data, start), 4):
            yield _Table(self.data, at + _number("<I", self.data, at))

    def has(self, place: int) -> bool:
        """Return True if the table has a field."""
        return self._position(place) is not None

    def _target(self, place: int) -> int:
        at = self._position(place)
        if at is None:
            raise NotPlain
        return at + _number("<I", self.data, at)

    def _position(self, place: int) -> int | None:
        offsets = self.at - _number("<i", self.data, self.at)
        if 4 + 2 * place >= _number("<H", self.data, offsets):
            return None
        offset = _number("<H", self.data, offsets + 4 + 2 * place)
        return self.at + offset if offset else None


def _number(form: str, data: bytes, at: int) -> int:
    if at < 0:
        raise NotPlain
    try:
        return int(struct.unpack_from(form, data, at)[0])
    except struct.error:
        raise NotPlain from None


def check_types(encoded: bytes, leaves: tuple[Leaf, ...]) -> None:
    """Raise NotPlain if Arrow noted other types than those that the columns are stored in, such as durations."""
    try:
        data = binascii.a2b_base64(encoded)[8:]  # after a mark and a length
    except binascii.Error:
        raise NotPlain from None
    fields = list(_Table.root(data).table(2).tables(1))
    if len(fields) != len(leaves) or not all(map(_is_stored_as, fields, leaves)):
        raise NotPlain


def _is_stored_as(field: _Table, leaf: Leaf) -> bool:
    kind = field.field(2, "<B")
    if field.has(4):  # a dictionary
        return False
    if leaf.type == PhysicalType.BYTE_ARRAY:
        return kind in _TEXTS
    bits = 64 if leaf.type == PhysicalType.INT64 else 32
    return kind == _INTEGER and field.table(3).field(0, "<i") == bits and bool(field.table(3).field(1, "<B"))
