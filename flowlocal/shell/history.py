"""The history of typed queries, kept in a file across sessions."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from prompt_toolkit.history import FileHistory, History, InMemoryHistory


def open_history(file: Path) -> History:
    """Return the history in a file that only its owner can read; one in memory if the file cannot be opened."""
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch(mode=0o600)
        file.open("ab").close()
    except OSError:
        return InMemoryHistory()
    return _Kept(str(file))


class _Kept(FileHistory):
    """A history that ignores a full disk and an unreadable file."""

    def load_history_strings(self) -> Iterable[str]:
        """Return the typed texts, the latest first."""
        with suppress(OSError):
            return super().load_history_strings()
        return []

    def store_string(self, string: str) -> None:
        """Append a typed text."""
        with suppress(OSError):
            super().store_string(string)
