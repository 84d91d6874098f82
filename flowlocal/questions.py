"""Query files that ask a question: those of the report and of the cookbook.

The comments at the top of such a file say what it asks::

    # Title
    # A sentence or two.
    # group: network
    # chart: bar
    # needs: dstPort, action
    # {{period}} = 1h

``group`` is the kind of task, ``chart`` a kind of chart, ``needs`` are the fields without which the question
has no answer; the report sets ``{{period}}`` to a length that suits the logs. All but the title may be left out.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from flowlocal.small_files import read_text

SHIPPED = Path(__file__).parent / "report" / "queries"
"""The questions of the report."""
SUFFIX = ".insights"
_NOTE = re.compile(r"#\s*(group|chart|needs)\s*:\s*(.*)")
_DEFAULT = re.compile(r"#\s*\{\{")


@dataclass(frozen=True)
class Question:
    """A question that a query file asks.

    Attributes:
        name: the stem of its file, without a number before it.
        title: the first line of comment, else the name.
        text: the lines of comment that follow.
        chart: the kind of chart that shows the answer; empty where only a table does.
        needs: the fields without which there is no answer.
        query: the whole file, as it can be run.
        group: the kind of task that it belongs to; empty if the file names none.
    """

    name: str
    title: str
    text: str
    chart: str
    needs: tuple[str, ...]
    query: str
    group: str = ""

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
    needs = tuple(field.strip() for field in notes.get("needs", "").split(",") if field.strip())
    text = " ".join(filter(None, rest))
    return Question(name, title, text, notes.get("chart", ""), needs, query, notes.get("group", ""))


def _notes(comments: list[str]) -> Mapping[str, str]:
    found = (_NOTE.match(line) for line in comments)
    return {each[1]: each[2].strip() for each in found if each}
