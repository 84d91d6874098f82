"""The shell's own commands, which differ from the commands of the language and are typed on a line of their own."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from flowlocal import outputs
from flowlocal.moments import to_datetime
from flowlocal.shell.continuing import goes_on
from flowlocal.shell.saved import NotSaved, summary

if TYPE_CHECKING:
    from flowlocal.shell.session import Session

Body = Callable[["Session", str], None]
_LINE = re.compile(r"(\w+|\?)(?:[ \t]+([^\n|]*))?")
NOWHERE = "none"


@dataclass(frozen=True)
class Word:
    """One of the shell's own commands.

    Attributes:
        name: its name.
        syntax: its argument.
        summary: its purpose.
        body: runs it, given the session and the argument.
    """

    name: str
    syntax: str
    summary: str
    body: Body

    def run(self, session: Session, argument: str) -> None:
        """Run the command."""
        self.body(session, argument)


WORDS: dict[str, Word] = {}


def find(text: str) -> tuple[Word, str] | None:
    """Return the shell command of a line, and its argument; None if the line is a query.

    ``fields`` with an argument is a query; so is a text that contains ``|`` or several lines.
    """
    line = _LINE.fullmatch(text.strip().rstrip(";"))
    if line is None:
        return None
    name, argument = {"?": "help", "exit": "quit"}.get(line[1], line[1]), (line[2] or "").strip()
    if name not in WORDS or (argument and not WORDS[name].syntax):
        return None
    return WORDS[name], argument


def finished(text: str) -> bool:
    """Return True if the typed text is complete: a finished query, or one of the shell's own commands."""
    return find(text) is not None or not goes_on(text)


def _word(name: str, syntax: str, summary: str) -> Callable[[Body], Body]:
    def register(body: Body) -> Body:
        WORDS[name] = Word(name, syntax, summary, body)
        return body

    return register


@_word("help", "[NAME]", "explain a command, function, operator, field or topic (default: list them all)")
def _help(session: Session, name: str) -> None:
    from flowlocal.handbook import pages as handbook  # noqa: PLC0415 - loads every definition

    own = WORDS.get(name)
    pages = [f"`{own.name} {own.syntax}`: {own.summary}.\n"] if own else []
    pages += [page.text for page in handbook.find(name)] if name else [_own_page(), handbook.overview()]
    pages = pages or [f"- `{page.name}`: {page.summary}" for page in handbook.search(name)]
    if not pages:
        near = handbook.neighbour(name)
        hint = f"did you mean {near}?" if near else "`help` lists all names"
        session.refuse(f"nothing is known about {name}; {hint}")
        return
    session.display.page("\n".join(pages))


def _own_page() -> str:
    listed = [f"- `{f'{each.name} {each.syntax}'.strip()}`: {each.summary}" for each in WORDS.values()]
    return "\n".join(["# At the prompt", "", *listed, ""])


@_word("fields", "", "list the fields that were found in the logs")
def _fields(session: Session, _argument: str) -> None:
    spelt = {name: alias for alias, name in session.known.aliases.items()}
    rows = [(name, kind, spelt.get(name, "")) for name, kind in session.known.fields.items()]
    session.display.rows(["name", "kind", "in the log"], rows)


@_word("format", "NAME", "print results as table, json, csv, markdown …")
def _format(session: Session, name: str) -> None:
    if not name:
        session.display.say(f"format {session.form.name}; available: {', '.join(outputs.names())}")
        return
    if name not in outputs.names():
        session.refuse(f"unknown format {name}; available: {', '.join(outputs.names())}")
        return
    chosen = outputs.find(name)
    if chosen.binary:
        session.refuse(f"{name} is a binary format; `flowlocal query --output FILE` writes it to a file")
        return
    session.form = chosen


@_word("start", "TIME", "set the start of the time range: 2026-05-01T09:30Z, epoch seconds, -3h; `none` for no bound")
def _start(session: Session, moment: str) -> None:
    if not moment or _is_moment(session, moment):
        session.start = _kept(session.start, moment)
        _say_range(session)


@_word("end", "TIME", "set the end of the time range")
def _end(session: Session, moment: str) -> None:
    if not moment or _is_moment(session, moment):
        session.end = _kept(session.end, moment)
        _say_range(session)


