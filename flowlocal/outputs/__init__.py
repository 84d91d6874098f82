"""The forms in which a result is written, one module each.

A module of this package whose name has no leading underscore is a format: it holds ``FORMAT``, a ``Format``
of the same name. Adding such a module is all that a new format takes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import import_module
from pathlib import PurePath
from pkgutil import iter_modules
from typing import TYPE_CHECKING, BinaryIO

if TYPE_CHECKING:
    from flowlocal.result import Result


@dataclass(frozen=True)
class Sink:
    """Where a result goes.

    Attributes:
        stream: takes the bytes; text is UTF-8.
        terminal: is a person looking at it?
        color: are colours wanted? Only ever true on a terminal, or by force.
        width: columns of the terminal; None for as wide as the result needs.
    """

    stream: BinaryIO
    terminal: bool = False
    color: bool = False
    width: int | None = None

    def write(self, text: str) -> None:
        """Write text as UTF-8; a lone surrogate, as names of files have for bytes that are not UTF-8, as an escape."""
        self.stream.write(text.encode(errors="backslashreplace"))


@dataclass(frozen=True)
class Format:
    """A form in which a result is written.

    Attributes:
        name: what ``--format`` calls it.
        summary: what it is good for, in a few words.
        write: writes a result to a sink.
        suffixes: of files that are in this format, so that ``--output`` can tell.
        binary: is it unfit for a terminal?
    """

    name: str
    summary: str
    write: Callable[[Result, Sink], None]
    suffixes: tuple[str, ...] = ()
    binary: bool = False


def names() -> list[str]:
    """The names of all formats; imports none of them."""
    return sorted(module.name for module in iter_modules(__path__) if not module.name.startswith("_"))


def find(name: str) -> Format:
    """The format of that name.

    Raises:
        KeyError: there is none.
    """
    if name not in names():
        raise KeyError(name)
    found = import_module(f"{__name__}.{name}").FORMAT
    assert isinstance(found, Format)  # noqa: S101 - the contract of this package's modules
    return found


def for_file(path: str) -> Format | None:
    """The format that a file's suffix asks for, where it asks for one."""
    suffix = PurePath(path).suffix.lower()
    return next((form for form in every() if suffix in form.suffixes), None)


def every() -> Iterator[Format]:
    """All formats by name."""
    return (find(name) for name in names())
