"""``%insights`` and ``%%insights``: queries as cells of a notebook."""

from __future__ import annotations

import argparse
import shlex
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from os import PathLike
from typing import TYPE_CHECKING, Any, NoReturn

from IPython.core.error import UsageError

from flowlocal.api import Logs, answer, scan
from flowlocal.charts.model import KINDS, ChartError
from flowlocal.display.picture import Picture
from flowlocal.events import UnreadableInput
from flowlocal.language.errors import MalformedQuery
from flowlocal.notebook import completion
from flowlocal.query_options import QueryOptions
from flowlocal.shell.knowledge import Knowledge
from flowlocal.shell.running import Running
from flowlocal.sources.records.layout import DEFAULT
from flowlocal.sources.records.schema import SYSTEM
from flowlocal.terminal import errors

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

    from flowlocal.result import Result


class InsightsMagic:
    """The magics of a shell, and the logs that were opened last."""

    def __init__(self, shell: InteractiveShell) -> None:
        self._shell = shell
        self._logs: Logs | None = None

    def insights(self, line: str, cell: str | None = None) -> Result | Picture | None:
        """Answer the query in a cell over flow logs; `%insights LOGS` opens logs for the cells that follow.

            %%insights [LOGS...] [--as NAME] [--start TIME] [--end TIME] [--limit N] [--chart KIND]
                       [--names FOLDER [--with-names]]

        LOGS are paths of files and folders, or a variable that holds a path, a list of paths, opened Logs or a Polars
        frame; without them, those that were named last are queried. --as NAME also keeps the result in a variable.
        --chart auto, line, bar, area, pie, heatmap or sankey draws it in place of showing its rows. --log-format FORMAT
        is the layout of custom records. --names FOLDER gives the queries its lookup tables; with --with-names, names
        are shown beside addresses and ids.
        """
        with _plain_errors():
            asked = _parser().parse_args(shlex.split(line))
            if asked.logs:
                self._logs = self._open(asked.logs, asked.log_format)
            if self._logs is None:
                raise UsageError("name the logs: %insights PATH, or %%insights PATH above a query")
            if cell is None:
                print(_found(self._logs))
                return None
            return self._answer(self._logs, cell, asked)

    def known(self, line: str) -> Knowledge:
        """Return the names that are valid in a cell with this line, without opening files.

        The fields are those of logs in a variable, else of the logs that were opened last, else of the default format.
        """
        values = (self._shell.user_ns.get(word) for word in line.split())
        logs = next((found for value in values if (found := _logs_in(value)) is not None), self._logs)
        return Knowledge.of(logs.source.fields, logs.source.aliases) if logs else Knowledge.of(SYSTEM | DEFAULT.fields)

    def _answer(self, logs: Logs, text: str, asked: argparse.Namespace) -> Result | Picture:
        options = QueryOptions.of(
            text,
            start=asked.start,
            end=asked.end,
            limit=asked.limit,
            names=asked.names,
            with_names=asked.with_names,
        )
        run = partial(answer, logs, text, options)
        result = Running(lambda on_bytes: run(on_bytes=on_bytes), lambda _: None).wait()  # can be interrupted
        if asked.name:
            self._shell.user_ns[asked.name] = result
        return result.chart(asked.chart) if asked.chart else result

    def _open(self, named: list[str], log_format: str | None) -> Logs:
        """Open the logs that some words name: variables if there are any of these names, else paths."""
        found: list[str | PathLike[str]] = []
        for word in named:
            value = self._shell.user_ns.get(word, word)
            if (logs := _logs_in(value)) is not None:
                if len(named) > 1:
                    raise UsageError(f"{word} holds logs that are open already; name it alone")
                return logs
            found += _paths_in(word, value)
        return scan(found, log_format=log_format)


def load(shell: InteractiveShell) -> None:
    """Give a shell of IPython the magics, and Polars frames the attribute ``insights``."""
    import flowlocal.namespace  # noqa: F401, PLC0415 - registers itself

    magics: Any = shell.magics_manager  # its method is decorated in a way that hides its type
    magic = InsightsMagic(shell)
    magics.register_function(magic.insights, magic_kind="line_cell", magic_name="insights")
    completion.load(shell, magic.known)


class _Parser(argparse.ArgumentParser):
    """Reads the line of a magic; what is wrong becomes a message, not the end of the process."""

    def error(self, message: str) -> NoReturn:
        """Say what is wrong."""
        raise UsageError(f"{message}; %insights? shows what can be written")


def _parser() -> _Parser:
    parser = _Parser(prog="%%insights", add_help=False)
    parser.add_argument("logs", nargs="*")
    parser.add_argument("--as", dest="name", type=_variable)
    parser.add_argument("--start")
    parser.add_argument("--end")
    parser.add_argument("--limit", type=int)
    parser.add_argument("--chart", choices=["auto", *KINDS])
    parser.add_argument("--log-format")
    parser.add_argument("--names", action="append")
    parser.add_argument("--with-names", action="store_true")
    return parser


def _variable(name: str) -> str:
    if not name.isidentifier():
        raise argparse.ArgumentTypeError(f"{name} is not a valid name for a variable")
    return name


def _logs_in(value: object) -> Logs | None:
    """Return the logs that a variable contains; None if it contains something else."""
    import polars as pl  # noqa: PLC0415

    from flowlocal.namespace import logs_of  # noqa: PLC0415

    if isinstance(value, pl.LazyFrame | pl.DataFrame):
        return logs_of(value)
    return value if isinstance(value, Logs) else None


def _paths_in(word: str, value: object) -> list[str | PathLike[str]]:
    """Return the paths that a variable contains."""
    values = list(value) if isinstance(value, list | tuple | set) else [value]
    paths = [each for each in values if isinstance(each, str | PathLike)]
    if len(paths) < len(values):
        raise UsageError(f"{word} holds neither paths nor logs nor a Polars frame, but {type(value).__name__}")
    return paths


def _found(logs: Logs) -> str:
    """Return a sentence on logs that were opened."""
    source = logs.source
    return f"log group {', '.join(source.log_groups)}, {len(source.fields)} fields: {', '.join(source.fields)}"


@contextmanager
def _plain_errors() -> Iterator[None]:
    """Show what went wrong as text: IPython prints a UsageError without a traceback, and runs no further cells."""
    from flowlocal.language.render import render  # noqa: PLC0415

    try:
        yield
    except MalformedQuery as error:
        raise UsageError(f"\n{render(error, source_name='cell')}") from None
    except UnreadableInput as error:
        raise UsageError(f"\n{errors.unreadable(error)}") from None
    except ChartError as error:
        raise UsageError(error.advice) from None
    except (ValueError, OSError) as error:
        raise UsageError(str(error)) from None
