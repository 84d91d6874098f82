"""A chart as a notebook shows it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from flowlocal.charts.model import Chart, ChartError

if TYPE_CHECKING:
    import os

    from flowlocal.result import Result

_GREY = "#808080"
"""Can be read on light and dark pages."""


@dataclass(frozen=True)
class Picture:
    """A chart of a result: shows itself in notebooks as SVG, elsewhere as text.

    Attributes:
        chart: what it shows.

    >>> import flowlocal
    >>> picture = flowlocal.query("stats count(*) as n by action", "flow.log").chart()
    >>> print(picture)  # doctest: +ELLIPSIS, +NORMALIZE_WHITESPACE
    n by action
    REJECT │██... 1
    ACCEPT │██████... 2
    """

    chart: Chart

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the chart to a file.

        Args:
            path: the file; its suffix is ``.png``, ``.svg`` or ``.html``.

        Raises:
            ChartError: another suffix, or the extra ``charts`` is not installed.

        >>> import flowlocal
        >>> flowlocal.query("stats count(*) as n by action", "flow.log").chart().save("actions.svg")
        """
        from flowlocal.charts.picture import draw_picture, suffix_of  # noqa: PLC0415 - an extra

        suffix = suffix_of(str(path))
        Path(path).write_bytes(draw_picture(self.chart, suffix))

    def __str__(self) -> str:
        from flowlocal.charts.terminal import draw  # noqa: PLC0415 - loads the plotting library

        return draw(self.chart)

    __repr__ = __str__

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        """Return the forms that notebooks request: SVG if the extra is installed, and text."""
        from flowlocal.charts.picture import draw_picture  # noqa: PLC0415 - an extra

        text = str(self)
        try:
            svg = draw_picture(self.chart, ".svg", text_color=_GREY, background=None).decode()
        except ChartError as error:  # without the extra
            return {"text/plain": f"{text}{error.hint} to see it as a picture\n"}
        return {"image/svg+xml": svg, "text/plain": text}


def picture(result: Result, kind: str = "auto") -> Picture:
    """Return the chart of a result; see ``Result.chart``."""
    from flowlocal.charts.build import chart_of  # noqa: PLC0415 - loads Polars

    return Picture(chart_of(result, kind))
