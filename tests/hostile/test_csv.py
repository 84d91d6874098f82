"""CSV of any kind is read, or refused by name: each row is an event, and one that does not fit is reported."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.hostile.command import RECORD, here
from tests.hostile.mutation import CONTAINERS, CSV, RECORDS, Mutation, check, mutations
from tests.hostile.reading import read
from tests.properties import examples

ROWS: dict[str, tuple[str, str]] = {
    # a row, and why it is not an event of the log
    "blank": ("", "blank line"),
    "empty cells": (",,,,,,,,,,,,,", "all cells are empty"),
    "cut": ("x,1,6,y", "4 cells, expected"),
    "one word": ("word", "1 cell, expected"),
    "extra cells": ("-," + RECORD.replace(" ", ",") + ",x", "16 cells, expected"),
    "a quote that is not closed": ('1777600000000,"' + RECORD, "not valid CSV"),
    "text after a quote": ('"2" 3,"4"', "not valid CSV"),
}


@pytest.mark.parametrize("row", ROWS)
@pytest.mark.parametrize("form", sorted(CSV))
@pytest.mark.parametrize("at", [0, 2, len(RECORDS)])
def test_rows(row: str, form: str, at: int) -> None:
    """A row that is not as the header says keeps its text as message, is reported by its line, and shifts nothing."""
    text, reason = ROWS[row]
    elements = list(map(CSV[form].element, RECORDS))
    found = read(CSV[form].text([*elements[:at], text, *elements[at:]]))
    if form.startswith("download") and "cells, expected" in reason and row != "one word":  # a message may have commas
        reason = "it does not begin with a time"
    assert found.messages == [*RECORDS[:at], text, *RECORDS[at:]]
    assert found.records == RECORDS
    odd = found.report.odd_lines
    assert [(line.line, reason in line.reason) for line in odd] == [(at + 2, True)], odd


@pytest.mark.parametrize(
    ("header", "words"),
    [
        ("version,bytes,srcaddr,bytes,action", "columns 2 ('bytes') and 4 ('bytes') are both bytes"),
        ("version,srcAddr,sourceaddress,action", "columns 2 ('srcAddr') and 3 ('sourceaddress') are both srcaddr"),
        ("@message,@message", "are both @message"),
        ("@timestamp,action,action", "are both action"),
    ],
)
def test_repeated_columns(header: str, words: str, tmp_path: Path) -> None:
    """Two columns of the same meaning are refused by name."""
    path = tmp_path / "x.csv"
    path.write_text(f"{header}\n" + ",".join("1" for _ in header.split(",")))
    refused = here("query", "stats count(*)", path)
    assert refused.code == 3
    assert words in refused.err
    assert f"{path}:1" in refused.err


def test_columns_that_are_not_read() -> None:
    """Columns that are not fields of flow logs are named."""
    found = read(b"srcaddr,dstaddr,bytes,year\n10.0.0.1,10.0.0.2,5,2026\n")
    assert found.records == ["10.0.0.1 10.0.0.2 5"]
    assert found.report.warnings == ["-: columns that are not fields of flow logs are not read: 'year'"]


def test_headers_that_come_again() -> None:
    """Files that were joined have their header in the middle, which is no row."""
    text = CSV["results"].text(list(map(CSV["results"].element, RECORDS)))
    found = read(text + text)
    assert found.records == RECORDS * 2
    assert found.report.odd_count == 0


def test_messages_of_several_lines() -> None:
    """A quoted message may have lines, commas and quotes."""
    found = read(f'@timestamp,@message\n2026-05-01,"a,\n""b""\n"\n2026-05-01,{RECORD}\n'.encode())
    assert found.messages == ['a,\n"b"\n', RECORD]


def test_folder_of_all(tmp_path: Path) -> None:
    """From the command line, a file with odd rows does not keep the others from being read."""
    for number, (text, _) in enumerate(ROWS.values()):
        (tmp_path / f"{number}.csv").write_bytes(CSV["Athena"].text([CSV["Athena"].element(RECORDS[0]), text]))
    found = here("query", "stats count(*) as n, sum(bytes) as b", tmp_path, "--format", "json")
    assert found.code == 0
    assert json.loads(found.out) == [{"n": str(2 * len(ROWS)), "b": str(40 * len(ROWS))}]
    assert f"{len(ROWS)} lines are not flow log records" in found.err
    assert here("query", "stats count(*)", tmp_path, "--strict").code == 3


cells = st.lists(st.text("a \0é", max_size=4), max_size=16).map(",".join)


@given(
    st.sampled_from(sorted(CSV)),
    st.lists(
        st.tuples(st.integers(0, len(RECORDS)), cells),
        max_size=3,
    ),
    st.sampled_from(sorted(CONTAINERS)),
)
@examples(0.6)
@example("Athena", [(1, ",")], "plain")
def test_rows_of_any_kind(form: str, others: list[tuple[int, str]], container: str) -> None:
    """Each row is one event, and each that is not a record is reported."""
    rows = list(map(CSV[form].element, RECORDS))
    for at, row in sorted(others, reverse=True):
        rows.insert(at, row)
    found = read(CONTAINERS[container](CSV[form].text(rows)))
    assert len(found.messages) == len(rows)
    assert [message for message in found.messages if message in RECORDS] == RECORDS
    assert found.report.odd_count == len(rows) - len(RECORDS)


@given(st.sampled_from(sorted(CSV)), mutations, st.sampled_from(sorted(CONTAINERS)))
@examples(1.5)
@example("download", Mutation(0.5, 0, b'"'), "gzip")
@example("Athena", Mutation(0.5, 0, b'"'), "plain")
def test_mutations(form: str, mutation: Mutation, container: str) -> None:
    """Whatever is done to a file, what was whole is kept, and what was damaged is reported."""
    check(CSV[form], mutation, CONTAINERS[container])
