"""Query files that ask a question: those of the report and of the cookbook.

The comments at the top of such a file say what it asks::

    # Title
    # A sentence or two.
    # group: network
    # chart: bar
    # needs: dstPort, action
    # tables: subnets
    # report: 20
    # total: bytes_sent, usd
    # bill: NAT gateways
    # finding: {srcAddr} sent most: {bytes_sent} of {total bytes_sent}; senders: {rows}.
    # {{period}} = 1h

``group`` is the kind of task, ``chart`` a kind of chart, ``needs`` are the fields and ``tables`` the lookup tables
without which the question has no answer. The rest is for the report, which sets ``{{period}}`` to a length that suits
the logs: ``report`` is the place of a query of the cookbook in it, and its name there if it has another
(``report: 8 internet-bound``), ``total`` are columns that are summed over all rows, ``bill`` is the part of a bill that
the sum of ``usd`` is, and ``finding`` is the sentence for the summary, if there is a row: with cells of the first row,
with totals, and the number of rows. ``memory: large`` runs a question on its own, because the groups of all questions
must be in memory at the same time. All but the title may be left out.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from msgspec import Struct

from flowlocal.small_files import read_text

SHIPPED = Path(__file__).parent / "report" / "queries"
"""The questions of the report."""
SUFFIX = ".insights"
_NOTE = re.compile(r"#\s*(group|chart|needs|tables|report|total|bill|finding|memory)\s*:\s*(.*)")
_DEFAULT = re.compile(r"#\s*\{\{")


class Question(Struct, frozen=True):
    """A question that a query file asks.

    Attributes:
        name: the stem of its file, without a number before it.
        title: the first line of comment, else the name.
        text: the lines of comment that follow.
        chart: the kind of chart that shows the answer; empty where only a table does.
        needs: the fields without which there is no answer.
        query: the whole file, as it can be run.
        group: the kind of task that it belongs to; empty if the file names none.
        tables: the lookup tables without which there is no answer, other than those that come with flowlocal.
        place: its place in the report; None if it has none.
        section: its name in the report, if that is another; else empty.
        total: columns of numbers that the report sums over all rows.
        bill: the part of a bill that the sum of ``usd`` is; empty if it is none.
        finding: the sentence for the report's summary; empty if there is none.
        large: True if its groups take so much memory that the report runs it on its own.
    """

    name: str
    title: str
    text: str
    chart: str
    needs: tuple[str, ...]
    query: str
    group: str = ""
    tables: tuple[str, ...] = ()
    place: int | None = None
    total: tuple[str, ...] = ()
    bill: str = ""
    finding: str = ""
    large: bool = False
    section: str = ""

    @property
    def body(self) -> str:
        """The query without its comments at the top."""
        lines = self.query.splitlines()
        start = next((number for number, line in enumerate(lines) if not line.startswith("#")), len(lines))
        return "\n".join(lines[start:]).strip()


def questions(folder: Path = SHIPPED) -> dict[str, Question]:
    """Return the questions of a folder by name, in the order of their files.

    Raises:
        OSError: the folder or a file in it cannot be read.
    """
    files = sorted(path for path in folder.iterdir() if path.suffix == SUFFIX)
    read = (question(path.stem, read_text(path, within=[folder])) for path in files)
    return {each.name: each for each in read}


def question(stem: str, query: str) -> Question:
    """Return the question that a query file asks."""
    name = re.sub(r"^\d+-", "", stem)
    comments = []
    for line in query.splitlines():
        if not line.startswith("#"):
            break
        comments.append(line)
    notes = _notes(comments)
    words = [line.lstrip("#").strip() for line in comments if not (_NOTE.match(line) or _DEFAULT.match(line))]
    title, *rest = words or [name]
    place, _, section = (notes.get("report", "") or stem.partition("-")[0]).partition(" ")
    return Question(
        name,
        title,
        " ".join(filter(None, rest)),
        notes.get("chart", ""),
        _list(notes.get("needs", "")),
        query,
        notes.get("group", ""),
        _list(notes.get("tables", "")),
        int(place) if place.isdecimal() else None,
        _list(notes.get("total", "")),
        notes.get("bill", ""),
        notes.get("finding", ""),
        notes.get("memory", "") == "large",
        section.strip(),
    )


def _list(text: str) -> tuple[str, ...]:
    return tuple(each.strip() for each in text.split(",") if each.strip())


def _notes(comments: list[str]) -> Mapping[str, str]:
    found = (_NOTE.match(line) for line in comments)
    return {each[1]: each[2].strip() for each in found if each}
