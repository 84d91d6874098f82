"""The library: open flow logs and put Logs Insights queries to them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from os import PathLike, fspath
from typing import TYPE_CHECKING, Any, Unpack

from msgspec import Struct
from msgspec.structs import replace

from flowlocal.collecting import collect_together
from flowlocal.events import OddLine, ScanReport, UnreadableInput
from flowlocal.language.templates import expand
from flowlocal.moments import Moment, to_range
from flowlocal.opening import Opening
from flowlocal.query_options import QueryArguments, QueryOptions

if TYPE_CHECKING:
    from typing import BinaryIO

    import polars as pl

    from flowlocal.engine import QueryPlan
    from flowlocal.events import Events
    from flowlocal.notes import Note
    from flowlocal.result import Result
    from flowlocal.sources.reading.shared import SharedReading

Path = str | PathLike[str]
Paths = Path | Iterable[Path]

STRICT_HINT = "without `--strict` (`strict=True` in Python), the line is kept as an event that has @message alone"
_STRICT_LOSS_HINT = "without `--strict` (`strict=True` in Python), what could be read is queried"


class StrictReport(ScanReport):
    """A report that refuses the first odd line or loss."""

    def odd(self, path: str, line: int, reason: str) -> None:
        """Count an odd line, and raise UnreadableInput."""
        super().odd(path, line, reason)
        raise _refusal(OddLine(path, line, reason))

    def lose(self, path: str, what: str) -> None:
        """Note what could not be read, and raise UnreadableInput."""
        super().lose(path, what)
        raise UnreadableInput(what, path, hint=_STRICT_LOSS_HINT)


def _refusal(odd: OddLine) -> UnreadableInput:
    return UnreadableInput(f"not a flow log record: {odd.reason}", odd.path, odd.line, STRICT_HINT)


class Logs(Struct, frozen=True, weakref=True):
    """Flow logs that were opened once and can be queried often.

    Attributes:
        source: the opened events, as the sources hand them to the engine.
        strict: raise ``UnreadableInput`` at a line that is not a flow log record instead of keeping it as an event.
        partial_answer: answer from what can be read if a file is damaged; ``report.unreadable`` of results names it.
        opening: how ``scan`` opened them; None if they were not opened from paths.

    They can be pickled, for a pool of processes: there the paths are opened again, so that files that were added since
    are found, too. Logs of a frame, of standard input or of a pipe are refused with ``PicklingError``. Logs are never
    changed, so that a copy is the same object.

    >>> import flowlocal
    >>> logs = flowlocal.scan("flow.log")
    >>> [len(logs.query(f"filter action = '{action}'")) for action in ("ACCEPT", "REJECT")]
    [2, 1]
    >>> logs
    Logs(1 file (1 records), 19 fields, log group flowlocal)
    """

    source: Events
    strict: bool = False
    partial_answer: bool = False
    opening: Opening | None = None

    def __reduce__(self) -> tuple[Any, ...]:
        """Return how another process opens the logs.

        Raises:
            PicklingError: they are not in files, so that no other process can read them.
        """
        if self.opening is None:
            from pickle import PicklingError  # noqa: PLC0415 - loads slowly

            raise PicklingError("logs of a frame in memory cannot be pickled: send the frame, and make them there")
        self.opening.check_repeatable()
        return _reopened, (self.opening, self.strict)

    def __copy__(self) -> Logs:
        return self

    def __deepcopy__(self, memo: dict[int, object]) -> Logs:
        return self

    def __repr__(self) -> str:
        formats, groups = self.source.formats, ", ".join(self.source.log_groups)
        count = sum(formats.values())
        found = f" ({', '.join(f'{number:,} {name}' for name, number in formats.items())})" if formats else ""
        return f"Logs({count:,} file{'s'[: count != 1]}{found}, {len(self.fields):,} fields, log group {groups})"

    __rich_repr__ = None  # type: ignore[assignment] # rich shows `repr` instead of the fields of a struct

    @property
    def fields(self) -> dict[str, str]:
        """The kind of each discovered field by its name in queries, in order.

        The kinds are ``time``, ``integer``, ``text`` and ``double``, and for Polars frames also ``whole number`` and
        ``real number``.

        >>> import flowlocal
        >>> fields = flowlocal.scan("flow.log").fields
        >>> fields["dstPort"], fields["@timestamp"], "tcpFlags" in fields
        ('integer', 'time', False)
        """
        return {name: str(each.kind) for name, each in self.source.fields.items()}

    @property
    def events(self) -> pl.LazyFrame:
        """The events for those who want Polars itself: a lazy frame with one column per discovered field.

        ``@timestamp`` is ``Datetime("ms")`` in UTC; ports are ``UInt16``, version and protocol ``UInt8``, packets,
        bytes, ``startTime`` and ``endTime`` (epoch seconds) ``Int64``, null if the log has ``-``; all others are
        ``String``. Events come in reading order.

        >>> import flowlocal
        >>> flowlocal.scan("flow.log").events.select("srcAddr", "dstPort", "bytes").collect().row(0)
        ('10.0.0.1', 22, 4249)
        """
        return self.source.read(_report(self)).select(list(self.source.fields))

    def query(self, text: str, **options: Unpack[QueryArguments]) -> Result:
        """Answer one Logs Insights query.

        Args:
            text: the query, as written in the console.
            **options: any of

                * ``start``: start of the time range: a ``datetime`` (naive is UTC), ISO 8601 text, epoch seconds, or
                  ``-3h`` (default: open).
                * ``end``: its end, inclusive to the second (default: open).
                * ``limit``: maximum number of rows if the query itself has no ``limit`` (default: 10,000).
                * ``now``: the moment that ``now()`` returns (default: the present).
                * ``parameters``: values of ``{{name}}`` in the query; they override its own defaults (see ``saved``).
                * ``tables``: lookup tables by name: paths of CSV files with a header, or Polars frames.
                * ``names``: a folder, or several, with lookup tables in any form that is known, which is recognised by
                  content: ``aws ec2 describe-…`` as JSON, ip-ranges.json, MaxMind databases, CSV; or ``Names``.
                * ``with_names``: True to show names beside addresses and ids, as ``Result.with_names`` does.
                * ``saved``: texts of saved queries by name, which ``$Name(…)`` inserts; a comment line
                  ``# {{name}} = value`` at the top of one gives a default.

        Returns:
            The rows as the service prints them, the same rows with typed columns, and the statistics.

        Raises:
            MalformedQuery: the text is not a valid query; it has the position.
            UnreadableInput: a file could not be read, or a line is not a record under ``strict``; it has the file.
            ValueError: ``start``, ``end`` or ``now`` is not a point in time, or ``limit`` not a number of rows.
            TypeError: there is no such option.

        >>> import flowlocal
        >>> logs = flowlocal.scan("flow.log")
        >>> logs.query("filter action = {{action}} | stats sum(bytes) as b", parameters={"action": "'ACCEPT'"}).rows
        [{'b': '13249'}]
        >>> logs.query("fields dstPort", start="2026-05-01T02:00:00Z", limit=1).rows
        [{'dstPort': '3389'}]
        """
        return answer(self, text, QueryOptions.of(text, **options))


def answer(
    logs: Logs,
    text: str,
    options: QueryOptions,
    *,
    on_bytes: Callable[[int], None] | None = None,
    on_times: Callable[[pl.Series], None] | None = None,
) -> Result:
    """Answer a query with options that were checked before, for front ends that show progress.

    Args:
        logs: the opened logs.
        text: the query.
        options: its options.
        on_bytes: called with the number of stored bytes read since the last call, from any thread.
        on_times: called with the times of more of the events that matched, ``Datetime("ms")``, from any thread.

    Raises:
        MalformedQuery: as ``Logs.query``.
        UnreadableInput: as ``Logs.query``.
    """
    from flowlocal import engine  # noqa: PLC0415 - Polars loads on first use

    report = _report(logs)
    report.on_bytes = on_bytes or report.on_bytes
    report.on_times = on_times
    report.warnings.extend(_refused(options))
    return _completed(engine.run(text, logs.source, options, report=report), logs, text, options)


def answer_together(
    logs: Logs,
    asked: Sequence[tuple[str, QueryOptions]],
    *,
    on_bytes: Callable[[int], None] | None = None,
    around: Callable[[int], AbstractContextManager[None]] = lambda _: nullcontext(),
) -> list[Result]:
    """Answer several queries in one reading of the logs, if they are of one log group and not a dataset.

    Args:
        logs: the opened logs.
        asked: the text and the options of each query.
        on_bytes: see ``answer``.
        around: what is entered, by the number of the query, while it is planned, so that errors can be told apart.

    Raises:
        MalformedQuery: as ``Logs.query``; nothing was read then.
        UnreadableInput: as ``Logs.query``.
    """
    from flowlocal.engine import QueryPlan  # noqa: PLC0415 - Polars loads on first use
    from flowlocal.sources.reading.shared import SharedReading  # noqa: PLC0415

    shared = None
    if logs.source.batches is not None:
        shared = SharedReading(logs.source, _report(logs))
        shared.report.on_bytes = on_bytes or shared.report.on_bytes
    plans = []
    for number, (text, options) in enumerate(asked):
        report = _report(logs)
        report.warnings.extend(_refused(options))
        source = logs.source if shared is None else shared.join(report).events
        with around(number):
            plans.append(QueryPlan.of(text, source, options, report))
    results = [plan.run() for plan in plans] if shared is None else _run_together(plans, shared)
    pairs = zip(results, asked, strict=True)
    return [_completed(result, logs, *each) for result, each in pairs]


def _run_together(plans: Sequence[QueryPlan], shared: SharedReading) -> list[Result]:
    prepared = [plan.prepared() for plan in plans]
    shared.begin()
    reports = [plan.report for plan in plans]
    lazy = [(each, report) for (each, _), report in zip(prepared, reports, strict=True)]
    frames = collect_together(lazy, shared.end, shared.stop)
    for report in reports:
        report.add(shared.report)
    return [finish(rows) for (_, finish), rows in zip(prepared, frames, strict=True)]


def _refused(options: QueryOptions) -> list[str]:
    return [str(each) for each in (options.names.refused if options.names else ())]


def _completed(result: Result, logs: Logs, text: str, options: QueryOptions) -> Result:
    """Return a result with what front ends need beside its rows."""
    if logs.strict and result.report.odd_count:  # counted without a call of `odd`
        raise UnreadableInput(result.report.odd_in_words, logs.source.locate(0)[0], hint=STRICT_HINT)
    fields = (*logs.source.fields, *logs.source.aliases)
    expanded = expand(text, options.parameters, options.saved).text
    context = {"query": text, "expanded": expanded, "log_groups": logs.source.log_groups, "fields": fields}
    times = {"start": options.start, "end": options.end}
    result = replace(result, context={**context, **times, **result.context}, explain=_explain)
    return result.with_names() if options.with_names else result


def _report(logs: Logs) -> ScanReport:
    """Return the report that one reading of the events fills; with ``strict`` it refuses the first odd line."""
    return StrictReport() if logs.strict else ScanReport(partial_answer=logs.partial_answer)


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
            by the names of log groups, which ``SOURCE``, ``join`` and subqueries then distinguish.
        log_format: the layout of custom records, as given to CreateFlowLogs: ``${version} ${account-id} …``.
        log_group: the log group of the events (default: that of the export, else ``flowlocal``).
        strict: raise ``UnreadableInput`` at a line that is not a flow log record.
        start: files that end before it may be left out; a time as for ``Logs.query``.
        end: files that start after it may be left out.
        stdin: what ``-`` reads (default: standard input).
        partial_answer: answer from what can be read if a file is damaged; ``report.unreadable`` of results names it.

    Returns:
        The opened logs. Of each file only the beginning was read, to find its format.

    Raises:
        UnreadableInput: a path does not exist or cannot be read.
        ValueError: log groups are named by ``paths`` and by ``log_group``, or there are none or too many of them.

    >>> import flowlocal
    >>> logs = flowlocal.scan({"web": "flow.log", "db": "flow.log"})
    >>> logs.query("SOURCE 'web' | stats count(*) as n by @log").rows
    [{'@log': '123456789010:web', 'n': '3'}]
    """
    return _opened(
        Opening(named_groups(paths, log_group), log_format, to_range(start, end), partial_answer), strict, stdin
    )


