"""Draw charts as PNG, SVG or HTML with Altair and Vega-Lite; needs the extra ``charts``."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from itertools import cycle
from pathlib import PurePath
from typing import Any

from flowlocal.ansi import marked
from flowlocal.charts.matrix import is_wide
from flowlocal.charts.model import Chart, ChartError
from flowlocal.charts.plots import bin_width
from flowlocal.charts.sankey import WIDTH, specify_sankey
from flowlocal.charts.scales import whole
from flowlocal.extras import needed_for

SUFFIXES = (".png", ".svg", ".html")
_KNOWN = {"ACCEPT": "#2a9d5c", "REJECT": "#d1495b", "NODATA": "#c9a227", "SKIPDATA": "#c9a227", "-": "#8a8f98"}
_CYCLE = ("#3a7ca5", "#e07a2f", "#7b5ea7", "#2f9c95", "#b5568f", "#7a8450", "#5c6bc0", "#a0704c", "#5f8fa8", "#9c8f2e")
_LESS = "\ue000"
"""Replaces ``<`` until the page is written; a private-use character that logs do not contain."""
_NO_CHARACTER = re.compile("[\ufffe\uffff]")
_BAR = 18
"""Height of a bar in points."""


def suffix_of(path: str) -> str:
    """Return the suffix, in lowercase, of a file to which a chart can be written.

    Raises:
        ChartError: it is not one of ``SUFFIXES``.
    """
    suffix = PurePath(path).suffix.lower()
    if suffix not in SUFFIXES:
        raise ChartError(f"{path} does not end with one of {', '.join(SUFFIXES)}", "a valid name is chart.svg")
    return suffix


def check_installed() -> None:
    """Raise ChartError, with the command that installs it, if the extra ``charts`` is missing."""
    with needed_for("a chart in a file", "charts", ChartError):
        import altair  # noqa: F401, PLC0415 - an extra
        import vl_convert  # noqa: F401, PLC0415


def draw_picture(
    chart: Chart,
    suffix: str,
    *,
    text_color: str = "#333333",
    background: str | None = "white",
    width: int | None = None,
) -> bytes:
    """Return the chart as a file; an HTML page is self-contained and loads nothing.

    Args:
        chart: what to draw.
        suffix: one of ``SUFFIXES``.
        text_color: the colour of titles, labels and axes, in CSS.
        background: the colour of the background, in CSS; None for a transparent one.
        width: the width of the whole picture in pixels, such as that of a phone; None for that of a page.

    Raises:
        ChartError: the extra ``charts`` is not installed.
    """
    check_installed()
    import vl_convert  # noqa: PLC0415 - an extra

    if chart.kind == "sankey":
        colors = dict(zip(*_colors([series.name for series in chart.series]), strict=True))
        language, specification = "vega", specify_sankey(chart, colors, text_color, background, width=width or WIDTH)
    else:
        language, specification = "vegalite", specify(chart, text_color, background, width)
    specification = _changed(specification, _printable)
    convert = getattr(vl_convert, f"{language}_to_{suffix[1:]}")
    if suffix == ".png":
        return bytes(convert(specification, scale=2))
    if suffix == ".svg":
        return str(convert(specification)).encode()
    page = str(convert(_changed(specification, _without_markup), bundle=True))
    return page.replace(_LESS, "\\u003c").encode()


def _changed(part: Any, change: Callable[[str], str]) -> Any:  # noqa: ANN401 - any part of a JSON document
    """Return the part with every text changed."""
    if isinstance(part, dict):
        return {_changed(name, change): _changed(value, change) for name, value in part.items()}
    if isinstance(part, list):
        return [_changed(each, change) for each in part]
    return change(part) if isinstance(part, str) else part


def _printable(text: str) -> str:
    """Return the text without characters that no SVG may contain: the converter aborts the process at them."""
    return _NO_CHARACTER.sub("\ufffd", marked(text))


def _without_markup(text: str) -> str:
    """Return the text with every ``<`` replaced, because ``</script>`` in a name would end the script of the page."""
    return text.replace("<", _LESS)


def specify(
    chart: Chart, text_color: str = "#333333", background: str | None = "white", width: int | None = None
) -> dict[str, Any]:
    """Return the Vega-Lite specification of the chart."""
    import altair as alt  # noqa: PLC0415 - an extra

    base = alt.Chart(
        alt.InlineData(values=_rows(chart)), title=alt.TitleParams(chart.title, subtitle=list(chart.notes))
    )
    if chart.kind == "pie":
        made = _pie(base, chart)
    elif chart.kind == "heatmap":
        made = _heatmap(base, chart)
    elif chart.times is None:
        made = _bars(base, chart)
    else:
        made = _over_time(base, chart)
    font = "system-ui, -apple-system, 'Segoe UI', Roboto, 'DejaVu Sans', sans-serif"
    colors = {"labelColor": text_color, "titleColor": text_color, "titleFontWeight": "normal"}
    styled = (
        made.configure(font=font, background=background or "transparent")
        .configure_axis(**colors, gridColor="#8883", domainColor="#888", tickColor="#888")
        .configure_legend(**colors, orient="top", symbolLimit=0)
        .configure_title(color=text_color, subtitleColor=text_color, anchor="start", fontWeight=600, fontSize=14)
        .configure_text(color=text_color)
        .configure_view(stroke=None)
    )
    made = dict(styled.to_dict())
    return made if width is None else {**made, "width": width, "autosize": {"type": "fit", "contains": "padding"}}


def _rows(chart: Chart) -> list[dict[str, Any]]:
    """Return a row for each value; ``below`` and ``above`` are its bounds, which are cumulative if it is stacked."""
    length = bin_width(chart.times) if chart.times else 0
    heights, rows = [0.0] * len(chart.labels), []
    for number, series in enumerate(chart.series):
        for place, value in enumerate(series.values):
            if value is None:
                continue
            below = heights[place] if chart.stacked else 0.0
            heights[place] = below + value
            row = {"label": chart.labels[place], "place": place, "series": series.name, "n": number, "value": value}
            row |= {"below": below, "above": below + value, "text": whole(value)}
            row |= {"time": chart.times[place], "end": chart.times[place] + length} if chart.times else {}
            rows.append(row)
    return rows


def _colors(names: Sequence[str]) -> tuple[Sequence[str], list[str]]:
    """Return names with their colours."""
    free = cycle(_CYCLE)
    return names, [_KNOWN.get(name) or next(free) for name in names]


def _color(chart: Chart) -> Any:  # noqa: ANN401 - one of Altair's many
    """Return a colour for each series, and a legend if there are several."""
    import altair as alt  # noqa: PLC0415

    names, colors = _colors([series.name for series in chart.series])
    legend = alt.Legend(title=None) if len(names) > 1 else None
    return alt.Color("series:N", scale=alt.Scale(domain=names, range=colors), legend=legend)


_TIME_LABEL = (
    "utchours(datum.value) + utcminutes(datum.value) + utcseconds(datum.value) == 0 ? "
    "utcFormat(datum.value, '%b %d') : utcFormat(datum.value, utcseconds(datum.value) ? '%H:%M:%S' : '%H:%M')"
)


def _over_time(base: Any, chart: Chart) -> Any:  # noqa: ANN401 - Altair's
    import altair as alt  # noqa: PLC0415

    title = chart.series[0].name if len(chart.series) == 1 else None
    time = alt.X(
        "time:T",
        scale=alt.Scale(type="utc"),
        axis=alt.Axis(labelExpr=_TIME_LABEL, labelOverlap=True),
        title=f"{chart.axis} (UTC)",
    )
    value = alt.Y("above:Q", stack=None, title=title, axis=alt.Axis(format="~s"))
    tooltip = [alt.Tooltip("time:T", format="%Y-%m-%d %H:%M", formatType="utc"), "series:N", "value:Q"]
    encoded = base.encode(x=time, y=value, color=_color(chart), tooltip=tooltip)
    if chart.kind == "bar":
        made = encoded.mark_bar(stroke=None, binSpacing=1).encode(x2="end:T", y2="below:Q")
    elif chart.kind == "area":
        made = encoded.mark_area(opacity=0.85).encode(y2="below:Q")
    else:
        made = encoded.mark_line(point=len(chart.labels) <= 48)
    return made.properties(width=720, height=280)


def _bars(base: Any, chart: Chart) -> Any:  # noqa: ANN401 - Altair's
    import altair as alt  # noqa: PLC0415

    encodings: dict[str, Any] = {
        "y": alt.Y("label:N", sort=alt.EncodingSortField("place", op="min"), title=chart.axis or None),
        "x": alt.X("value:Q", title=None, axis=alt.Axis(format="~s")),
    }
    if len(chart.series) > 1:
        encodings["yOffset"] = alt.YOffset("n:O")
    bars = base.mark_bar().encode(**encodings, color=_color(chart), tooltip=["label:N", "series:N", "value:Q"])
    numbers = base.mark_text(align="left", dx=4, fontSize=10).encode(**encodings, text="text:N")
    step = max(_BAR, 14 * len(chart.series))
    return alt.layer(bars, numbers).properties(width=560, height=alt.Step(step))


def _heatmap(base: Any, chart: Chart) -> Any:  # noqa: ANN401 - Altair's
    import altair as alt  # noqa: PLC0415

    row, _, column = chart.axis.partition(", ")
    scale = alt.Scale(type="log" if is_wide(chart) else "linear", scheme="blues")
    axis = alt.Axis(labelLimit=220, labelOverlap=True)
    order = [series.name for series in chart.series]
    return (
        base.mark_rect(stroke="#8883")
        .encode(
            x=alt.X("label:N", sort=list(chart.labels), title=column, axis=axis),
            y=alt.Y("series:N", sort=order, title=row, axis=alt.Axis(labelLimit=220)),
            color=alt.Color("value:Q", scale=scale, legend=alt.Legend(title=None, format="~s")),
            tooltip=[alt.Tooltip("series:N", title=row), alt.Tooltip("label:N", title=column), "value:Q"],
        )
        .properties(width=alt.Step(min(max(720 // len(chart.labels), 6), 30)), height=alt.Step(22))
    )


def _pie(base: Any, chart: Chart) -> Any:  # noqa: ANN401 - Altair's
    import altair as alt  # noqa: PLC0415

    total = chart.series[0].total
    names = [
        f"{label} ({(value or 0) / total:.1%})"
        for label, value in zip(chart.labels, chart.series[0].values, strict=True)
    ]
    _, colors = _colors(chart.labels)
    base.data = alt.InlineData(
        values=[{"label": names[row["place"]], "place": row["place"], "value": row["value"]} for row in _rows(chart)]
    )
    legend = alt.Legend(title=chart.axis or None, orient="right", labelLimit=400)
    return (
        base.mark_arc(innerRadius=60)
        .encode(
            theta=alt.Theta("value:Q", stack=True),
            order=alt.Order("place:Q"),
            color=alt.Color("label:N", scale=alt.Scale(domain=names, range=colors), sort=names, legend=legend),
            tooltip=["label:N", "value:Q"],
        )
        .properties(width=280, height=280)
    )
