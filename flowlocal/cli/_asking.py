"""The query of a command line: an argument or a file."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import click
from click.shell_completion import CompletionItem

from flowlocal.cli import _defaults, _mistakes, _options
from flowlocal.small_files import OUTSIDE, is_inside, read_stream, read_text

_COOKBOOK = "cookbook:"


class Asking(NamedTuple):
    """A query, its source as error messages name it, their addition, and the folder of its file."""

    text: str
    source: str = "query"
    hint: str = ""
    folder: Path | None = None

    @property
    def tables(self) -> dict[str, str]:
        """The CSV files beside the query file, by their stems."""
        return {path.stem: str(_held(path) if path.stem in self.text else path) for path in self._beside("*.csv")}

    @property
    def saved(self) -> dict[str, str]:
        """The saved queries of the configuration, and those beside the query file, by their stems.

        Only the texts of those that the query names are read; the others are empty: their names serve as suggestions.
        """
        if "$" not in self.text:
            return {}
        from flowlocal.language.invocations import invoked  # noqa: PLC0415 - not for --help

        found, named = [*_saved_files(_defaults.queries()), *self._beside("*.insights")], invoked(self.text)
        return {path.stem: _read_query(str(_held(path))) if path.stem in named else "" for path in found}

    def check(self, parameters: Iterable[str]) -> None:
        """Refuse parameters that the query does not have: they are misspelt."""
        for name in parameters:
            if not re.search(r"\{\{\s*" + re.escape(name) + r"\s*\}\}", self.text):
                raise click.BadParameter(f"the query has no {{{{{name}}}}}", param_hint="'-p'")

    def _beside(self, pattern: str) -> list[Path]:
        return _files(self.folder, pattern) if self.folder else []


def split(arguments: Sequence[str], query_file: str | None) -> tuple[Asking, list[str]]:
    """Separate the query from the paths, as grep and jq do."""
    if query_file is not None and query_file.startswith(_COOKBOOK):
        return Asking(_shipped(query_file.removeprefix(_COOKBOOK)), query_file), list(arguments)
    if query_file is not None:
        query_file = _saved(query_file)
        folder = None if query_file == "-" else Path(query_file).parent
        return Asking(_read_query(query_file), query_file, folder=folder), list(arguments)
    if not arguments:
        raise click.UsageError("give a QUERY, or -f FILE to read one")
    text, *paths = arguments
    text = _options.utf8(text)
    _mistakes.check_arguments(text, paths)
    hint = f"{text} is a path; the query comes before the paths" if _mistakes.is_path(text) else ""
    return Asking(text, hint=hint), paths


def _shipped(name: str) -> str:
    from flowlocal import cookbook  # noqa: PLC0415 - only if one is named

    try:
        return cookbook.recipe(name).query
    except LookupError as error:
        raise click.UsageError(str(error)) from error


def complete(context: click.Context, parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Complete the option ``-f``: the queries of the cookbook after ``cookbook:``, else files."""
    if not incomplete.startswith(_COOKBOOK):
        shipped = [CompletionItem(_COOKBOOK)] if incomplete and _COOKBOOK.startswith(incomplete) else []
        return shipped or _options.files(context, parameter, incomplete)
    from flowlocal import cookbook  # noqa: PLC0415 - only if one is wanted

    found = {_COOKBOOK + each.name: each.title for each in cookbook.recipes().values()}
    return [CompletionItem(name, help=title) for name, title in found.items() if name.startswith(incomplete)]


query_file: Callable[[Any], Any] = click.option(
    "-f",
    "--file",
    "query_file",
    shell_complete=complete,
    metavar="FILE",
    help="Read the query from FILE or cookbook:NAME; every argument is then a PATH.",
)


def _saved(name: str) -> str:
    """Return a query file; a name that is not a file can be that of a saved query of the configuration."""
    if name == "-" or _mistakes.is_path(name):
        return name
    found = (path for path in _saved_files(_defaults.queries()) if name in {path.stem, path.name})
    return next((str(_held(path)) for path in found), name)


def _saved_files(folder: Path | None) -> list[Path]:
    return _files(folder, "*.insights") if folder else []


def _files(folder: Path, pattern: str) -> list[Path]:
    """Return the regular files of a folder: reading a pipe would wait for a writer."""
    return sorted(path for path in folder.glob(pattern) if path.is_file())


def _held(path: Path) -> Path:
    """Return a file that was found in a folder; refuse one that a link leads out of it."""
    if not is_inside(path, [path.parent]):
        raise click.UsageError(f"{path} is {OUTSIDE}: replace the link by a copy of the file")
    return path


def _read_query(file: str) -> str:
    try:
        return read_stream(sys.stdin.buffer, file) if file == "-" else read_text(file, streams=True)
    except FileNotFoundError as error:
        raise click.UsageError(_lost(file)) from error
    except OSError as error:
        raise click.UsageError(f"cannot read the query file {file}: {error.strerror}") from error


def _lost(file: str) -> str:
    """Return the message for a query file that does not exist, with the folders that were searched."""
    beside = Path(file).parent
    folders = [beside if beside.is_dir() else Path(), *filter(None, [_defaults.queries()])]
    places = ["the current folder" if str(folder) == "." else str(folder) for folder in folders]
    return _mistakes.lost_query_file(
        file, places, [path.stem for folder in folders for path in _files(folder, "*.insights")]
    )
