"""``flowlocal report``: answer the common questions about flow logs in one report."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Any

import click

from flowlocal import outputs
from flowlocal.cli import _names, _options
from flowlocal.terminal import delivery, errors, memory, notes, progress_bar, screen

if TYPE_CHECKING:
    from flowlocal.questions import Question
    from flowlocal.report.build import Report

_FORMATS = ("html", "markdown", "text")
_SUFFIXES = {".html": "html", ".htm": "html", ".md": "markdown", ".markdown": "markdown"}


@click.command(name="report", short_help="Answer the common questions about flow logs.")
@click.argument("paths", nargs=-1, shell_complete=_options.files, metavar="[PATH]...")
@click.option("--list", "listing", is_flag=True, help="List the questions without reading logs.")
@click.option("--show", "shown", metavar="NAME", help="Print the query file of a question without reading logs.")
@click.option("--only", "only", multiple=True, metavar="NAME", help="Answer only this question; can be repeated.")
@click.option(
    "--queries",
    "folder",
    metavar="FOLDER",
    shell_complete=_options.files,
    help="Run the query files (*.insights) of FOLDER instead of those shipped with flowlocal.",
)
@_options.format_option(_FORMATS, "Output format (default: text, or by the suffix of --output).")
@click.option(
    "--output",
    "file",
    shell_complete=_options.files,
    metavar="FILE",
    help="Write to FILE; its suffix, .md or .html, decides the format.",
)
@_options.time_range
@_options.reading
@click.option(
    "-p",
    "--param",
    "parameters",
    multiple=True,
    metavar="[QUESTION.]NAME=VALUE",
    callback=lambda _context, _parameter, given: _options.named(tuple(map(_options.utf8, given))),
    help="Value of {{NAME}} in the questions, or in those whose names match (nat-*.usd_per_gb=0.052).",
)
@_options.names
@_options.with_names
@memory.option
@_options.progress
@_options.no_color
def command(  # noqa: PLR0917 - click passes them by name
    paths: tuple[str, ...],
    listing: bool,
    shown: str | None,
    only: tuple[str, ...],
    folder: str | None,
    form: str | None,
    file: str | None,
    progress: bool | None,
    no_color: bool,
    **asked: Any,  # noqa: ANN401 - the shared options, as click names them
) -> int:
    """Answer the common questions about the flow logs in each PATH.

    The report begins with findings; then come traffic, who talks to whom, rejected traffic and scans, what the bytes
    cost, and gaps in the logs. Each question is a query file: --show prints it, to change it and run it with
    `flowlocal query -f`.

    \b
    Examples:
      flowlocal report logs/
      flowlocal report logs/ --names names/ --with-names --output report.html
      flowlocal report logs/ --start -24h -p 'nat-*.usd_per_gb=0.052'
      flowlocal report --show port-scans > my-scans.insights
    """  # noqa: D301 - \b is click's mark for text that keeps its lines
    known = _questions(folder)
    if listing:
        _list(known.values())
    elif shown is not None:
        click.echo(_find(known, shown, "--show").query, nl=False)
    else:
        chosen = [_find(known, name, "--only") for name in only] or list(known.values())
        _options.check_range(asked["start"], asked["end"])
        names = _names.load(asked, "".join(each.query for each in chosen))
        sources = _options.sources(paths, screen.terminal(sys.stdin))
        report = _ask(sources, chosen, progress, {**asked, "loaded": names})
        form = form or _SUFFIXES.get(PurePath(file or "").suffix.lower(), "text")
        delivery.deliver(lambda sink: _write(report, form, sink), file, color=not no_color)
        for note in notes.on_reading(report.reading):
            click.echo(note, err=True)
        if file not in {None, "-"}:
            several = "question and its answer" if len(chosen) == 1 else "questions and their answers"
            click.echo(f"flowlocal: wrote {len(chosen):,} {several} to {file}", err=True)
        return errors.code(report.reading) or _names.code(names)
    return 0


def _questions(folder: str | None) -> Mapping[str, Question]:
    from flowlocal.questions import questions  # noqa: PLC0415 - not for --help
    from flowlocal.report.shipped import report_questions  # noqa: PLC0415

    try:
        found = questions(Path(folder)) if folder else report_questions()
    except OSError as error:
        raise click.BadParameter(f"cannot read {error.filename}: {error.strerror}", param_hint="--queries") from error
    if not found:
        raise click.BadParameter(f"{folder} has no query files (*.insights)", param_hint="--queries")
    return found


def _find(known: Mapping[str, Question], name: str, option: str) -> Question:
    from flowlocal.language.suggest import did_you_mean  # noqa: PLC0415 - not for --help

    if name in known:
        return known[name]
    hint = did_you_mean(name, known) or "`flowlocal report --list` lists them"
    raise click.BadParameter(f"there is no question {name}: {hint}", param_hint=option)


def _list(asked: Iterable[Question]) -> None:
    each = list(asked)
    width = max(len(question.name) for question in each)
    for question in each:
        click.echo(f"{question.name.ljust(width)}  {question.title}")


def _ask(paths: _options.Paths, chosen: list[Question], progress: bool | None, asked: dict[str, Any]) -> Report:
    from flowlocal import api  # noqa: PLC0415 - not for --help
    from flowlocal.report.build import make_report, readings  # noqa: PLC0415

    span = {"start": asked["start"], "end": asked["end"]}
    logs = api.scan(paths, **_options.opening(asked), **span)
    named = {"names": asked["loaded"], "with_names": asked["with_names"], "parameters": asked["parameters"]}
    total, times = (
        logs.source.total_bytes,
        len(readings(chosen, periodic=any("{{period}}" in one.body for one in chosen))),
    )
    with progress_bar.Bar(None if total is None else total * times, progress) as bar:
        try:
            return make_report(
                logs, chosen, **span, **named, on_bytes=bar.advance, around=lambda each: errors.naming(each.name)
            )
        except ValueError as error:
            raise click.BadParameter(str(error), param_hint="--param") from error


def _write(report: Report, form: str, sink: outputs.Sink) -> None:
    for line in _lines(report, form, sink):
        sink.write(line + "\n")


def _lines(report: Report, form: str, sink: outputs.Sink) -> Iterator[str]:
    if form == "html":
        from flowlocal.report.page import write_page  # noqa: PLC0415 - not for --help

        return write_page(report)
    if form == "markdown":
        from flowlocal.report.markdown import write_markdown  # noqa: PLC0415

        return write_markdown(report)
    from flowlocal.report.text import write_text  # noqa: PLC0415

    return write_text(report, width=sink.width, color=sink.color)
