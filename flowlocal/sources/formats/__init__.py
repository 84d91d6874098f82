"""Input formats of logs; the first one that recognises a file opens it.

An input format is a function decorated with :func:`input_format`; all modules in this folder are imported.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable
from functools import cache

from msgspec import Struct

from flowlocal.sources.reading.probed_file import OpenedFile, Options, ProbedFile

Detect = Callable[[ProbedFile, Options], OpenedFile | None]


class InputFormat(Struct, frozen=True):
    """A registered input format.

    Attributes:
        name: for the user.
        order: formats with a lower order are tried first.
        detect: opens a file, or returns None if it has another format.
    """

    name: str
    order: int
    detect: Detect


_FORMATS: list[InputFormat] = []


def input_format(name: str, order: int) -> Callable[[Detect], Detect]:
    """Register an input format.

    Args:
        name: for the user.
        order: formats with a lower order are tried first.
    """

    def register(detect: Detect) -> Detect:
        _FORMATS.append(InputFormat(name, order, detect))
        return detect

    return register


@cache
def input_formats() -> tuple[InputFormat, ...]:
    """Return all input formats in the order in which they are tried."""
    for module in pkgutil.iter_modules(__path__):
        importlib.import_module(f"{__name__}.{module.name}")
    return tuple(sorted(_FORMATS, key=lambda each: each.order))


def open_format(file: ProbedFile, options: Options) -> OpenedFile | None:
    """Open a file in the first input format that matches; return None if none does."""
    for each in input_formats():
        opened = each.detect(file, options)
        if opened is not None:
            return opened
    return None