def named_groups(paths: Paths | Mapping[str, Paths], log_group: str | None) -> dict[str | None, tuple[str, ...]]:
    """Return the paths by the names of their log groups, as given to ``scan``.

    Raises:
        ValueError: log groups are named by both arguments.
    """
    if isinstance(paths, Mapping) and log_group is not None:
        raise ValueError("paths name their log groups already; leave log_group out")
    groups = paths if isinstance(paths, Mapping) else {log_group: paths}
    return {group: _names(each) for group, each in groups.items()}


def _opened(opening: Opening, strict: bool, stdin: BinaryIO | None = None) -> Logs:
    return Logs(opening.open(stdin), strict, opening.partial_answer, opening)


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
    strict: bool = False,
    **options: Unpack[QueryArguments],
) -> Result:
    """Answer one Logs Insights query over files: ``scan`` and ``Logs.query`` in one.

    Args:
        text: the query, as written in the console.
        *paths: files, directories and glob patterns; ``-`` is standard input.
        log_format: the layout of custom records, see ``scan``.
        log_group: the log group of the events, see ``scan``.
        strict: raise ``UnreadableInput`` at a line that is not a flow log record.
        **options: ``start``, ``end``, ``limit``, ``now``, ``parameters``, ``tables``, ``names``, ``with_names`` and
            ``saved``, see ``Logs.query``.

    Returns:
        The rows as the service prints them, the same rows with typed columns, and the statistics.

    Raises:
        MalformedQuery: the text is not a valid query; it has the position.
        UnreadableInput: a file could not be read, or a line is not a record under ``strict``; it has the file.
        ValueError: no path was named, or ``start``, ``end`` or ``now`` is not a valid point in time.
        TypeError: there is no such option.

    >>> import flowlocal
    >>> flowlocal.query("stats sum(bytes) as b by srcAddr | sort b desc | limit 1", "flow.log").rows
    [{'srcAddr': '10.0.0.2', 'b': '9000'}]
    """
    if not paths:
        raise ValueError("name at least one file or directory to query; '-' is standard input")
    checked = QueryOptions.of(text, **options)
    span = (None, None) if looks_back(text, checked) else (checked.start, checked.end)
    logs = _opened(Opening(named_groups(paths, log_group), log_format, span, partial_answer=False), strict)
    return answer(logs, text, checked)
