"""Find files in folders and by glob patterns: regular files only, and whatever is skipped is named.

Links to folders are not followed while a folder or ``**`` is walked, so that no file is found over and over. Nothing
here recurses: folders can be nested as deeply as the system allows.
"""

from __future__ import annotations

import errno
import os
import re
import stat
from collections.abc import Callable, Iterator
from fnmatch import fnmatchcase
from typing import NamedTuple

from msgspec import Struct, field

from flowlocal.events import SkippedFile, SkipReason, UnreadableInput
from flowlocal.small_files import is_inside

_DIGITS = re.compile(r"(\d+)")
_MAGIC = re.compile(r"[*?\[]")
_ABSENT = {errno.ENOENT, errno.ENOTDIR}
_KINDS = {
    stat.S_IFDIR: SkipReason.LINKED_FOLDER,
    stat.S_IFIFO: SkipReason.PIPE,
    stat.S_IFSOCK: SkipReason.SOCKET,
}
"""Types of files that are not regular. Folders themselves are walked; only links to them are looked up here."""

Unwanted = Callable[[str], SkipReason | None]
"""Returns why a name is left out of a walk; None if it is not."""


def identity(path: str, status: os.stat_result) -> object:
    """Return what is equal for all names of a file, symbolic and hard links among them.

    Args:
        path: any name of the file.
        status: what the system says of the file, after links.
    """
    return (status.st_dev, status.st_ino) if status.st_ino else os.path.realpath(path)


def is_pattern(path: str) -> bool:
    """Return whether a path has wildcards."""
    return _MAGIC.search(path) is not None


def natural(name: str) -> list[tuple[int, str]]:
    """Return a sort key that puts 2 before 10."""
    return [(int(part), "") if part.isdecimal() else (-1, part) for part in _DIGITS.split(name)]


def hidden(name: str) -> SkipReason | None:
    """Return why hidden files and folders are left out of a walk."""
    return SkipReason.HIDDEN if name.startswith(".") else None


class Entry(NamedTuple):
    """A regular file.

    Attributes:
        path: the name by which it was found.
        status: what the system says of it, after links.
    """

    path: str
    status: os.stat_result


