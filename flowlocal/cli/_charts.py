"""Charts on the command line: on the terminal, in a file, and the histogram above raw results."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from typing import IO, TYPE_CHECKING, Any, NamedTuple

import click

from flowlocal.charts.model import KINDS, ChartError, NothingToDraw
from flowlocal.cli import _options
from flowlocal.terminal import delivery, screen

if TYPE_CHECKING:
    from flowlocal.charts.histogram import TimeCounter
    from flowlocal.charts.model import Chart
    from flowlocal.outputs import Sink
    from flowlocal.result import Result

drawing: Callable[[Any], Any] = _options.together(
    [
        click.option(
            "--chart",
            type=click.Choice(["auto", *KINDS]),
            help="Draw the result of stats instead of printing it; with -o, rows are printed, too, and the chart goes "
            "to standard error.",
        ),
        click.option(
            "--chart-file",
            metavar="FILE",
            shell_complete=_options.files,
            help="Write the chart to FILE as well: .png, .svg or .html.",
        ),
    ]
)
options: Callable[[Any], Any] = _options.together(
    [
        drawing,
        click.option(
            "--histogram/--no-histogram",
            default=None,
            help="Show a histogram of events over time above single events (default: for a table on a terminal).",
        ),
    ]
)


def is_alone(asked: Mapping[str, Any], form: str | None, file: str | None) -> bool:
    """Return True if a chart replaces the rows: one is asked for, and neither a format nor a file for rows."""
    return asked["chart"] is not None and form is None and file in {None, "-"}


class Drawing(NamedTuple):
    """The charts that the options ask for.

    Attributes:
        kind: the kind of chart for the terminal; None for none.
        file: the file for a chart; None for none.
        counter: counts the events for the histogram; None for no histogram.
        color: True if colours are wanted.
    """

    kind: str | None
    file: str | None
    counter: TimeCounter | None
    color: bool

    @classmethod
    def prepare(cls, asked: dict[str, Any], *, table: bool, color: bool) -> Drawing:
        """Return the charts that the options ask for, checked before anything is read.

        Args:
            asked: the values of ``options`` or ``drawing``, which are taken out.
            table: True if rows are printed as a table on a terminal.
            color: True if colours are wanted.
        """
        kind, file, histogram = (asked.pop(name, None) for name in ("chart", "chart_file", "histogram"))
        if file is not None:
            _check_file(file)
        wanted = histogram or (histogram is None and table and screen.terminal(sys.stderr))
        return cls(kind, file, _counter() if wanted and not kind else None, color)

    @property
    def on_times(self) -> Callable[[Any], None] | None:
        """A function that takes the times of matched events; None if they are not counted."""
        return self.counter.add if self.counter else None

    def show(self, result: Result, *, alone: bool, rows: str | None) -> None:
        """Draw the result: on standard output unless rows go there, too.

        Args:
            result: the answer.
            alone: True if the chart replaces the rows.
            rows: the file of the rows; None or ``-`` for standard output.
        """
        if self.counter and result.pointers is not None:
            from flowlocal.charts.histogram import draw_histogram  # noqa: PLC0415 - loads Polars

            color = screen.color(sys.stderr, self.color)
            text = draw_histogram(self.counter, width=screen.width(sys.stderr) or 80, color=color)
            click.echo(text, err=True, color=color)
        if self.kind is None and self.file is None:
            return
        try:
            self._draw(result, sys.stdout if alone or rows not in {None, "-"} else sys.stderr)
        except NothingToDraw as nothing:
            click.echo(f"flowlocal: {nothing}", err=True)
        except ChartError as error:
            raise refused(error) from error

    def _draw(self, result: Result, stream: IO[str]) -> None:
        from flowlocal.charts.build import chart_of  # noqa: PLC0415 - loads Polars
        from flowlocal.charts.terminal import draw  # noqa: PLC0415

        chart = chart_of(result, self.kind or "auto")
        if self.file is not None:
            _to_file(chart, self.file)
        if self.kind is not None:
            color = screen.color(stream, self.color)
            text = draw(chart, width=screen.width(stream) or 80, color=color)
            click.echo(text, nl=False, err=stream is sys.stderr, color=color)


def refused(error: ChartError) -> click.ClickException:
    """Return the error as a message with what to do."""
    return click.ClickException(error.advice)


def _counter() -> TimeCounter:
    from flowlocal.charts.histogram import TimeCounter  # noqa: PLC0415 - loads Polars

    return TimeCounter()


def _check_file(file: str) -> None:
    from flowlocal.charts.picture import check_installed, suffix_of  # noqa: PLC0415 - not for --help

    try:
        suffix_of(file)
        check_installed()
    except ChartError as error:
        raise refused(error) from error


def _to_file(chart: Chart, file: str) -> None:
    from flowlocal.charts.picture import draw_picture, suffix_of  # noqa: PLC0415 - loads Vega-Lite

    picture = draw_picture(chart, suffix_of(file))

    def write(sink: Sink) -> None:
        sink.stream.write(picture)

    delivery.deliver(write, file, color=False)
