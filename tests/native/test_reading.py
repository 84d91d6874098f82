"""Random and mutated lines of every layout and prefix, read natively and in plain Python."""

from __future__ import annotations

import re
from collections.abc import Sequence

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowlocal.native.library import Block, ColumnKind, FieldValue, Plan, PrefixToken, Reason, Role, Table
from tests.native.reference import Reading

U8, U16, I64, TIME, MESSAGE, TEXT, STREAM, RECORD, ROW, MIXED = range(10)
KINDS = (
    ColumnKind.UINT8,
    ColumnKind.UINT16,
    ColumnKind.INT64,
    ColumnKind.TIME,
    ColumnKind.TEXT,
    ColumnKind.TEXT,
    ColumnKind.TEXT,
    ColumnKind.RECORD,
    ColumnKind.ROW,
    ColumnKind.TEXT,
)
SMALL = (FieldValue(255, U8), FieldValue(None, TEXT), FieldValue(65535, U16))
LARGE = (
    FieldValue(255, U8),
    FieldValue(),
    FieldValue(65535, MIXED),
    FieldValue(255),
    FieldValue(2**53, I64),
    FieldValue(2**53, None, TIME),
    FieldValue(None, TEXT),
)
LAYOUTS = ((), (SMALL,), (LARGE,), (LARGE, SMALL), (SMALL, LARGE))
AT, NAME, ODD = PrefixToken(Role.TIME, TIME, "[]"), PrefixToken(Role.TEXT, STREAM), PrefixToken(Role.SKIP, None, "()")
BARE = PrefixToken(Role.TIME, TIME)
PREFIXES = ((), (BARE,), (AT, NAME), (AT, NAME, ODD), (NAME,))

integers = st.one_of(
    st.integers(0, 300),
    st.integers(0, 2**16 + 5),
    st.integers(2**53 - 2, 2**53 + 2),
    st.integers(10**9, 2 * 10**9),
    st.sampled_from([10**11 - 1, 10**11, 10**14 - 1, 10**14, 10**18, 10**30]),
).map(lambda number: str(number).encode())
odd = st.sampled_from(
    [b"-", b"", b"+5", b"+", b"-5", b"0000000000000000022", b"1.5", b"22\x00", b"\xc3\xa9", b"x" * 40]
)
values = st.one_of(integers, integers, odd, st.sampled_from([b"eni-0123456789abcdef0", b"10.0.0.1", b"REJECT", b"OK"]))
times = st.sampled_from(
    [
        b"2026-05-01T00:00:00.000Z",
        b"2026-05-01T00:00:00Z",
        b"2024-02-29T23:59:59.123456789+05:30",
        b"2023-02-29T00:00:00Z",
        b"0001-01-01T00:00:00-2359",
        b"1969-12-31 23:59:59.9",
        b"2026-05-01T24:00:00Z",
        b"2026-05-01T00:00:00.Z",
        b"2026-05-01",
    ]
)
gaps = st.sampled_from([b" ", b" ", b" ", b"  ", b"\t"])
ends = st.sampled_from([b"\n", b"\n", b"\n", b"\r\n", b" \n", b"\r\r\n"])
prefixes = st.one_of(
    st.just(b""),
    st.builds(lambda time, gap: time + gap, times, gaps),
    st.builds(lambda time, gap: b"[" + time + b"]" + gap + b"eni-1-all" + gap + b"(id)" + gap, times, gaps),
)
records = st.builds(
    lambda prefix, number, text, port, more, gap: prefix + gap.join([number, text, port, *more]),
    prefixes,
    integers,
    values,
    integers,
    st.one_of(st.just([]), st.lists(values, min_size=4, max_size=4), st.lists(values, max_size=6)),
    gaps,
)
lines = st.one_of(records, records, st.binary(max_size=30).map(lambda text: text.decode(errors="replace").encode()))
texts = st.builds(
    lambda parts, last: b"".join(line + end for line, end in parts) + last,
    st.lists(st.tuples(lines, ends), max_size=12),
    st.one_of(st.just(b""), lines),
)


