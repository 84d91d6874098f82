"""The shapes in which logs come, one module each; whichever first knows a file opens it.

A shape is a function marked with :func:`shape`; modules in this folder are found by being there.
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
    """A registered shape.

    Attributes:
        name: for the user.
        order: shapes of lower order are asked first.
        detect: opens a file, or gives None where it is of another shape.
    """

    name: str
    order: int
    detect: Detect


_SHAPES: list[Shape] = []


def shape(name: str, order: int) -> Callable[[Detect], Detect]:
    """Register a shape.

    Args:
        name: for the user.
        order: shapes of lower order are asked first.
    """

    def register(detect: Detect) -> Detect:
        _SHAPES.append(Shape(name, order, detect))
        return detect

    return register


@cache
def shapes() -> tuple[Shape, ...]:
    """All shapes in the order in which they are asked."""
    for module in pkgutil.iter_modules(__path__):
        importlib.import_module(f"{__name__}.{module.name}")
    return tuple(sorted(_SHAPES, key=lambda shape: shape.order))


def open_shape(file: Sniffed, options: Options) -> Opened | None:
    """Open a file by the first shape that knows it; None where it holds no log."""
    for each in shapes():
        opened = each.detect(file, options)
        if opened is not None:
            return opened
    return None
