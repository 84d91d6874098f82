"""Runners of tasks: one module for each engine, found by its name.

A module has a context manager ``opened(address)`` that yields a ``TaskRunner`` and ends what it started.
"""

from __future__ import annotations

from contextlib import AbstractContextManager
from importlib import import_module
from pkgutil import iter_modules
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from flowlocal.cluster.protocol import TaskRunner


class ClusterAddress(NamedTuple):
    """Where a cluster is; an engine starts its own if neither is given.

    Attributes:
        master: the URL of its master or scheduler.
        remote: the URL of a Spark Connect server.
    """

    master: str | None = None
    remote: str | None = None


class EngineUnavailable(Exception):
    """An engine that cannot be used, and why.

    Attributes:
        hint: what to do; may be empty.
    """

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint


def engines() -> tuple[str, ...]:
    """Return the names of all engines."""
    return tuple(sorted(module.name for module in iter_modules(__path__)))


def opened(engine: str, address: ClusterAddress) -> AbstractContextManager[TaskRunner]:
    """Return a runner of an engine, as a context manager.

    Raises:
        EngineUnavailable: its package is not installed, or there is no cluster at the address.
    """
    found: AbstractContextManager[TaskRunner] = import_module(f"{__name__}.{engine}").opened(address)
    return found
