"""Input formats of logs; the first one that recognises a file opens it.

An input format is a function decorated with :func:`shape`; all modules in this folder are imported.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

from flowlocal.sources.sniffing import Opened, Options, Sniffed

Detect = Callable[[Sniffed, Options], Opened | None]


@dataclass(frozen=True)
class Shape:
    """A registered input format.

    Attributes:
        name: for the user.
        order: formats with a lower order are tried first.
        detect: opens a file, or returns None if it has another format.
    """

    name: str
    order: int
    detect: Detect


_SHAPES: list[Shape] = []


def shape(name: str, order: int) -> Callable[[Detect], Detect]:
    """Register an input format.

    Args:
        name: for the user.
        order: formats with a lower order are tried first.
    """

    def register(detect: Detect) -> Detect:
        _SHAPES.append(Shape(name, order, detect))
        return detect

    return register


@cache
def shapes() -> tuple[Shape, ...]:
    """Return all input formats in the order in which they are tried."""
    for module in pkgutil.iter_modules(__path__):
        importlib.import_module(f"{__name__}.{module.name}")
    return tuple(sorted(_SHAPES, key=lambda shape: shape.order))


def open_shape(file: Sniffed, options: Options) -> Opened | None:
    """Open a file in the first input format that matches; return None if none does."""
    for each in shapes():
        opened = each.detect(file, options)
        if opened is not None:
            return opened
    return None
