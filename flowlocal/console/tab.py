"""The state of one tab. Every tab has its own; no other tab sees it."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from nicegui import Event

from flowlocal.console.links import AUTO, ROWS
from flowlocal.console.profile import LogProfile
from flowlocal.console.queries import AnsweredQuery, AskedQuery, OpenedLogs, QueryRun
from flowlocal.console.refining import refined
from flowlocal.events import UnreadableInput
from flowlocal.language.errors import MalformedQuery
from flowlocal.values.kinds import FieldKind


class TabState:
    """A question that is being written, the query that runs, and its answer. The parts of the page subscribe to events.

    Attributes:
        opened: the logs.
        question: what would be asked now.
        answer: the last answer; None before the first.
        run: the query that runs; None if there is none.
        asked_changed: the question has changed.
        rewritten: the text of the query was changed by another part than the editor.
        started: a query was started.
        progressed: it has read more.
        answered: it has an answer.
        failed: it has none; the message.
        stopped: it was stopped.
        profiled: the contents of the logs are known.
        view: the name of the view of the result that is shown.
        chart: the kind of chart that is chosen.
        view_changed: another one is shown.
    """

    def __init__(self, opened: OpenedLogs, question: AskedQuery, view: str = ROWS, chart: str = AUTO) -> None:
        self.opened = opened
        self.question = question
        self.answer: AnsweredQuery | None = None
        self.run: QueryRun | None = None
        self.asked_changed = Event[[]]()
        self.rewritten = Event[str]()
        self.started = Event[[]]()
        self.progressed = Event[QueryRun]()
        self.answered = Event[AnsweredQuery]()
        self.failed = Event[str]()
        self.stopped = Event[[]]()
        self.profiled = Event[LogProfile]()
        self.view = view
        self.chart = chart
        self.view_changed = Event[[]]()

    async def look(self) -> None:
        """Look at the contents of the logs, which takes a while if nobody has before."""
        try:
            self.profiled.emit(await asyncio.to_thread(lambda: self.opened.profile))
        except Exception as error:  # noqa: BLE001 - a damaged file; the answers of queries say so, too
            self.failed.emit(message_of(error))

    def look_at(self, *, view: str = "", chart: str = "") -> None:
        """Show another view of the result, or another kind of chart."""
        self.view = view or self.view
        self.chart = chart or self.chart
        self.view_changed.emit()

    def ask(self, **changes: object) -> None:
        """Change parts of the question, such as ``start``."""
        self.question = replace(self.question, **changes)  # type: ignore[arg-type] # the names are those of its fields
        self.asked_changed.emit()

    def rewrite(self, text: str) -> None:
        """Put another query into the editor."""
        self.ask(text=text)
        self.rewritten.emit(text)

    async def refine(self, name: str, value: str | None, *, exclude: bool, number: bool, of_events: bool) -> None:
        """Add a condition to the query, and run it; the arguments are those of ``refined``."""
        text = self.question.text
        self.rewrite(refined(text, name, value, exclude=exclude, number=number, of_events=of_events))
        await self.execute()

    def can_refine(self, answer: AnsweredQuery, name: str) -> bool:
        """Return True if a condition on equality with a printed value of a column is one that can match."""
        result = answer.result
        is_time = name in result.columns and result.typed[name].dtype.is_temporal()
        field = self.opened.logs.source.fields.get(name)
        return not is_time and (field is None or field.kind is not FieldKind.TIME)

    async def refine_result(self, answer: AnsweredQuery, name: str, value: str | None, *, exclude: bool) -> None:
        """Add a condition on a value of a result, and run the query."""
        result, field = answer.result, self.opened.logs.source.fields.get(name)
        of_events = field is not None and result.pointers is not None
        if name in result.columns:
            number = result.typed[name].dtype.is_numeric()
        else:
            number = field is not None and field.kind is not FieldKind.TEXT
        await self.refine(name, value, exclude=exclude, number=number, of_events=of_events or name in result.keys)

    async def execute(self) -> None:
        """Run the query, in place of one that runs."""
        self.start()
        await self.finish()

    def start(self) -> None:
        """Start the query, in place of one that runs."""
        self.stop()
        self.run = QueryRun(self.opened, self.question)
        self.started.emit()

    async def finish(self) -> None:
        """Wait for the answer of the query that was started."""
        run = self.run
        if run is None:
            return
        try:
            answer = await run.answer(lambda: self.progressed.emit(run))
        except asyncio.CancelledError:
            return
        except BaseException as error:  # noqa: BLE001 - no error of a query ends the page
            self._end(run, message=message_of(error))
            return
        self._end(run, answer=answer)

    def stop(self) -> None:
        """Stop the query that runs, if there is one."""
        if self.run is not None:
            self.run.stop()
            self.run = None
            self.stopped.emit()

    def _end(self, run: QueryRun, *, answer: AnsweredQuery | None = None, message: str = "") -> None:
        if self.run is not run:
            return
        self.run = None
        if answer is None:
            self.failed.emit(message)
        else:
            self.answer = answer
            self.answered.emit(answer)


def message_of(error: BaseException) -> str:
    """Return what is shown of an error."""
    if isinstance(error, MalformedQuery):
        more = [f"expected {error.expected}" if error.expected else "", error.hint]
        where = f"line {error.line}, column {error.column}"
        return "; ".join([f"{where}: {error.message}", *filter(None, more)])
    if isinstance(error, UnreadableInput):
        return "; ".join(filter(None, [f"{error.kind}: {error.place}: {error.in_words()}", error.hint]))
    if isinstance(error, ValueError):
        return str(error)
    return f"{type(error).__name__}: {error}"
