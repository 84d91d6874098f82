"""CloudWatch Logs Insights over VPC flow logs, offline.

The names below are loaded when they are first used: ``import flowlocal`` alone costs nothing and does not
import Polars.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

    from flowlocal import spark as spark
    from flowlocal.api import Logs, query, scan
    from flowlocal.events import UnreadableInput
    from flowlocal.language.errors import MalformedQuery
    from flowlocal.result import Result

__all__ = ["Logs", "MalformedQuery", "Result", "UnreadableInput", "__version__", "query", "scan"]

_HOMES = {
    "Logs": "flowlocal.api",
    "MalformedQuery": "flowlocal.language.errors",
    "Result": "flowlocal.result",
    "UnreadableInput": "flowlocal.events",
    "query": "flowlocal.api",
    "scan": "flowlocal.api",
}
_MODULES = ("aws", "namespace", "spark")
"""Public modules, which are imported when they are first used."""


def __getattr__(name: str) -> object:
    if name == "__version__":
        return import_module("importlib.metadata").version("flowlocal")
    if name in _MODULES:
        return import_module(f"flowlocal.{name}")
    if name not in _HOMES:
        raise AttributeError(f"module 'flowlocal' has no attribute {name!r}")
    value = getattr(import_module(_HOMES[name]), name)
    globals()[name] = value
    return value


def load_ipython_extension(shell: InteractiveShell) -> None:
    """Load the extension of ``%load_ext flowlocal``: ``%insights``, ``%%insights`` and the Polars namespace.

    Args:
        shell: the shell of IPython that loads it.

    >>> from IPython.core.interactiveshell import InteractiveShell
    >>> shell = InteractiveShell.instance()
    >>> shell.run_line_magic("load_ext", "flowlocal")
    >>> shell.run_cell_magic("insights", "flow.log --limit 1", "fields srcAddr").rows
    [{'srcAddr': '203.0.113.7'}]
    """
    from flowlocal.extras import needed_for  # noqa: PLC0415 - only notebooks pay for it

    with needed_for("%load_ext flowlocal", "notebook"):
        magic = import_module("flowlocal.notebook.magic")
    magic.load(shell)


def __dir__() -> list[str]:
    return sorted([*__all__, *_MODULES, "load_ipython_extension"])
