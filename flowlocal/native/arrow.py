"""The Arrow C data interface: how columns go from the library to Polars and back."""

from __future__ import annotations

import ctypes
from typing import Any

import polars as pl


class _Schema(ctypes.Structure):
    _fields_ = (
        *((name, ctypes.c_void_p) for name in ("format", "name", "metadata")),
        *((name, ctypes.c_int64) for name in ("flags", "n_children")),
        *((name, ctypes.c_void_p) for name in ("children", "dictionary", "release", "private_data")),
    )


class _Array(ctypes.Structure):
    _fields_ = (
        *((name, ctypes.c_int64) for name in ("length", "null_count", "offset", "n_buffers", "n_children")),
        *((name, ctypes.c_void_p) for name in ("buffers", "children", "dictionary", "release", "private_data")),
    )


class Column:
    """A column on its way to Polars (the Arrow PyCapsule interface), which takes its memory over."""

    POINTERS = ctypes.POINTER(_Schema), ctypes.POINTER(_Array)
    """The types of ``pointers``."""

    def __init__(self) -> None:
        self._schema, self._array = _Schema(), _Array()
        self.pointers = ctypes.byref(self._schema), ctypes.byref(self._array)

    def __arrow_c_array__(self, requested_schema: object = None) -> tuple[object, object]:
        return _capsule(self._schema, b"arrow_schema"), _capsule(self._array, b"arrow_array")


class SeriesStream:
    """The chunks of a Series on their way to the library, which leaves them to Polars.

    Attributes:
        address: of the stream; valid as long as this object.
    """

    def __init__(self, series: pl.Series) -> None:
        # Without its name, which could have a NUL character: then Polars ends the process.
        self._kept = series.alias("").__arrow_c_stream__()
        self.address: int = _address_of(self._kept, b"arrow_array_stream")


class FrameStreams:
    """The columns of a frame on their way to the library, each in one chunk.

    Attributes:
        addresses: of the streams, in an array; valid as long as this object.
    """

    def __init__(self, frame: pl.DataFrame) -> None:
        self._kept = [SeriesStream(column.rechunk()) for column in frame]
        self.addresses = (ctypes.c_void_p * len(self._kept))(*(stream.address for stream in self._kept))


def _capsule(structure: ctypes.Structure, name: bytes) -> Any:  # noqa: ANN401 - Python has no type for it
    return _new_capsule(ctypes.addressof(structure), name, None)


_new_capsule = ctypes.PYFUNCTYPE(ctypes.py_object, ctypes.c_void_p, ctypes.c_char_p, ctypes.c_void_p)(
    ("PyCapsule_New", ctypes.pythonapi)
)
_address_of = ctypes.PYFUNCTYPE(ctypes.c_void_p, ctypes.py_object, ctypes.c_char_p)(
    ("PyCapsule_GetPointer", ctypes.pythonapi)
)
