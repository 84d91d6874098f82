"""Workflow commands of GitHub Actions (documented: "Workflow commands for GitHub Actions")."""

from __future__ import annotations

import re

from flowlocal.ansi import visible

_COMMAND = re.compile(r"^(\s*):(?=:)|#(#)(?=\w*\[)", re.MULTILINE)
"""A runner finds a command at the beginning of a line (``::name``) or anywhere (``##[name]``, ``##vso[…]``)."""


def inert(text: str) -> str:
    """Return the text with what a runner would take for a workflow command broken by an escape, as JSON writes it."""
    return _COMMAND.sub(lambda found: "#\\u0023" if found[2] else f"{found[1]}\\u003a", text)


def annotation(
    level: str,
    message: str,
    *,
    title: str,
    file: str,
    line: int | None = None,
    end_line: int | None = None,
    column: int | None = None,
) -> str:
    """Return a command that shows a message beside a line.

    Args:
        level: ``error``, ``warning`` or ``notice``.
        message: may have several lines.
        title: its heading.
        file: the path, from the root of the repository.
        line: 1-based.
        end_line: the last line it is about.
        column: 1-based; GitHub takes it only if the message is about one line.
    """
    properties: dict[str, object] = {"file": file, "line": line, "endLine": end_line, "title": title}
    if column is not None and end_line in (None, line):
        properties["col"] = column
    given = ",".join(f"{name}={_property(str(value))}" for name, value in properties.items() if value is not None)
    return f"::{level} {given}::{_data(message)}"


def _data(text: str) -> str:
    return inert(visible(text.replace("\r\n", "\n"))).replace("%", "%25").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
