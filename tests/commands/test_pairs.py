"""Any two commands, one after the other: the query is answered by the rules of both, or refused with a sentence."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import given, note
from hypothesis import strategies as st

from flowlocal.engine import run
from flowlocal.language.errors import MalformedQuery
from flowlocal.language.unparse import print_name
from flowlocal.planning.registry import all_commands
from flowlocal.query_options import QueryOptions
from flowlocal.result import Result
from flowlocal.sources import open_events

DAWN = 1_418_515_200
START, END, NOW = DAWN * 1000, DAWN * 1000 + 43_199_999, DAWN * 1000 + 86_400_000
"""Half a day, so that the rows that ``fillmissing`` adds stay few."""
SHOWN = ("@message", "srcAddr", "dstPort", "bytes", "action")
FIRST = f"fields {', '.join(SHOWN)}"
STARTS = (
    FIRST,
    "stats count(*) as n by bin(1h) as t",
    "stats count(*) as n, max(bytes) as most by bin(3h) as t, action | sort most desc",
)
RECORD = "2 123456789010 eni-a 10.0.0.1 10.0.0.9 443 22 6 20 4249 1418530010 1418530070 ACCEPT OK"
SOME = [RECORD, "odd", RECORD.replace("ACCEPT", "REJECT").replace("1418530010", "1418540010"), '{"a":[1,2]}']

_values = (
    *(st.just("2"), st.just("123456789010"), st.sampled_from(["eni-a", "eni-b"])),
    *(st.sampled_from(["10.0.0.1", "10.0.0.10", "-"]), st.sampled_from(["10.0.0.9", "8.8.8.8"])),
    *(st.sampled_from(["443", "22", "-"]), st.sampled_from(["22", "443", "-"]), st.sampled_from(["6", "17"])),
    *(st.sampled_from(["1", "20", "-"]), st.sampled_from(["0", "20", "4249", "-"])),
    *(st.integers(DAWN, DAWN + 43_199).map(str), st.just("1418530070")),
    *(st.sampled_from(["ACCEPT", "REJECT"]), st.just("OK")),
)
_line = st.one_of(st.tuples(*_values).map(" ".join), st.sampled_from(["odd", "42", '{"a":[1,2],"b":null}', "[3,4]"]))
lines = st.lists(_line, max_size=8).map(lambda found: [RECORD, *found])
"""Lines of one file: records of half a day, and odd lines."""

REPLACING = ("stats", "addtotals row=false col=true", "addtotals col=true", "pattern", "countFrequent", "join", "diff")
"""How stages begin that put other rows in the place of those before."""

Rows = list[dict[str, str]]
Rule = Callable[[Result, Result, str], None]


def _same(before: Result, after: Result, _stage: str, *, but: Sequence[str] = ()) -> None:
    """As many rows, in the same order."""
    assert _common(after, before, but) == _common(before, after, but)


def _first_rows(before: Result, after: Result, stage: str) -> None:
    """Assert that the first rows are left."""
    wanted = int(stage.rsplit(maxsplit=1)[-1])
    assert _common(after, before) == _common(before, after)[:wanted]


def _some(before: Result, after: Result, _stage: str) -> None:
    """Assert that some of the rows are left, in their order."""
    rest = iter(_common(before, after))
    assert all(row in rest for row in _common(after, before))


def _more(before: Result, after: Result, stage: str) -> None:
    """Assert that all rows are left in their order, perhaps with others between them."""
    _some(after, before, stage)


def _sorted(before: Result, after: Result, _stage: str) -> None:
    """Assert that the rows are the same, in any order."""
    assert _counted(_common(after, before)) == _counted(_common(before, after))


def _totals(before: Result, after: Result, stage: str) -> None:
    """Assert that the rows are the same, with one more as the last for `col=true`."""
    added = int("col=true" in stage and len(before) > 0)
    shown = _common(after, before)
    assert len(after) == len(before) + added
    assert shown[: len(before)] == _common(before, after)


def _groups(before: Result, after: Result, _stage: str) -> None:
    """Assert that there are no more rows than before, and none of none."""
    assert min(len(before), 1) <= len(after) <= len(before)


def _at_most(before: Result, after: Result, _stage: str) -> None:
    """Assert that there are no more rows than before."""
    assert len(after) <= len(before)


def _one(_before: Result, after: Result, _stage: str) -> None:
    """Assert that there is one row."""
    assert len(after) == 1


def _any(_before: Result, after: Result, _stage: str) -> None:
    """Accept any rows."""
    assert len(after) >= 0


def _common(result: Result, other: Result, but: Sequence[str] = ()) -> Rows:
    """Return the rows with the columns that another result has, too."""
    names = [name for name in result.columns if name in other.columns and name not in but]
    return [{name: row[name] for name in names if name in row} for row in result.rows]


def _counted(rows: Rows) -> Counter[tuple[tuple[str, str], ...]]:
    return Counter(tuple(sorted(row.items())) for row in rows)


@dataclass(frozen=True)
class Kind:
    """What stages of a command look like, and what they do to rows.

    Attributes:
        forms: stages, with ``{a}`` and ``{b}`` for columns and ``{z}``, ``{y}`` and ``{h}`` for names that they make.
        rule: holds the rows before and after against each other.
    """

    forms: tuple[str, ...]
    rule: Rule


def _changing(before: Result, after: Result, stage: str) -> None:
    """As many rows in the same order, but for the values of the columns that the stage names."""
    _same(before, after, stage, but=[name for name in before.columns if name in stage])


KINDS = {
    "SOURCE": Kind(("SOURCE 'x'",), _any),
    "accum": Kind(("accum {a} as {z}",), _same),
    "addtotals": Kind(("addtotals {a}", "addtotals row=false col=true {a}", "addtotals col=true"), _totals),
    "anomaly": Kind(("anomaly",), _any),
    "appendcols": Kind(("appendcols (fields bytes as other | limit 3)",), _same),
    "autoregress": Kind(("autoregress {a} as {z} p=2",), _same),
    "cidrlookup": Kind(("cidrlookup ip_ranges {a} OUTPUT region as {z}",), _same),
    "countFrequent": Kind(("countFrequent {a}, {b}",), _groups),
    "dedup": Kind(("dedup {a}",), _some),
    "diff": Kind(("diff",), _any),
    "display": Kind(("display {a}, {b}",), _same),
    "estimate": Kind(("estimate",), _one),
    "expand": Kind(("expand {a}",), _any),
    "fields": Kind(("fields strlen({a}) as {z}", "fields {a}", "fields {a} = {b} as {z}"), _same),
    "filldown": Kind(("filldown {a}",), _changing),
    "fillmissing": Kind(("fillmissing", "fillmissing with 0 for {a}"), _more),
    "filter": Kind(("filter ispresent({a})", "filter {a} > 20", "filter {a} = 'ACCEPT' or {b} = '-'"), _some),
    "filterIndex": Kind(("filterIndex {a} = 22",), _some),
    "join": Kind(("join left=l right=r where l.{a} = r.action (fields action | limit 2)",), _any),
    "json": Kind(('json field={a} "a" as {z}',), _same),
    "limit": Kind(("limit 2", "head 1"), _first_rows),
    "logcompare": Kind(("logcompare timeshift 1d",), _any),
    "lookup": Kind(("lookup protocols protocol as {a} OUTPUT name as {z}",), _same),
    "outlier": Kind(("outlier mark=true {a}",), _changing),
    "parse": Kind(('parse {a} "*0*" as {z}, {y}', "parse {a} /(?<{z}>[A-Z]+)/"), _same),
    "pattern": Kind(("pattern {a}",), _at_most),
    "relevantfields": Kind(("relevantfields where {a} = 22",), _any),
    "sessionize": Kind(("sessionize {a} as {z}",), _same),
    "sort": Kind(("sort {a} desc", "sort {a}, -{b}", "sort @timestamp"), _sorted),
    "stats": Kind(
        (
            "stats count(*) as {z} by {a}",
            "stats count(*) as {z}, max({a}) as {y} by bin(3h) as {h}, {b}",
            "stats max({a}) as {z}",
        ),
        _groups,
    ),
    "unmask": Kind(("unmask({a})",), _same),
    "unnest": Kind(("unnest {a} into {z}",), _any),
}
"""A kind for every command."""


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the path of a file that every example writes anew."""
    return tmp_path_factory.mktemp("pairs") / "flow.log"


