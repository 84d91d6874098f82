"""Opened logs as the engine reads them: a lazy frame of events and the names discovered in it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from copyreg import __newobj__  # type: ignore[attr-defined] # what pickle itself uses
from enum import StrEnum
from threading import Event
from typing import TYPE_CHECKING, Any, NamedTuple

from msgspec import Struct, field
from msgspec.structs import astuple, replace

from flowlocal.language.render import render_problem
from flowlocal.values.kinds import FieldKind

if TYPE_CHECKING:
    import polars as pl

    from flowlocal.planning.dependency import Cluster

ROW = "_row"
"""Int64: the number of the file in reading order << ``LINE_BITS``, plus the 0-based line in that file."""
RECORD = "_record"
"""Boolean: True if the line was a flow log record."""
RANK = "_rank"
"""Int64, where ``Events.rank`` asks for it: larger the earlier an event comes in an answer."""
LINE_BITS = 40
UNNAMED_GROUP = "flowlocal"
"""The name of a log group that neither the user nor the logs name."""


def split_row(row: int) -> tuple[int, int]:
    """Return the number of the file of a row id, see ``ROW``, and its 0-based line in that file.

    >>> split_row((3 << LINE_BITS) + 7)
    (3, 7)
    """
    return row >> LINE_BITS, row & ((1 << LINE_BITS) - 1)


class Field(NamedTuple):
    """A name that a query may use, and its physical column.

    Attributes:
        name: the Insights name, such as ``dstPort`` or ``@message``; also the name of the column.
        kind: the kind of its values.
        json: True if it was discovered as a key of JSON messages.
        maximum: for ``INTEGER`` columns, the largest value of a record (the sources refuse larger
            ones as odd lines), so that arithmetic can be proved to stay in 64 bits; for ``WHOLE`` ones, the largest
            magnitude.
    """

    name: str
    kind: FieldKind
    maximum: int = 2**63 - 1
    json: bool = False


class OddLine(Struct, frozen=True):
    """A line that is an event, but not a flow log record.

    Attributes:
        path: the file as the user named it, ``-`` for standard input.
        line: 1-based line number in the file, after decompression.
        reason: what is wrong with it, in words.
    """

    path: str
    line: int
    reason: str


def _impossible(path: str, count: int) -> str:
    times = "1 time is outside" if count == 1 else f"{count:,} times are outside"
    return f"{path}: {times} the years 1 to 9999 and {'counts' if count == 1 else 'count'} as missing"


class SkipReason(StrEnum):
    """The reason why a path has no events, in words."""

    PIPE = "a pipe, which is read only if it is named"
    SOCKET = "a socket, which is not a file"
    DEVICE = "a device, which is not a file"
    HIDDEN = "hidden; name it to read it"
    TEMPORARY = "its name is that of an unfinished copy; name it to read it"
    MARKER = "its name is that of a job's marker; name it to read it"
    EXPORT_TEST = "its name is that of an export task's test; name it to read it"
    CASES = "a file of regression cases; name it to read it"
    LINKED_FOLDER = "a link to a folder, which is not followed; name it to read it"
    LINKED_FILE = "a link to a file outside of the folder; name it to read it"
    DANGLING_LINK = "a link to a file that does not exist"
    SAME_FILE = "another name of a file that is read already"
    UNREADABLE = "it cannot be read"
    NOT_A_LOG = "it does not look like a flow log; name it to read it"
    EMPTY = "it is empty"
    HEADER_ONLY = "it contains a header line and no record"

    @property
    def ignorable(self) -> int:
        """The number of bytes up to which a file skipped for this reason contains no log line."""
        return len("Permission Check Successful\n") if self is SkipReason.EXPORT_TEST else 0


class SkippedFile(NamedTuple):
    """A path that has no events, or was not opened.

    Attributes:
        path: the file or folder, as the user named it or as it was found.
        reason: why.
        detail: details of the reason, such as the system's message; may be empty.
    """

    path: str
    reason: SkipReason
    detail: str = ""

    def __str__(self) -> str:
        return f"{self.path}: skipped: {self.detail or self.reason}"


def _ignore(_count: int) -> None:
    """Ignore what was read; a function of the module, so that reports can be pickled."""


class NewestEvents(Struct, frozen=True):
    """The events that a plan asks for if it wants no others than the newest, and the number of all.

    Attributes:
        count: how many.
        predicates: the conditions that all events of the plan match.
        leave_out: called with the number of further events that match, each older than so many others.
        start: epoch milliseconds: the start of the time range of the query; None if it is open.
        in_range: those of the predicates that are its ends.
    """

    count: int
    predicates: Sequence[pl.Expr]
    leave_out: Callable[[int], None]
    start: int | None = None
    in_range: Sequence[pl.Expr] = ()


class ScanReport(Struct):
    """Report of the reading of one query's events; filled while the frame is collected.

    Attributes:
        records: events read (headers and skipped files do not count).
        bytes: bytes of log lines read, after decompression.
        odd_count: number of lines that are not flow log records.
        odd_lines: the first few of them.
        warnings: sentences on whole files, such as a truncated gzip whose undamaged part was kept.
        lost: those of them that say what could not be read: path and sentence.
        unreadable: files that could not be read, or only in part: the answer is not one over all of them.
        impossible_times: number of times outside the range of a datetime, by file; ``warnings`` says so, too.
        files: number of files opened; those without events are in ``skipped``, too.
        skipped: paths without events, and why; ``warnings`` has them, too.
        first: epoch milliseconds of the earliest event that was looked at because of a time range; else None.
        last: the same for the latest.
        changed: files that changed while they were read, and how; ``lost`` has them, too.
        at_end: called when all events were read; each yields the files that have changed, and how.
        partial_answer: True if events are wanted although a file cannot be read to its end.
        on_bytes: called with the number of stored bytes (compressed as on disk) consumed since the last call.
        on_times: called with the times of more matched events (``Datetime("ms")``), from any thread; None if
            they are not wanted.
        failures: what sources raised while they were read, first one first; shared with the reports of subqueries.
        checks: called if Polars fails; each raises ``UnreadableInput`` if files that Polars reads itself are damaged.
        interrupted: set on Ctrl-C to end the wait for silent streams.
        newest: the events that are asked for while they are collected; None if all are.
    """

    SHOWN = 5

    records: int = 0
    bytes: int = 0
    odd_count: int = 0
    odd_lines: list[OddLine] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    lost: dict[tuple[str, str], None] = field(default_factory=dict)
    unreadable: list[str] = field(default_factory=list)
    impossible_times: dict[str, int] = field(default_factory=dict)
    files: int = 0
    skipped: list[SkippedFile] = field(default_factory=list)
    first: int | None = None
    last: int | None = None
    changed: dict[str, str] = field(default_factory=dict)
    at_end: list[Callable[[], Iterable[tuple[str, str]]]] = field(default_factory=list)
    partial_answer: bool = False
    on_bytes: Callable[[int], None] = _ignore
    on_times: Callable[[pl.Series], None] | None = None
    failures: list[BaseException] = field(default_factory=list)
    checks: list[Callable[[], None]] = field(default_factory=list)
    interrupted: list[Event] = field(default_factory=list)
    newest: NewestEvents | None = None

    @contextmanager
    def asked_for(self, newest: NewestEvents) -> Iterator[None]:
        """Ask for no other events meanwhile; a source may answer with others, too."""
        self.newest = newest
        try:
            yield
        finally:
            self.newest = None

    def of_subquery(self) -> ScanReport:
        """Return a report whose counts are separate: the events of a subquery are not those of the query."""
        return ScanReport(
            partial_answer=self.partial_answer,
            failures=self.failures,
            checks=self.checks,
            interrupted=self.interrupted,
        )

    def add(self, other: ScanReport) -> None:
        """Add the counts and sentences of another report."""
        self.records += other.records
        self.bytes += other.bytes
        self.odd_count += other.odd_count
        self.odd_lines = [*self.odd_lines, *other.odd_lines][: self.SHOWN]
        self.warnings.extend(other.warnings)
        self.lost |= other.lost
        self.unreadable.extend(other.unreadable)
        self.impossible_times |= other.impossible_times
        self.files += other.files
        self.skipped.extend(other.skipped)
        self.spans(other.first, other.last)
        self.changed |= other.changed

    def __reduce__(self) -> tuple[Any, ...]:
        """Return what another process can use of a report: the counts and sentences."""
        return type(self), astuple(replace(self, at_end=[], failures=[], checks=[], interrupted=[], newest=None))

    @property
    def odd_in_words(self) -> str:
        """The number of lines that are not records, as the start of a sentence."""
        if self.odd_count == 1:
            return "1 line is not a flow log record"
        return f"{self.odd_count:,} lines are not flow log records"

    def impossible(self, path: str, count: int) -> None:
        """Count times of a file outside the range of a datetime, and keep one warning on all of them."""
        if count:
            before = self.impossible_times.get(path, 0)
            self.impossible_times[path] = before + count
            self.warnings[:] = [each for each in self.warnings if each != _impossible(path, before)]
            self.warnings.append(_impossible(path, before + count))

    def end(self) -> None:
        """Note what changed while it was read, after all events were."""
        for check in self.at_end:
            for path, what in check():
                self.changed[path] = what
                self.lose(path, what)

    def skip(self, *skipped: SkippedFile) -> None:
        """Add paths that gave no events, with a warning for each."""
        self.skipped.extend(skipped)
        self.warnings.extend(map(str, skipped))

    def spans(self, first: int | None, last: int | None) -> None:
        """Note the times of some events, epoch milliseconds."""
        if first is not None and last is not None:
            self.first = first if self.first is None else min(self.first, first)
            self.last = last if self.last is None else max(self.last, last)

    def odd(self, path: str, line: int, reason: str) -> None:
        """Count an odd line, keeping the first few."""
        self.odd_count += 1
        if len(self.odd_lines) < self.SHOWN:
            self.odd_lines.append(OddLine(path, line, reason))

    def lose(self, path: str, what: str) -> None:
        """Note that a part of a file could not be read; the same is noted once.

        Args:
            path: the file as the user named it.
            what: what is missing and why, in words.
        """
        if (path, what) not in self.lost:
            self.lost[path, what] = None
            self.warnings.append(f"{path}: {what}")

    def fail(self, error: UnreadableInput) -> None:
        """Raise the error of a file that cannot be read to its end, or note it if a partial answer is wanted."""
        if not self.partial_answer:
            raise error
        self.unreadable.append(error.path)
        self.lose(error.path, "; ".join(filter(None, (str(error).removeprefix(f"{error.path}: "), error.hint))))


_FORMAT = "the flow log's format: --log-format '${version} ${account-id} …' with the fields in their order"
LAYOUT_HINT = f"give {_FORMAT}"
"""What to do about records of an unknown layout."""
IMPORTED_HINT = f"import the logs into a new dataset with {_FORMAT}"
"""The same for a dataset, whose fields are those that the import found."""


class HiddenFields(NamedTuple):
    """Fields of records whose layout is not known; a query that names one cannot be answered.

    Attributes:
        names: every name by which a query may ask for a field of flow logs.
        path: the first file with such records.
        hint: what to do about it.
    """

    names: frozenset[str]
    path: str
    hint: str = LAYOUT_HINT

    def refusal(self, name: str) -> UnreadableInput:
        """Return the error for a query that names a field."""
        message = f"{self.path}: records of an unknown layout, so that `{name}` is not known"
        return UnreadableInput(message, self.path, 1, self.hint)


class Events(Struct, frozen=True):
    """Opened logs: the names found in them, and a way to read them lazily, as often as wanted.

    Attributes:
        fields: every discovered name in order: ``@timestamp``, ``@message``, ``@logStream``, ``@log``,
            ``@ingestionTime``, then the discovered fields.
        aliases: the names in ``fields`` by their second names, such as ``srcaddr`` or ``tcp-flags``.
        read: returns a new lazy frame with a column per field, ``ROW`` and ``RECORD``; reads only the
            columns that are selected from it, and fills the report while it is collected.
        locate: file and 1-based line for a value of ``ROW``; raises ``KeyError`` for one of no file.
        total_bytes: stored bytes of all files, for progress; None if not known (standard input).
        log_groups: names of the log groups the events belong to.
        hidden: the fields of records whose layout is not known; None if there are no such records.
        cluster: the processes that read the events; None if this one does.
        formats: number of files by the name of their input format, for people.
        batches: yields all events in reading order as frames with the given columns, and fills the report; None if they
            can only be read lazily.
        rank: returns an integer that is larger the earlier an event comes in an answer: for later times, and of one
            time for smaller values of ``ROW``; or None, to compute it from these columns, which takes longer. What
            ``read`` returned before has the columns that it needs, such as ``RANK``.
        sample: some of the events, if the source decodes the columns of all conditions for every event, and they are
            many; else None.
    """

    fields: Mapping[str, Field]
    aliases: Mapping[str, str]
    read: Callable[[ScanReport], pl.LazyFrame]
    locate: Callable[[int], tuple[str, int]]
    total_bytes: int | None
    log_groups: tuple[str, ...] = (UNNAMED_GROUP,)
    hidden: HiddenFields | None = None
    cluster: Cluster | None = None
    formats: Mapping[str, int] = field(default_factory=dict)
    batches: Callable[[ScanReport, Sequence[str]], Iterator[pl.DataFrame]] | None = None
    rank: Callable[[], pl.Expr | None] = lambda: None
    sample: pl.LazyFrame | None = None


class UnreadableInput(Exception):
    """An input that could not be read, or an odd line under ``strict``.

    Attributes:
        path: the file as the user named it.
        line: 1-based line number, if one is the cause.
        hint: what to do next; may be empty.
        kind: what is wrong, in the words that a message begins with.

    >>> import flowlocal
    >>> try:
    ...     flowlocal.query("fields @message", "gone.log")
    ... except flowlocal.UnreadableInput as error:
    ...     print(error.kind, error.path)
    unreadable input gone.log
    """

    kind = "unreadable input"

    def __init__(self, message: str, path: str, line: int | None = None, hint: str = "") -> None:
        super().__init__(message)
        self.path = path
        self.line = line
        self.hint = hint

    def __reduce__(self) -> tuple[Any, ...]:
        """Return how to build it again: without the constructor, which Python would call with the message alone."""
        return __newobj__, (type(self), *self.args), vars(self)

    @property
    def place(self) -> str:
        """The file, and the line if there is one.

        >>> from flowlocal import UnreadableInput
        >>> UnreadableInput("not a flow log record", "flow.log", 3).place
        'flow.log:3'
        """
        return self.path if self.line is None else f"{self.path}:{self.line}"

    def in_words(self) -> str:
        """Return the message without the place that it may begin with.

        >>> from flowlocal import UnreadableInput
        >>> UnreadableInput("gone.log: no such file", "gone.log").in_words()
        'no such file'
        """
        return str(self).removeprefix(f"{self.place}: ").removeprefix(f"{self.path}: ")

    def _render_traceback_(self) -> list[str]:
        """Return what IPython shows instead of a traceback."""
        return render_problem(self.kind, self.in_words(), self.place, self.hint).splitlines()


class DiskFull(UnreadableInput):
    """What a query cannot hold in memory, or an input that can be read only once, did not fit on the disk."""

    kind = "disk full"
