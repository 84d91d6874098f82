"""Record a case: fetch the events, run the query, and compare the local answer with the service's."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from flowlocal import engine
from flowlocal.language.errors import MalformedQuery
from flowlocal.planning.registry import Command
from flowlocal.recording.errors import NotRecorded
from flowlocal.recording.masking import Mask
from flowlocal.recording.service import RemoteGroup, Say, Service, ServiceAnswer
from flowlocal.recording.toml_text import toml
from flowlocal.testing.case import LARGEST_CASES, case_of
from flowlocal.testing.compare import matches
from flowlocal.testing.run import CaseRunner, CaseStatus, Outcome

Table = dict[str, Any]
"""The keys of a case."""
_NARROW = "narrow --start and --end, or raise --limit-events"
_SCHEMA = "#:schema https://raw.githubusercontent.com/flowlocal/flowlocal/main/flowlocal/testing/case.schema.json\n"


@dataclass(frozen=True)
class Wanted:
    """What is to be recorded.

    Attributes:
        query: the text.
        groups: names or ARNs of log groups.
        start: epoch seconds of the first second.
        end: epoch seconds of the last second, which is included.
        most: how many events the case may have.
        tables: CSV texts of lookup tables by name.
        masked: True if identifiers are replaced.
    """

    query: str
    groups: Sequence[str]
    start: int
    end: int
    most: int
    tables: Mapping[str, str] = field(default_factory=dict)
    masked: bool = False


@dataclass(frozen=True)
class Recorded:
    """A case, and how it went locally.

    Attributes:
        text: the TOML.
        events: how many events it has.
        rows: how many rows the service answered; None if it refused the query.
        outcome: what running it locally gave.
        scanned: how many events the service scanned.
    """

    text: str
    events: int
    rows: int | None
    outcome: Outcome
    scanned: int


def record(service: Service, wanted: Wanted, say: Say = lambda _text: None) -> Recorded:
    """Return a case with the service's answer.

    Raises:
        NotRecorded: the service cannot be asked, there are too many events, or the masked case would show another
            answer than the one that was recorded.
    """
    _check(wanted)
    groups = [service.group(each) for each in wanted.groups]
    events = _events(service, wanted, groups, say)
    now = int(datetime.now(UTC).timestamp())
    answer = service.answer(wanted.query, groups, wanted.start, wanted.end, say)
    table = _table(wanted, events, answer, now, service.place)
    outcome = _run(table)
    table = _ordered(table, outcome, wanted.query)
    outcome = _run(table)
    if wanted.masked:
        table, outcome = _masked(table, outcome)
    text = case_text(table)
    scanned = int(answer.statistics.get("recordsScanned", 0))
    return Recorded(text, len(events), None if answer.refusal else len(answer.rows), outcome, scanned)


def _check(wanted: Wanted) -> None:
    """Refuse a query whose events are not those of the log groups that were named."""
    if "source" not in wanted.query.lower():
        return
    try:
        words = [each.definition.name for each in _stages(wanted.query)]
    except MalformedQuery:
        return  # the service says what is wrong
    if "SOURCE" in words:
        raise NotRecorded(
            "the query names its log groups with SOURCE, so it is not known which events to fetch",
            "query",
            hint="leave SOURCE out, and name the groups with --log-group",
        )


def _stages(query: str) -> list[Command]:
    return [each for each in engine.parse(query).stages if isinstance(each, Command)]


def _events(service: Service, wanted: Wanted, groups: Sequence[RemoteGroup], say: Say) -> list[Table]:
    """Return the events of all groups; refused if there are too many."""
    events: list[Table] = []
    for group in groups:
        for page in service.events(group, wanted.start, wanted.end, min(wanted.most + 1, 10_000)):
            events += page
            say(f"{len(events):,} events fetched")
            if len(events) > wanted.most:
                message = f"the query runs over more than {wanted.most:,} events"
                raise NotRecorded(message, f"log group {group.name} ({service.place})", hint=_NARROW)
    return events


def _table(wanted: Wanted, events: list[Table], answer: ServiceAnswer, now: int, place: str) -> Table:
    """Return the keys of the case."""
    table: Table = {
        "title": " ".join(wanted.query.split())[:100] or "an empty query",
        "source": _source(answer, now, place),
        "query": wanted.query,
        "start": _moment(wanted.start),
        "end": _moment(wanted.end),
    }
    table |= {"now": _moment(now)} if "now" in wanted.query.lower() else {}
    table |= {"tables": dict(wanted.tables)} if wanted.tables else {}
    table |= {"events": len(events), "log_events": events}
    if answer.refusal:
        return table | {"error": "", "service": _without_place(answer.refusal)}
    table |= {"rows": [dict(row) for row in answer.rows]}
    matched = answer.statistics.get("recordsMatched")
    return table if matched is None else table | {"statistics": {"recordsMatched": int(matched)}}


def _source(answer: ServiceAnswer, now: int, place: str) -> str:
    """Return where the answer is from, with the statistics that are not compared."""
    found = ", ".join(f"{name} {value:.0f}" for name, value in answer.statistics.items())
    where = "an endpoint" if "://" in place else place
    return f"recorded from CloudWatch Logs in {where} at {_moment(now)}" + (f": {found}" if found else "")


def _moment(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _without_place(message: str) -> str:
    """Return a message without request ids, and without positions: these count what the service puts before a query."""
    return re.split(r" \(Service:| at line [0-9]| \(\[[0-9]", message, maxsplit=1)[0]


def _run(table: Table) -> Outcome:
    """Run a case as ``flowlocal test`` does."""
    return CaseRunner().run(case_of(Path("recorded.insights.toml"), table))


def _ordered(table: Table, outcome: Outcome, query: str) -> Table:
    """Return a case in which the order of rows counts only as far as the query decides it."""
    there = outcome.rows
    rows = table.get("rows")
    if there is None or rows is None or matches(rows, there) or not matches(rows, there, ordered=False):
        return table
    keys = _sort_keys(query)
    compared = [[[row.get(key) for key in keys] for row in each] for each in (rows, there)]
    decided = keys and all(key in row for key in keys for row in rows) and compared[0] != compared[1]
    return table if decided else {**table, "order": "any"}


def _sort_keys(query: str) -> list[str]:
    """Return the names by which the rows of a query are sorted at its end; events without ``sort`` come by time."""
    keys = ["@timestamp"]
    for stage in _stages(query):
        if stage.definition.name == "sort":
            keys = [key.field.name for key in stage.keys]  # type: ignore[attr-defined]
        elif stage.definition.name not in _KEEP_ORDER:
            keys = []
    return keys


_KEEP_ORDER = {"fields", "display", "filter", "limit", "parse", "dedup", "filterIndex", "lookup", "cidrlookup", "json"}
"""Commands after which rows are in the order in which they were."""


def _masked(table: Table, outcome: Outcome) -> tuple[Table, Outcome]:
    """Return a case with identifiers replaced, which must be answered as before.

    Raises:
        NotRecorded: it is not.
    """
    mask = Mask.of(_texts({key: value for key, value in table.items() if key not in {"rows", "source"}}))
    masked = mask.value(table)
    after = _run(masked)
    ordered = masked.get("order") != "any"
    same = after.status is outcome.status and (after.rows is None) == (outcome.rows is None)
    before = [mask.value(dict(row)) for row in outcome.rows or ()]
    if same and matches(before, after.rows or (), ordered=ordered):
        return masked, after
    raise NotRecorded(
        "the masked case has another answer than the unmasked one: the query depends on the identifiers themselves",
        "--mask",
        hint="write whole addresses and identifiers in the query, or leave --mask out and replace them by hand",
    )


def _texts(value: object) -> list[str]:
    if isinstance(value, str):
        return [value]
    inside = [*value, *value.values()] if isinstance(value, Mapping) else value if isinstance(value, list) else []
    return [text for each in inside for text in _texts(each)]


def case_text(table: Table) -> str:
    """Return the file of a case.

    Raises:
        NotRecorded: it would be larger than ``flowlocal test`` reads.
    """
    text = _SCHEMA + toml(table)
    if (size := len(text.encode())) > LARGEST_CASES:
        message = f"the case would have {size >> 20} MB, more than the {LARGEST_CASES >> 20} MB of a case file"
        raise NotRecorded(message, "case", hint="narrow --start and --end")
    return text


def holds(recorded: Recorded) -> bool:
    """Return True if the local answer is the service's."""
    return recorded.outcome.status is CaseStatus.PASSED


def why_not(recorded: Recorded) -> list[str]:
    """Return what may be the cause of a difference other than the query engine."""
    notes = []
    if recorded.scanned and recorded.scanned != recorded.events:
        notes.append(
            f"the service scanned {recorded.scanned:,} events, {recorded.events:,} were fetched: choose an --end "
            "some minutes ago, so that no events arrive meanwhile"
        )
    query = recorded.outcome.case.query
    if "limit" in query.lower() or recorded.rows == 10_000:
        notes.append("a limit cuts rows that are sorted alike at random: sort by more fields, or leave it out")
    return notes