def _write(log: Path, found: Sequence[str]) -> None:
    log.write_text("".join(f"{line}\n" for line in found), encoding="utf-8")


def _answer(query: str, log: Path) -> Result | None:
    """Return the answer, or None if the query is refused as queries are to be refused."""
    try:
        return run(query, open_events([log]), QueryOptions(START, END, now=NOW))
    except MalformedQuery as error:
        _check_refusal(error)
        return None


def _expect_alike(one: str, other: str, log: Path) -> None:
    """Assert that two queries have the same rows."""
    first, second = _answer(one, log), _answer(other, log)
    assert first is not None
    assert second is not None
    assert first.rows == second.rows


def _check_refusal(error: MalformedQuery) -> None:
    """Assert that an error has words and a place, and names no command that is not in the query."""
    assert error.message
    assert 0 <= error.span.start <= error.span.end <= len(error.text)
    blamed = re.findall(r"(?:after|behind|before|by this) `?(\w+)", error.message)
    blamed += re.findall(r"a stage before `(\w+)", error.hint)
    used = error.text.replace("head", "limit").lower()
    service = error.message.startswith("Unknown symbols found in or after stats") and "stats" in used
    assert service or not [word for word in blamed if word in KINDS and word.lower() not in used], error


def _stage(form: str, columns: Sequence[str], number: int = 0) -> str:
    """Return a stage over some columns; the names that it makes are new in a query with other numbers."""
    places = {"a": print_name(columns[0]), "b": print_name(columns[-1])}
    places |= {name: f"{name}{number}" for name in "hyz"}
    return re.sub(r"\{([abhyz])\}", lambda found: places[found[1]], form)


