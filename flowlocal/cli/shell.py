"""``flowlocal shell``: a prompt over logs that are opened once."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import click

from flowlocal.cli import _defaults, _history, _names, _options, _saved_queries
from flowlocal.extras import needed_for
from flowlocal.small_files import LARGEST
from flowlocal.terminal import delivery, memory, screen

if TYPE_CHECKING:
    from flowlocal.shell.session import Session

_INTERRUPTED = 130


@click.command(name="shell", short_help="Run queries over flow logs at a prompt, with completion and history.")
@click.argument("paths", nargs=-1, shell_complete=_options.files, metavar="PATH...")
@_options.output_format
@_options.time_range
@_options.reading
@_options.table()
@_options.names
@_options.with_names
@_saved_queries.option("the queries of `save` and `load`")
@_history.option
@click.option("--no-pager", is_flag=True, help="Print long results without a pager.")
@memory.option
@_options.no_color
def command(  # noqa: PLR0917 - click passes them by name
    paths: tuple[str, ...],
    form: str | None,
    queries: Path | None,
    history: Path | None,
    no_pager: bool,
    no_color: bool,
    **asked: Any,  # noqa: ANN401 - the shared options, as click names them
) -> int:
    """Open the flow logs in each PATH and run queries over them as they are typed.

    At the prompt, Tab completes, Enter runs the query if it is finished, Alt-Enter begins a new line, `help` lists the
    commands. If standard input is not a terminal, the queries in it are run one after the other.

    \b
    Examples:
      flowlocal shell logs/
      flowlocal shell logs/ --queries ~/insights --start -24h
      printf 'stats count(*) by action\\nlimit 1\\n' | flowlocal shell logs/
    """  # noqa: D301 - \b is click's mark for text that keeps its lines
    sources = _sources(paths)
    person = screen.terminal(sys.stdin) and screen.terminal(sys.stdout)
    if person:
        with needed_for("the shell", "shell"):
            import prompt_toolkit  # noqa: F401, PLC0415 - an extra
    session = _open(sources, asked, queries, form, person=person, color=not no_color)
    session.display.paging = not no_pager
    if person:
        _converse(session, history)
        return 0
    return _answer_piped(session)


def _sources(paths: tuple[str, ...]) -> _options.Paths:
    if "-" in paths:
        raise click.UsageError("the shell reads queries from standard input; name files to read logs from")
    return _options.sources(paths, stdin_is_terminal=True)


def _open(
    paths: _options.Paths, asked: dict[str, Any], queries: Path | None, form: str | None, *, person: bool, color: bool
) -> Session:
    from flowlocal import api  # noqa: PLC0415 - loads Polars
    from flowlocal.shell.display import ShellDisplay  # noqa: PLC0415
    from flowlocal.shell.knowledge import Knowledge  # noqa: PLC0415
    from flowlocal.shell.saved import SavedQueries  # noqa: PLC0415
    from flowlocal.shell.session import Session  # noqa: PLC0415

    _options.check_range(asked["start"], asked["end"])
    chosen = delivery.choose(form, None)
    logs = api.scan(paths, **_options.opening(asked))
    return Session(
        logs,
        Knowledge.of(logs.source.fields, logs.source.aliases),
        ShellDisplay(person, screen.color(sys.stdout, color)),
        SavedQueries(_saved_queries.folder_of(queries)),
        chosen,
        start=asked["start"] and asked["start"].isoformat(),
        end=asked["end"] and asked["end"].isoformat(),
        tables=_defaults.tables() | asked["tables"],
        names=_names.load(asked, "lookup"),
        with_names=asked["with_names"],
    )


def _converse(session: Session, history: Path | None) -> None:
    from flowlocal.shell.history import open_history  # noqa: PLC0415 - an extra
    from flowlocal.shell.prompting import converse  # noqa: PLC0415

    groups = ", ".join(session.logs.source.log_groups)
    found = len(session.known.fields)
    click.echo(f"log group {groups}, {found} fields; `help` lists what there is, Ctrl-D ends")
    from flowlocal.shell.running import leave  # noqa: PLC0415

    converse(session, open_history(_history.file_of(history)))
    leave(0)


def _lines(stream: BinaryIO) -> Iterator[str]:
    """Yield the lines of a stream; refuse one that has no end."""
    while line := stream.readline(LARGEST + 1):
        if len(line) > LARGEST:
            raise click.UsageError(f"a line of standard input is longer than {LARGEST >> 20} MB, and no query")
        yield line.decode(errors="replace")


def _answer_piped(session: Session) -> int:
    from flowlocal.shell.piped import answer_all  # noqa: PLC0415 - not for --help
    from flowlocal.shell.running import leave  # noqa: PLC0415

    try:
        answer_all(session, _lines(sys.stdin.buffer))
    except KeyboardInterrupt:
        leave(_INTERRUPTED)
        raise
    return session.code
