"""The query of a command line: an argument or a file."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import click


@dataclass(frozen=True)
class Asking:
    """A query, what error messages call the place it came from, and what they add."""

    text: str
    source: str = "query"
    hint: str = ""


def split(arguments: Sequence[str], query_file: str | None) -> tuple[Asking, list[str]]:
    """Tell the query from the paths, as grep and jq do."""
    if query_file is not None:
        return Asking(_read_query(query_file), query_file), list(arguments)
    if not arguments:
        raise click.UsageError("give a QUERY, or -f FILE to read one")
    text, *paths = arguments
    hint = f"{text} is a path; the query comes before the paths" if _is_path(text) else ""
    return Asking(text, hint=hint), paths


def _read_query(file: str) -> str:
    try:
        data = sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()
        return data.decode("utf-8-sig")
    except OSError as error:
        raise click.UsageError(f"cannot read the query file {file}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise click.UsageError(f"the query file {file} is not UTF-8 text (byte {error.start})") from error


def _is_path(text: str) -> bool:
    try:
        return Path(text).exists()
    except (OSError, ValueError):  # too long for a name
        return False
