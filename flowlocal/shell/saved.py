"""Saved queries: files in one directory."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from flowlocal.small_files import check_inside, read_text

SUFFIX = ".insights"
_NAME = re.compile(r"\w[\w-]{0,99}")


class NotSaved(Exception):
    """The saved query cannot be read or written; the message says what to do."""


@dataclass(frozen=True)
class SavedQueries:
    """The queries in one directory, one file each; nothing outside it is read or written.

    Attributes:
        folder: the directory; it is created when the first query is saved.
    """

    folder: Path

    def names(self) -> list[str]:
        """Return the names of the saved queries."""
        found = self.folder.glob(f"*{SUFFIX}") if self.folder.is_dir() else ()
        return sorted(path.stem for path in found if _NAME.fullmatch(path.stem) and path.is_file())

    def read(self, name: str) -> str:
        """Return the text of a query.

        Raises:
            NotSaved: there is no query of that name, or it cannot be read.
        """
        path = self._path(name)
        try:
            return read_text(path, within=[self.folder]).strip()
        except FileNotFoundError:
            raise NotSaved(f"{path} does not exist; `queries` lists the saved queries") from None
        except OSError as error:
            raise NotSaved(f"cannot read {path}: {error.strerror}") from error

    def write(self, name: str, text: str, *, replace: bool = False) -> Path:
        """Write a query to its file.

        Args:
            name: letters, digits, ``_`` and ``-``.
            text: the query.
            replace: True to replace an existing query.

        Raises:
            NotSaved: the name is invalid or already used, or the file cannot be written.
        """
        path = self._path(name)
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            check_inside(path, [self.folder])
            with path.open("w" if replace else "x", encoding="utf-8") as file:
                file.write(text.strip() + "\n")
        except FileExistsError:
            raise NotSaved(f"{path} already exists; `save {name} over` replaces it") from None
        except OSError as error:
            raise NotSaved(f"cannot write {path}: {error.strerror}") from error
        return path

    def texts(self) -> dict[str, str]:
        """Return the texts by name, without those that cannot be read."""
        return {name: text for name in self.names() if (text := self._text(name)) is not None}

    def _text(self, name: str) -> str | None:
        try:
            return self.read(name)
        except NotSaved:
            return None

    def _path(self, name: str) -> Path:
        if not _NAME.fullmatch(name):
            raise NotSaved(f"{name!r} is not a valid name for a query: use letters, digits, _ and -")
        return self.folder / f"{name}{SUFFIX}"


def summary(text: str, room: int = 60) -> str:
    """Return a saved query in one line of at most ``room`` characters: its first comment, or else its text."""
    first, _, _ = text.partition("\n")
    line = first.lstrip("# ") if first.startswith("#") else " ".join(text.split())
    return line if len(line) <= room else f"{line[: room - 1]}…"
