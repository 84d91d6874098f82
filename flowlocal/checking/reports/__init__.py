"""Report formats: one module each, found by its presence, whose ``write`` turns findings into text."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from pkgutil import iter_modules
from typing import TYPE_CHECKING

from flowlocal.github import inert

if TYPE_CHECKING:
    from flowlocal.checking.finding import Finding
    from flowlocal.checking.source import Host


@dataclass(frozen=True)
class CheckReport:
    """The findings and the files that were checked.

    Attributes:
        findings: by place.
        hosts: the files, by path.
        queries: number of queries checked.
        color: True if colours are wanted.
    """

    findings: Sequence[Finding]
    hosts: dict[str, Host] = field(default_factory=dict)
    queries: int = 0
    color: bool = False


Writer = Callable[[CheckReport], str]


def names() -> list[str]:
    """Return the names of all formats."""
    return sorted(module.name for module in iter_modules(__path__))


def writer(name: str) -> Writer:
    """Return the writer of a format; only ``github`` writes workflow commands."""
    write: Writer = import_module(f"{__name__}.{name}").write
    return write if name == "github" else lambda report: inert(write(report))
