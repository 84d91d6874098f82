"""Optional dependencies: what to say if a package of an extra is not installed."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

_TOOLS = {
    "pipx_metadata.json": "pipx install --force 'flowlocal[{}]'",
    "uv-receipt.toml": "uv tool install 'flowlocal[{}]'",
}
"""Commands that install an extra where a tool has installed flowlocal, by the file that it leaves there."""


class MissingExtra(ImportError):
    """A package of an extra is not installed; the message has the one command that installs it."""

    def __init__(self, lack: str, advice: str) -> None:
        super().__init__(f"{lack}; {advice}")


def install(extra: str) -> str:
    """Return the command that installs an extra."""
    commands = (command for file, command in _TOOLS.items() if Path(sys.prefix, file).exists())
    return next(commands, "pip install 'flowlocal[{}]'").format(extra)


@contextmanager
def needed_for(purpose: str, extra: str, refuse: Callable[[str, str], Exception] = MissingExtra) -> Iterator[None]:
    """Import packages of an extra; if one is not installed, say so.

    Args:
        purpose: what needs them, as the subject of a sentence.
        extra: the extra.
        refuse: makes the error of what is missing and what to do (default: ``MissingExtra``).

    Raises:
        Exception: that error.
    """
    try:
        yield
    except ImportError as error:
        package = (error.name or extra).partition(".")[0]
        raise refuse(f"{purpose} needs the package {package}", f"install it with: {install(extra)}") from error