class Walk(Struct):
    """A search for files.

    Attributes:
        unwanted: which names are left out of folders.
        ends: how names of wanted files end, in lower case; others in folders are not looked at.
        inside: True to skip links to files outside of the folder that is walked.
        skipped: what was found and is not read, in order.
    """

    unwanted: Unwanted = hidden
    ends: tuple[str, ...] = ("",)
    inside: bool = False
    skipped: list[SkippedFile] = field(default_factory=list)

    def files(self, folder: str) -> Iterator[Entry]:
        """Yield the regular files below a folder by name, those of each folder before those of its subfolders.

        Raises:
            UnreadableInput: the folder itself cannot be listed.
        """
        pending = [folder]
        while pending:
            here = pending.pop()
            folders: list[str] = []
            for entry in self._wanted(here, named=here == folder):
                if entry.is_dir(follow_symlinks=False):
                    folders.append(entry.path)
                elif entry.name.lower().endswith(self.ends) and (found := self.regular(entry.path)) is not None:
                    yield from self._allowed(found, folder, linked=entry.is_symlink())
            pending.extend(reversed(folders))

    def _allowed(self, found: Entry, folder: str, *, linked: bool) -> Iterator[Entry]:
        if linked and self.inside and not is_inside(found.path, [folder]):
            self.skip(found.path, SkipReason.LINKED_FILE)
        else:
            yield found

    def regular(self, path: str) -> Entry | None:
        """Return a regular file; skip anything else."""
        try:
            status = os.stat(path)
        except OSError as error:
            self._skip_unreadable(path, error)
            return None
        if stat.S_ISREG(status.st_mode):
            return Entry(path, status)
        self.skip(path, _KINDS.get(stat.S_IFMT(status.st_mode), SkipReason.DEVICE))
        return None

    def matches(self, pattern: str) -> list[str]:
        """Return the files and folders that match a glob pattern, by name.

        ``**`` is any number of folders; at the end of a pattern it adds nothing to the folder before it.
        """
        root, *parts = _parts(pattern)
        if parts[-1] == "**":
            root, parts = root or os.curdir, parts[:-1]
        found = [root]
        for part in parts:
            found = list(dict.fromkeys(child for folder in found for child in self._children(folder, part)))
        return sorted(found, key=natural)

    def skip(self, path: str, reason: SkipReason, detail: str = "") -> None:
        """Note a path that is not read."""
        self.skipped.append(SkippedFile(path, reason, detail))

    def _skip_unreadable(self, path: str, error: OSError) -> None:
        if error.errno == errno.ENOENT:
            self.skip(path, SkipReason.DANGLING_LINK)
        else:
            self.skip(path, SkipReason.UNREADABLE, error.strerror or str(error))

    def _wanted(self, folder: str, *, named: bool) -> Iterator[os.DirEntry[str]]:
        for entry in self._entries(folder, named=named):
            reason = self.unwanted(entry.name)
            if reason is None:
                yield entry
            elif not _is_file_up_to(entry, reason.ignorable):
                self.skip(entry.path, reason)

    def _entries(self, folder: str, *, named: bool = False) -> list[os.DirEntry[str]]:
        """Return what a folder contains, by name; one that cannot be listed is skipped, or refused if it was named."""
        try:
            with os.scandir(folder or os.curdir) as entries:
                return sorted(entries, key=lambda entry: natural(entry.name))
        except NotADirectoryError:
            return []
        except OSError as error:
            if named:
                raise UnreadableInput(f"{folder}: {error.strerror}", folder) from error
            self.skip(folder, SkipReason.UNREADABLE, error.strerror or str(error))
            return []

    def _children(self, folder: str, part: str) -> Iterator[str]:
        """Yield the paths that one part of a pattern finds in a folder."""
        if part == "**":
            yield from self._folders(folder)
        elif is_pattern(part):
            names = (entry.name for entry in self._entries(folder))
            shown = (name for name in names if part.startswith(".") or not hidden(name))
            yield from (os.path.join(folder, name) for name in shown if fnmatchcase(name, part))
        else:
            yield from self._child(folder, part)

    def _child(self, folder: str, name: str) -> Iterator[str]:
        """Yield a path without wildcards if it exists; an empty name is the folder itself, as in ``logs/*/``."""
        path = os.path.join(folder, name)
        try:
            os.lstat(path)
        except OSError as error:
            if error.errno not in _ABSENT:
                self._skip_unreadable(path, error)
        else:
            yield path

    def _folders(self, folder: str) -> Iterator[str]:
        """Yield a folder and all folders below it, but for hidden ones."""
        pending = [folder]
        while pending:
            here = pending.pop()
            yield here
            below = [entry.name for entry in self._entries(here) if not hidden(entry.name) and self._is_walked(entry)]
            pending.extend(os.path.join(here, name) for name in reversed(below))

    def _is_walked(self, entry: os.DirEntry[str]) -> bool:
        if entry.is_symlink() and os.path.isdir(entry.path):
            self.skip(entry.path, SkipReason.LINKED_FOLDER)
        return entry.is_dir(follow_symlinks=False)


def _parts(pattern: str) -> tuple[str, ...]:
    """Return where a pattern begins (the root, or an empty text for the working directory), and its parts."""
    drive, rest = os.path.splitdrive(pattern)
    *parts, last = rest.split(os.sep)
    root = os.sep if rest.startswith(os.sep) else ""
    return drive + root, *filter(None, parts), last


def _is_file_up_to(entry: os.DirEntry[str], size: int) -> bool:
    try:
        status = entry.stat(follow_symlinks=False)
    except OSError:
        return False
    return stat.S_ISREG(status.st_mode) and status.st_size <= size
