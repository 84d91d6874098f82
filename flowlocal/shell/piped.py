"""Queries from a pipe or a file instead of the prompt."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from flowlocal.shell.continuing import joins_on
from flowlocal.shell.words import finished

if TYPE_CHECKING:
    from flowlocal.shell.session import Session


def answer_all(session: Session, lines: Iterable[str]) -> None:
    """Run all queries in the lines, one after the other; a failed one does not prevent the next."""
    for text in queries(lines):
        session.take(text)
        if session.over:
            return


def queries(lines: Iterable[str]) -> Iterator[str]:
    """Yield the queries in some lines.

    A query ends with its line, unless it continues by the rules of the prompt, or the next line begins with ``|``.
    An empty line ends it in any case.
    """
    held: list[str] = []
    for line in lines:
        text = line.rstrip("\r\n")
        if held and text.strip() and not joins_on(text) and finished("\n".join(held)):
            yield "\n".join(held)
            held = []
        if text.strip():
            held.append(text)
        elif held:
            yield "\n".join(held)
            held = []
    if held:
        yield "\n".join(held)
