"""Output formats of a result, one module each.

A module of this package whose name has no leading underscore is a format: it contains ``FORMAT``, a ``Format``
of the same name. A new format needs nothing but such a module.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from importlib import import_module
from pathlib import PurePath
from pkgutil import iter_modules
from types import MappingProxyType
from typing import TYPE_CHECKING, BinaryIO, NamedTuple

from flowlocal.sizes import Unit

if TYPE_CHECKING:
    from flowlocal.result import Result


class TableView(NamedTuple):
    """How people want to see a table.

    Attributes:
        every_row: True for all rows; False for the first and the last ones on a terminal, if there are many.
        wide: True for one line per row, however long.
        vertical: True for one block per row, with one line per field.
        units: units of columns by name, whose numbers are also shown as people write them.
        more: how to see the other rows, in words.
        optional: patterns of columns that a narrow terminal leaves out, the least needed first.
    """

    every_row: bool = False
    wide: bool = False
    vertical: bool = False
    units: Mapping[str, Unit] = MappingProxyType({})
    more: str = "use --all, --output FILE"
    optional: Sequence[str] = ()


class Sink(NamedTuple):
    """The destination of a result.

    Attributes:
        stream: receives the bytes; text is UTF-8.
        terminal: True if it is a terminal.
        color: True if colours are wanted, either on a terminal or because they are forced.
        width: columns of the terminal; None for as wide as the result needs.
        height: lines of the terminal.
        view: how a table is shown.
    """

    stream: BinaryIO
    terminal: bool = False
    color: bool = False
    width: int | None = None
    height: int = 0
    view: TableView = TableView()

    def write(self, text: str) -> None:
        """Write text as UTF-8, and lone surrogates, as in names of files that are not UTF-8, as escapes."""
        self.stream.write(text.encode(errors="backslashreplace"))


class Format(NamedTuple):
    """A format of results.

    Attributes:
        name: the value of ``--format``.
        summary: its purpose, in a few words.
        write: writes a result to a sink.
        suffixes: suffixes of files in this format, from which ``--output`` infers it.
        binary: True if it is not suitable for a terminal.
    """

    name: str
    summary: str
    write: Callable[[Result, Sink], None]
    suffixes: tuple[str, ...] = ()
    binary: bool = False


def names() -> list[str]:
    """Return the names of all formats without importing them."""
    return sorted(module.name for module in iter_modules(__path__) if not module.name.startswith("_"))


def find(name: str) -> Format:
    """Return the format of that name.

    Raises:
        KeyError: there is no such format.
    """
    if name not in names():
        raise KeyError(name)
    found = import_module(f"{__name__}.{name}").FORMAT
    assert isinstance(found, Format)  # noqa: S101 - the contract of this package's modules
    return found


def for_file(path: str) -> Format | None:
    """Return the format of a file's suffix; None if no format has it."""
    suffix = PurePath(path).suffix.lower()
    return next((form for form in every() if suffix in form.suffixes), None)


def every() -> Iterator[Format]:
    """Return all formats by name."""
    return (find(name) for name in names())
