"""Optional dependencies: what to say if a package of an extra is not installed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager


class MissingExtra(ImportError):
    """A package of an extra is not installed; the message has the one command that installs it."""


def install(extra: str) -> str:
    """Return the command that installs an extra."""
    return f"pip install 'flowlocal[{extra}]'"


def missing(purpose: str, package: str, extra: str) -> str:
    """Return the message for a package that is not installed.

    Args:
        purpose: what needs it, as the subject of a sentence.
        package: the package.
        extra: the extra that has it.
    """
    return f"{purpose} needs the package {package}; install it with: {install(extra)}"


@contextmanager
def needed_for(purpose: str, extra: str) -> Iterator[None]:
    """Import packages of an extra, for something with a name.

    Raises:
        MissingExtra: one of them is not installed.
    """
    try:
        yield
    except ImportError as error:
        raise MissingExtra(missing(purpose, error.name or extra, extra), name=error.name) from error
