"""What is noteworthy in a report, in words with figures."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from flowlocal.report.build import Answer, Report
from flowlocal.report.units import readable

Show = Callable[[str, str], str]
"""Returns a cell for people, given the name of its column and the cell."""
_PLACE = re.compile(r"\{(total )?([^{}]+)\}")


@dataclass(frozen=True)
class Highlight:
    """A sentence of the summary.

    Attributes:
        parts: texts and cells, the latter as column and cell.
        answer: the answer that it is about; None if it is about the logs.
    """

    parts: tuple[str | tuple[str, str], ...]
    answer: Answer | None = None

    def text(self, show: Show = readable, plain: Callable[[str], str] = str) -> str:
        """Return the sentence, with cells as ``show`` returns them and all other text as ``plain`` returns it."""
        return "".join(plain(each) if isinstance(each, str) else show(*each) for each in self.parts)


@dataclass(frozen=True)
class Charge:
    """A part of a bill.

    Attributes:
        name: what is charged.
        bytes: the bytes that are charged.
        usd: their price.
        answer: the answer with the details.
    """

    name: str
    bytes: float
    usd: float
    answer: Answer


def findings(report: Report) -> list[Highlight]:
    """Return the findings of a report in the order of its questions; unparsed lines come first."""
    lines = report.reading.odd_count
    odd = [Highlight((f"{report.reading.odd_in_words}: counted as events, but without fields.",))] if lines else []
    found = (_finding(each) for each in report.answers if each.question.finding and each.found)
    return [*odd, *found]


def nothing_found(report: Report) -> list[Answer]:
    """Return the answers without a row to questions that would be findings."""
    return [each for each in report.answers if each.question.finding and each.result is not None and not each.found]


def charges(report: Report) -> list[Charge]:
    """Return the parts of the bill, the largest first."""
    return sorted(_charges(report), key=lambda each: -each.usd)


def _charges(report: Report) -> Iterator[Charge]:
    for answer in report.answers:
        totals = answer.result.totals if answer.result is not None else {}
        if answer.question.bill and "usd" in totals:
            size = next((value for name, value in totals.items() if name != "usd"), 0.0)
            yield Charge(answer.question.bill, size, totals["usd"], answer)


def _finding(answer: Answer) -> Highlight:
    template, parts, end = answer.question.finding, list[str | tuple[str, str]](), 0
    for place in _PLACE.finditer(template):
        parts += [template[end : place.start()], (place[2], _cell(answer, place[2], total=bool(place[1])))]
        end = place.end()
    return Highlight((*parts, template[end:]), answer)


def _cell(answer: Answer, name: str, *, total: bool) -> str:
    assert answer.result is not None  # noqa: S101 - it has a row
    if total:
        return str(answer.result.totals.get(name, 0))
    if name == "rows":
        return str(answer.found)
    row = answer.result.rows[0]
    known = row.get(f"{name}.name")
    return f"{row.get(name, '-')} ({known})" if known else row.get(name, "-")