def answer(
    reading: Reading, text: bytes, cuts: Sequence[int] = ()
) -> tuple[list[list[object]], list[tuple[int, Reason]], int]:
    """Return what the native reader makes of a text, in as many readings as there are cuts and one."""
    plan = Plan(reading.kinds, reading.layouts, reading.tokens, reading.message, reading.literal, since=reading.since)
    block = Block.of(text)
    table = Table(plan, block)
    for start, end in zip([0, *cuts], [*cuts, len(text)], strict=True):
        table.read(start, end, table.report.lines)
    unparsed = [(each.line, each.reason) for each in table.unparsed()]
    columns = [table.series(slot, str(slot)) for slot in range(len(reading.kinds))]
    count = table.report.lines
    del table, block  # columns outlive what they were made of
    return (
        [each.cast(pl.Int64).to_list() if each.dtype == pl.Datetime else each.to_list() for each in columns],
        [*unparsed],
        count,
    )


@pytest.mark.usefixtures("reader")
@given(
    st.sampled_from(LAYOUTS),
    st.sampled_from(PREFIXES),
    st.sampled_from([None, b"22", b"REJECT", b"5"]),
    st.sampled_from([None, -1, 1, 5_000, 1_777_600_000_000]),
    texts,
)
def test_the_native_reader_is_the_definition(
    layouts: Sequence[Sequence[FieldValue]],
    tokens: Sequence[PrefixToken],
    literal: bytes | None,
    since: int | None,
    text: bytes,
) -> None:
    """Every column, every unparsed line and its reason, for every layout, prefix, literal and time."""
    reading = Reading(KINDS, layouts, tokens, MESSAGE, literal, since)
    expected = reading.answer(text)
    assert answer(reading, text) == (expected.columns, expected.unparsed, expected.lines)


@pytest.mark.usefixtures("reader")
@pytest.mark.parametrize("maximum", [9, 255, 9_999, 10_000, 65_535, 99_999, 99_999_999, 10**8, 2**32 - 1, 2**32, 2**53])
@pytest.mark.parametrize("slot", [None, I64])
def test_maxima(maximum: int, slot: int | None) -> None:
    """Integers about the largest one that is valid, also where its digits say nothing, wanted or not."""
    numbers = {most + more for most in (maximum, maximum * 10, 10 ** len(str(maximum))) for more in (-1, 0, 1)}
    text = b"".join(b"eni-0123456789abcdef0 %d OK\n" % number for number in sorted(numbers))
    reading = Reading(KINDS, [(FieldValue(), FieldValue(maximum, slot), FieldValue())], (), MESSAGE)
    expected = reading.answer(text)
    assert answer(reading, text) == (expected.columns, expected.unparsed, expected.lines)
    assert 0 < len(expected.unparsed) < len(numbers)


@given(st.sampled_from(LAYOUTS), st.sampled_from(PREFIXES), texts)
def test_times_are_those_of_all_lines(
    layouts: Sequence[Sequence[FieldValue]], tokens: Sequence[PrefixToken], text: bytes
) -> None:
    """Also of lines that lack the literal."""
    times = [time for time in Reading(KINDS, layouts, tokens, MESSAGE).answer(text).columns[TIME] if time is not None]
    table = Table(Plan(KINDS, layouts, tokens, MESSAGE, b"REJECT"), block := Block.of(text))
    table.read(0, block.size)
    assert table.span == ((min(times), max(times)) if times else None)  # type: ignore[type-var]


@given(st.sampled_from(LAYOUTS[1:]), texts, st.randoms(use_true_random=False))
def test_lines_mean_the_same_in_any_window(
    layouts: Sequence[Sequence[FieldValue]], text: bytes, random: object
) -> None:
    """Positions of vectors and windows do not matter: the same lines after up to 100 kB of others."""
    before = b"2 eni-0123456789abcdef0 22\n" * random.choice([1, 3, 1200, 1214, 3000])  # type: ignore[attr-defined]
    reading = Reading(KINDS, layouts, (), MESSAGE)
    columns, unparsed, count = answer(reading, before + text)
    expected = reading.answer(before + text)
    assert (columns, unparsed, count) == (expected.columns, expected.unparsed, expected.lines)


