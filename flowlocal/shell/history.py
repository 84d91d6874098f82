"""What was typed, kept in a file from session to session."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from prompt_toolkit.history import FileHistory, History, InMemoryHistory


def default_file() -> Path:
    """Where the history is kept by default: the user's folder for the state of programs."""
    if sys.platform == "win32":
        base = os.environ.get("LOCALAPPDATA") or str(Path.home() / "AppData" / "Local")
    else:
        base = os.environ.get("XDG_STATE_HOME") or str(Path.home() / ".local" / "state")
    return Path(base) / "flowlocal" / "history"


def open_history(file: Path) -> History:
    """The history in a file, readable by its owner alone; one in memory where the file cannot be had."""
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch(mode=0o600)
        file.open("ab").close()
    except OSError:
        return InMemoryHistory()
    return _Kept(str(file))


class _Kept(FileHistory):
    """A history that a full disk, or a file that has become unreadable, does not stop."""

    def load_history_strings(self) -> Iterable[str]:
        """What was typed, the latest first."""
        with suppress(OSError):
            return super().load_history_strings()
        return []

    def store_string(self, string: str) -> None:
        """Keep what was typed."""
        with suppress(OSError):
            super().store_string(string)