def test_every_command() -> None:
    """No command is left out."""
    assert sorted(KINDS) == sorted(each.name for each in all_commands())


@pytest.mark.parametrize("one", [name for name in KINDS if name != "SOURCE"])
def test_pairs(one: str, log: Path) -> None:
    """Every command after every other runs, or is refused with a sentence that blames what is there."""
    _write(log, SOME)
    first = _stage(KINDS[one].forms[0], SHOWN)
    for kind in KINDS.values():
        _answer(f"{FIRST} | {first} | {_stage(kind.forms[-1], SHOWN, 1)}", log)


@pytest.mark.parametrize("form", [form for name, kind in KINDS.items() if name != "stats" for form in kind.forms])
def test_bins_are_gone(form: str, log: Path) -> None:
    """After a stage that puts other rows in the place of groups by bins, there are no bins to fill."""
    _write(log, SOME)
    stage = _stage(form, ("t", "n"))
    filled = _answer(f"{STARTS[1]} | {stage} | fillmissing", log)
    assert filled is None or not stage.startswith(REPLACING)


@given(data=st.data(), found=lines)
def test_rules(log: Path, data: st.DataObject, found: list[str]) -> None:
    """A stage after one or two others leaves the rows that its rule says, in their order."""
    _write(log, found)
    query = data.draw(st.sampled_from(STARTS))
    before = _answer(query, log)
    for number in range(data.draw(st.integers(2, 3))):
        assert before is not None
        kind = KINDS[data.draw(st.sampled_from(sorted(KINDS)))]
        names = data.draw(st.permutations(before.columns or SHOWN))
        stage = _stage(data.draw(st.sampled_from(kind.forms)), names, number)
        after = _answer(f"{query} | {stage}", log)
        note(f"{query} | {stage}: {'refused' if after is None else after.rows}")
        if after is None:
            return
        if not (stage.startswith("filter") and re.search(r"limit|head", query)):
            kind.rule(before, after, stage)
        if stage.startswith("fillmissing"):
            assert "bin(" in [each for each in query.split(" | ") if each.startswith(REPLACING)][-1]
        query, before = f"{query} | {stage}", after


@given(
    found=lines,
    form=st.sampled_from(KINDS["filter"].forms),
    names=st.permutations(SHOWN),
    most=st.integers(1, 5),
    between=st.sampled_from(["", " | sort dstPort desc"]),
)
def test_filter_after_limit(
    log: Path, *, found: list[str], form: str, names: list[str], most: int, between: str
) -> None:
    """A filter after a limit answers as the filter before it, with a sort between or without."""
    _write(log, found)
    stage = _stage(form, names)
    _expect_alike(f"{FIRST} | limit {most}{between} | {stage}", f"{FIRST} | {stage} | limit {most}{between}", log)


@given(
    found=lines,
    form=st.sampled_from(KINDS["filter"].forms),
    names=st.permutations(SHOWN),
    by=st.sampled_from(["interfaceId", "protocol", "bin(3h)"]),
)
def test_filter_after_stats(log: Path, found: list[str], form: str, names: list[str], by: str) -> None:
    """A filter after stats on fields of the events answers as the filter before it."""
    _write(log, found)
    stage = _stage(form, names)
    stats = f"stats count(*) as n, max(bytes) as most by {by} | sort n"
    _expect_alike(f"{stats} | {stage}", f"{stage} | {stats}", log)