@given(texts.filter(lambda text: text.count(b"\n") > 1))
def test_readings_add_up(text: bytes) -> None:
    """A block read in parts, as a file of several: each begins without a time."""
    cut = text.index(b"\n") + 1
    reading = Reading(KINDS, (LARGE, SMALL), (), MESSAGE)
    first, second = reading.answer(text[:cut]), reading.answer(text[cut:], 1)
    columns, _, count = answer(reading, text, [cut])
    assert columns == [a + b for a, b in zip(first.columns, second.columns, strict=True)]
    assert count == first.lines + second.lines


@given(
    st.sampled_from(LAYOUTS),
    st.sampled_from(PREFIXES),
    st.sampled_from([(b"22", None), (b"REJECT", None), (b"5", 5_000), (None, 5_000)]),
    texts,
    st.integers(1, 3),
)
def test_pieces_may_take_the_place_of_those_before(
    layouts: Sequence[Sequence[FieldValue]],
    tokens: Sequence[PrefixToken],
    wanted: tuple[bytes | None, int | None],
    text: bytes,
    count: int,
) -> None:
    """A file read some lines at a time into the same memory: as if it were read at once."""
    literal, since = wanted
    plan = Plan(KINDS, layouts, tokens, MESSAGE, literal, since=since, counted=1_000)
    lines = re.findall(rb"[^\n]*\n|[^\n]+$", text)
    pieces = [b"".join(lines[at : at + count]) for at in range(0, len(lines), count)]
    memory, left = Block(max(map(len, pieces), default=0)), len(text)
    table = Table(plan, memory)
    for piece in pieces:
        memory.data[:] = piece.ljust(memory.size, b"!")
        left -= len(piece)
        table.read(0, len(piece), table.report.lines, after=left)
    assert not plan.keeps_lines
    assert not left
    expected = Reading(KINDS, layouts, tokens, MESSAGE, literal, since, 1_000).answer(text)
    assert table.report.older == expected.older
    columns = [table.series(slot, str(slot)).to_physical().to_list() for slot in range(len(KINDS))]
    assert columns == expected.columns


@pytest.mark.parametrize(
    ("kind", "maximum", "literal", "since", "keeps"),
    [
        (ColumnKind.TEXT, None, None, None, True),
        (ColumnKind.TEXT, None, b"22", None, False),
        (ColumnKind.TEXT, None, None, 0, False),
        (ColumnKind.UINT8, 255, None, None, False),
    ],
)
def test_numbers_do_not_need_their_lines(
    kind: ColumnKind, maximum: int | None, literal: bytes | None, since: int | None, keeps: bool
) -> None:
    """Texts do, unless they are copied because only some lines are asked for."""
    assert Plan([kind], [[FieldValue(maximum, 0)]], literal=literal, since=since).keeps_lines is keeps


def test_an_unparsed_line_has_the_time_of_the_line_before() -> None:
    """Not its own, even if the value that makes it no record comes after its time."""
    late = (FieldValue(2**53, None, TIME), FieldValue(255, U8))
    columns, unparsed, _ = answer(Reading(KINDS, (late,), (), MESSAGE), b"1777600000 1\n1777600099 256\n- 2\n")
    assert columns[TIME] == [1777600000000] * 3
    assert [line for line, _ in unparsed] == [1]


def test_a_line_longer_than_a_window() -> None:
    """The value of a line may be as long as the block."""
    text = b"2 " + b"x" * 200_000 + b" 22\n2 b 23"
    columns, unparsed, count = answer(Reading(KINDS, (SMALL,), (), MESSAGE), text)
    assert (columns[U16], unparsed, count) == ([22, 23], [], 2)
    assert columns[TEXT] == ["x" * 200_000, "b"]


def test_an_invalid_plan_is_refused() -> None:
    """Slots that do not exist never reach memory."""
    with pytest.raises(ValueError, match="invalid plan"):
        Table(Plan([ColumnKind.UINT8], [[FieldValue(255, 3)]]), Block.of(b"1\n"))