def _kept(before: str | None, moment: str) -> str | None:
    """Return the new bound: unchanged without a time, None for ``none``."""
    return None if moment == NOWHERE else moment or before


def _is_moment(session: Session, text: str) -> bool:
    try:
        if text != NOWHERE:
            to_datetime(text)
    except ValueError as error:
        session.refuse(str(error))
        return False
    return True


def _say_range(session: Session) -> None:
    session.display.say(f"from {session.start or 'the first event'} to {session.end or 'the last'}")


@_word("chart", "[KIND]", "draw the last result: auto, line, bar, area, pie, heatmap, sankey")
def _chart(session: Session, kind: str) -> None:
    from flowlocal.charts.build import chart_of  # noqa: PLC0415 - loads Polars
    from flowlocal.charts.model import KINDS, ChartError  # noqa: PLC0415
    from flowlocal.charts.terminal import draw  # noqa: PLC0415

    if session.result is None or kind not in {"", "auto", *KINDS}:
        session.refuse(f"`chart` draws the last result: auto, {', '.join(KINDS)}; first run a query with stats")
        return
    try:
        chart = chart_of(session.result, kind or "auto")
    except ChartError as error:
        session.refuse(error.advice)
        return
    session.display.text(draw(chart, width=session.display.width or 80, color=session.display.color))


@_word("save", "NAME", "save the last query; `save NAME over` replaces another of that name")
def _save(session: Session, argument: str) -> None:
    name, _, over = argument.partition(" ")
    if not session.asked:
        session.refuse("no query has been run yet that could be saved")
        return
    if not name or over.strip() not in {"", "over"}:
        session.refuse("write `save NAME`, or `save NAME over`")
        return
    try:
        path = session.saved.write(name, session.asked, replace=bool(over))
    except NotSaved as error:
        session.refuse(str(error))
        return
    session.display.say(f"saved as {path}")


@_word("load", "NAME", "put a saved query at the prompt, to run or change it")
def _load(session: Session, name: str) -> None:
    try:
        text = session.saved.read(name)
    except NotSaved as error:
        session.refuse(str(error))
        return
    if session.display.terminal:
        session.draft = text
    else:
        session.take(text)


@_word("queries", "", "list the saved queries")
def _queries(session: Session, _argument: str) -> None:
    texts = session.saved.texts()
    if not texts:
        session.display.say(f"{session.saved.folder} contains no saved queries; `save NAME` saves the last query")
        return
    room = max((session.display.width or 104) - max(map(len, texts)) - 2, 20)
    session.display.rows(["name", "query"], [(name, summary(text, room)) for name, text in texts.items()])


@_word("all", "", "show every row of the last result")
def _all(session: Session, _argument: str) -> None:
    if session.result is None:
        session.refuse("`all` shows the last result; first run a query")
        return
    session.display.rows_of(session.result, session.form, every_row=True)


def _is_on(session: Session, name: str, wanted: str) -> bool | None:
    """Return the value of a switch; None, after a message, if it is neither on nor off."""
    if wanted in {"on", "off"}:
        return wanted == "on"
    session.refuse(f"write `{name} on` or `{name} off`")
    return None


@_word("pager", "on|off", "show long results a screen at a time, or their first and last rows")
def _pager(session: Session, wanted: str) -> None:
    if (on := _is_on(session, "pager", wanted)) is not None:
        session.display.paging = on


@_word("wide", "on|off", "show one line per row, never folded")
def _wide(session: Session, wanted: str) -> None:
    if (on := _is_on(session, "wide", wanted)) is not None:
        session.display.view = session.display.view._replace(wide=on, vertical=session.display.view.vertical and not on)


@_word("vertical", "on|off", "show a block per row, with one line per field")
def _vertical(session: Session, wanted: str) -> None:
    if (on := _is_on(session, "vertical", wanted)) is not None:
        session.display.view = session.display.view._replace(vertical=on, wide=session.display.view.wide and not on)


@_word("human", "on|off", "show bytes and rates also as people write them: 6.0 GB")
def _human(session: Session, wanted: str) -> None:
    if (on := _is_on(session, "human", wanted)) is not None:
        session.display.human = on


@_word("quit", "", "end the session (also: Ctrl-D)")
def _quit(session: Session, _argument: str) -> None:
    session.over = True
