"""The library: open flow logs and put Logs Insights queries to them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from os import PathLike, fspath
from pickle import PicklingError
from typing import TYPE_CHECKING, Any

from flowlocal.events import OddLine, ScanReport, UnreadableInput
from flowlocal.moments import Moment, to_datetime, to_range
from flowlocal.opening import Opening
from flowlocal.query_options import QueryOptions

if TYPE_CHECKING:
    from typing import BinaryIO

    import polars as pl

    from flowlocal.events import Events
    from flowlocal.lookups import Table
    from flowlocal.notes import Note
    from flowlocal.result import Result

Path = str | PathLike[str]
Paths = Path | Iterable[Path]

STRICT_HINT = "without `--strict` (`strict=True` in Python), the line is kept as an event that has @message alone"
_STRICT_LOSS_HINT = "without `--strict` (`strict=True` in Python), what could be read is queried"


class _Strict(ScanReport):
    """A report that refuses the first odd line or loss."""

    def odd(self, path: str, line: int, reason: str) -> None:
        super().odd(path, line, reason)
        raise _refusal(OddLine(path, line, reason))

    def lose(self, path: str, what: str) -> None:
        super().lose(path, what)
        raise UnreadableInput(what, path, hint=_STRICT_LOSS_HINT)


def _refusal(odd: OddLine) -> UnreadableInput:
    return UnreadableInput(f"not a flow log record: {odd.reason}", odd.path, odd.line, STRICT_HINT)


@dataclass(frozen=True)
class Logs:
    """Flow logs that were opened once and can be queried often.

    Attributes:
        source: the opened events, as the sources hand them to the engine.
        strict: raise ``UnreadableInput`` at a line that is not a flow log record instead of keeping it as an event.
        partial_answer: answer from what can be read if a file is damaged; ``report.unreadable`` of results names it.
        opening: how ``scan`` opened them; None if they were not opened from paths.

    They can be pickled, for a pool of processes: there the paths are opened again, so that files that were added since
    are found, too. Logs of a frame, of standard input or of a pipe are refused with ``PicklingError``. Logs are never
    changed, so that a copy is the same object.
    """

    source: Events
    strict: bool = False
    partial_answer: bool = False
    opening: Opening | None = field(default=None, repr=False, compare=False)

    def __reduce__(self) -> tuple[Any, ...]:
        """Return how another process opens the logs.

        Raises:
            PicklingError: they are not in files, so that no other process can read them.
        """
        if self.opening is None:
            raise PicklingError("logs of a frame in memory cannot be pickled: send the frame, and make them there")
        self.opening.check_repeatable()
        return _reopened, (self.opening, self.strict)

    def __copy__(self) -> Logs:
        return self

    def __deepcopy__(self, memo: dict[int, object]) -> Logs:
        return self

    @property
    def events(self) -> pl.LazyFrame:
        """The events for those who want Polars itself: a lazy frame with one column per discovered field.

        ``@timestamp`` is ``Datetime("ms")`` in UTC, ports, protocol, packets, bytes and times are integers (null
        where the log has ``-``), the rest is ``String``. Events come in reading order.
        """
        return self.source.read(self._report()).select(list(self.source.fields))

    def query(
        self,
        text: str,
        *,
        start: Moment | None = None,
        end: Moment | None = None,
        limit: int | None = None,
        now: Moment | None = None,
        parameters: Mapping[str, str] | None = None,
        tables: Mapping[str, Table] | None = None,
        saved: Mapping[str, str] | None = None,
        on_bytes: Callable[[int], None] | None = None,
        on_times: Callable[[pl.Series], None] | None = None,
    ) -> Result:
        """Answer one Logs Insights query.

        Args:
            text: the query, as written in the console.
            start: first moment that counts: a ``datetime`` (naive is UTC), ISO 8601 text, epoch seconds, or ``-3h``.
            end: last moment that counts, inclusive to the second.
            limit: maximum number of rows if the query itself has no ``limit`` (default: 10,000).
            now: the moment that ``now()`` returns (default: the present).
            parameters: values of ``{{name}}`` in the query; they override its own defaults (see ``saved``).
            tables: lookup tables by name: paths of CSV files with a header, or Polars frames.
            saved: texts of saved queries by name, which ``$Name(…)`` puts in; a comment line ``# {{name}} = value`` at
                the top of one gives a default.
            on_bytes: called with the number of stored bytes read since the last call, from any thread.
            on_times: called with the times of more of the events that matched, ``Datetime("ms")``, from any thread.

        Raises:
            MalformedQuery: the text is not a valid query; carries the position.
            UnreadableInput: a file could not be read, or an odd line was met under ``strict``; carries the file.
            ValueError: ``start``, ``end`` or ``now`` is not a point in time, or ``limit`` not a number of rows.
        """
        options = QueryOptions.of(
            text, start=start, end=end, limit=limit, now=now, parameters=parameters, tables=tables, saved=saved
        )
        return self.answer(text, options, on_bytes=on_bytes, on_times=on_times)

    def answer(
        self,
        text: str,
        options: QueryOptions,
        *,
        on_bytes: Callable[[int], None] | None = None,
        on_times: Callable[[pl.Series], None] | None = None,
    ) -> Result:
        """Run a query with options that were checked before; arguments and errors are those of ``query``."""
        from flowlocal import engine  # noqa: PLC0415 - Polars loads on first use

        report = self._report()
        report.on_bytes = on_bytes or report.on_bytes
        report.on_times = on_times
        result = engine.run(text, self.source, options, report=report)
        if self.strict and report.odd_count:  # counted without a call of `odd`
            raise UnreadableInput(report.odd_in_words, self.source.locate(0)[0], hint=STRICT_HINT)
        fields = (*self.source.fields, *self.source.aliases)
        context = {"query": text, "log_groups": self.source.log_groups, "fields": fields}
        times = {"start": options.start, "end": options.end}
        return replace(result, context={**context, **times, **result.context}, explain=_explain)

    def _report(self) -> ScanReport:
        return _Strict() if self.strict else ScanReport(partial_answer=self.partial_answer)


def _explain(result: Result) -> tuple[Note, ...]:
    from flowlocal.notes import explain  # noqa: PLC0415 - only if notes are asked for

    return explain(result)


def scan(
    paths: Paths | Mapping[str, Paths],
    *,
    log_format: str | None = None,
    log_group: str | None = None,
    strict: bool = False,
    start: Moment | None = None,
    end: Moment | None = None,
    stdin: BinaryIO | None = None,
    partial_answer: bool = False,
) -> Logs:
    """Open flow logs for any number of queries.

    Args:
        paths: files, directories (walked) and glob patterns, one or several; ``-`` is standard input. Or such paths
            by the names of log groups, which ``SOURCE``, ``join`` and subqueries then tell apart.
        log_format: the layout of custom records, as given to CreateFlowLogs: ``${version} ${account-id} …``.
        log_group: the log group that the events are said to be in; by default the export's own, else ``flowlocal``.
        strict: raise ``UnreadableInput`` at a line that is not a flow log record.
        start: files that can hold nothing from here on may be left out.
        end: files that can hold nothing up to here may be left out.
        stdin: what ``-`` reads; standard input where None.
        partial_answer: answer from what can be read if a file is damaged; ``report.unreadable`` of results names it.

    Raises:
        UnreadableInput: a path does not exist or cannot be read.
        ValueError: log groups are named by ``paths`` and by ``log_group``, or there are none or too many of them.
    """
    if isinstance(paths, Mapping) and log_group is not None:
        raise ValueError("paths name their log groups already; leave log_group out")
    groups = paths if isinstance(paths, Mapping) else {log_group: paths}
    named = {group: _names(each) for group, each in groups.items()}
    opening = Opening(named, log_format, to_range(start, end), partial_answer)
    return Logs(opening.open(stdin), strict, partial_answer, opening)


def _reopened(opening: Opening, strict: bool) -> Logs:
    """Return the logs of an opening in another process."""
    return Logs(opening.reopen(), strict, opening.partial_answer, opening)


def _names(paths: Paths) -> tuple[str, ...]:
    return tuple(fspath(path) for path in ([paths] if isinstance(paths, str | PathLike) else paths))


def looks_back(text: str, options: QueryOptions) -> bool:
    """Return True if a query may read events outside its time range, so that no file can be skipped for its time."""
    from flowlocal import engine  # noqa: PLC0415 - Polars loads on first use

    return engine.looks_back(text, options)


def query(
    text: str,
    *paths: Path,
    log_format: str | None = None,
    log_group: str | None = None,
    start: Moment | None = None,
    end: Moment | None = None,
    limit: int | None = None,
    strict: bool = False,
    parameters: Mapping[str, str] | None = None,
    tables: Mapping[str, Table] | None = None,
    saved: Mapping[str, str] | None = None,
) -> Result:
    """Answer one Logs Insights query over files: ``scan`` and ``Logs.query`` in one.

    Args:
        text: the query, as written in the console.
        *paths: files, directories and glob patterns; ``-`` is standard input.
        log_format: see ``scan``.
        log_group: see ``scan``.
        start: see ``Logs.query``.
        end: see ``Logs.query``.
        limit: see ``Logs.query``.
        strict: see ``scan``.
        parameters: see ``Logs.query``.
        tables: see ``Logs.query``.
        saved: see ``Logs.query``.

    Raises:
        MalformedQuery: the text is no query; carries the position.
        UnreadableInput: a file could not be read, or an odd line was met under ``strict``; carries the file.
        ValueError: no path was named, or ``start`` or ``end`` is no point in time.
    """
    if not paths:
        raise ValueError("name at least one file or directory to query; '-' is standard input")
    first = None if start is None else to_datetime(start)  # once, so that -3h is one moment to files and events
    last = None if end is None else to_datetime(end)
    options = QueryOptions.of(
        text, start=first, end=last, limit=limit, parameters=parameters, tables=tables, saved=saved
    )
    held = (None, None) if looks_back(text, options) else (first, last)
    logs = scan(paths, log_format=log_format, log_group=log_group, strict=strict, start=held[0], end=held[1])
    return logs.answer(text, options)
