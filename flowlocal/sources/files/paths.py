"""Expand files, folders, glob patterns and S3 URLs to files in a stable order, each once."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from msgspec import Struct, field
from msgspec.structs import replace

from flowlocal.events import SkippedFile, SkipReason, UnreadableInput
from flowlocal.sources.files import REMOTE
from flowlocal.walking import Entry, Walk, hidden, identity, is_pattern

if TYPE_CHECKING:
    from flowlocal.sources.files.remote import RemoteFile

STDIN = "-"
MANIFEST = "flowlocal-dataset.json"
"""The file that makes a directory a dataset."""
_UNFINISHED = (".tmp", ".part")
_MARKER = "_SUCCESS"
_CASES = ".insights.toml"
_EXPORT_TEST = "aws-logs-write-test"


class NamedFile(Struct, frozen=True):
    """A file to read.

    Attributes:
        path: as the user named it, or its path below the directory that the user named.
        walked: True if it was found in a folder or by a pattern, so that it may not be a log.
        remote: the object, if it is in S3.
        status: its file status, if it is local.
        folder: the folder to which the path is relative, if the process that reads it may work in another.
    """

    path: str
    walked: bool = False
    remote: RemoteFile | None = None
    status: os.stat_result | None = None
    folder: str = ""

    @property
    def identity(self) -> object:
        """A key that is equal for all names of a file."""
        return self.path if self.status is None else identity(self.path, self.status)


def is_dataset(path: str | os.PathLike[str]) -> bool:
    """Return True if a directory is a dataset."""
    return os.path.isfile(os.path.join(path, MANIFEST))


def only_dataset(paths: Iterable[str | os.PathLike[str]]) -> str | None:
    """Return the only path if it is a dataset; None if no path is.

    Raises:
        UnreadableInput: there are other paths in addition to a dataset.
    """
    named = [os.fspath(path) for path in paths]
    found = [path for path in named if is_dataset(path)]
    if found and len(named) > 1:
        hint = f"add the other logs to it with `flowlocal import --output {found[0]}`"
        raise UnreadableInput("a dataset is queried by itself", found[0], hint=hint)
    return found[0] if found else None


class PathExpansion(Struct, frozen=True):
    """The files that paths expand to.

    Attributes:
        files: the files, in the order given and by name within a folder.
        skipped: files that were found and are not read.
    """

    files: tuple[NamedFile, ...]
    skipped: tuple[SkippedFile, ...] = ()


def expand(
    paths: Sequence[str | os.PathLike[str]], *, start: int | None = None, end: int | None = None
) -> PathExpansion:
    """Return the files that paths expand to, each once even if it has several names or links.

    S3 objects of a delivery whose dates exclude events between ``start`` and ``end`` (epoch ms) are left out. Local
    files are not: reading them costs little, and a file may contain more than its name says.

    Raises:
        UnreadableInput: a path does not exist or cannot be read, or nothing matches a pattern.
    """
    search = _Search(start, end)
    for path in paths or [STDIN]:
        for file in search.files(os.fspath(path)):
            search.add(file)
    files = tuple(search.found.values())
    read = {os.path.normpath(file.path) for file in files}
    skipped = (each for each in search.walk.skipped if os.path.normpath(each.path) not in read)
    return PathExpansion(files, tuple(dict.fromkeys(skipped)))


def unwanted(name: str) -> SkipReason | None:
    """Return the reason to skip a file or folder found in a folder; None to read it."""
    if name.endswith(_UNFINISHED):
        return SkipReason.TEMPORARY
    if name.endswith(_CASES):
        return SkipReason.CASES
    if name == _EXPORT_TEST:
        return SkipReason.EXPORT_TEST
    return SkipReason.MARKER if name.startswith(_MARKER) else hidden(name)


class _Search(Struct):
    """A search for the files of some paths.

    Attributes:
        start: start of the requested time range, epoch ms.
        end: end of the requested time range, epoch ms.
        found: the files found so far, by identity.
        walk: finds local files and records what is skipped.
    """

    start: int | None
    end: int | None
    found: dict[object, NamedFile] = field(default_factory=dict)
    walk: Walk = field(default_factory=lambda: Walk(unwanted, inside=True))

    def add(self, file: NamedFile) -> None:
        """Add a file, unless it was already found under the same or another name."""
        first = self.found.setdefault(file.identity, file)
        if os.path.normpath(first.path) != os.path.normpath(file.path):
            self.walk.skip(file.path, SkipReason.SAME_FILE)
        if first.walked and not file.walked:  # a named file is read even if it does not look like a log
            self.found[file.identity] = replace(first, walked=False)

    def files(self, path: str) -> Iterator[NamedFile]:
        """Yield the files of one path."""
        if path.startswith(REMOTE):
            yield from self._remote(path)
        elif path == STDIN:
            yield NamedFile(path)
        elif is_pattern(path) and not os.path.lexists(path):
            yield from self._matches(path)
        else:
            yield from self._named(path)

    def _named(self, path: str) -> Iterator[NamedFile]:
        try:
            status = os.stat(path)
        except OSError as error:
            absent = isinstance(error, FileNotFoundError)
            reason = "no such file or directory" if absent else error.strerror
            raise UnreadableInput(f"{path}: {reason}", path, hint=_swapped(path) if absent else "") from error
        if stat.S_ISDIR(status.st_mode):
            yield from map(_walked, self.walk.files(path))
        else:
            _refuse_dataset(path)
            yield NamedFile(path, status=status)

    def _matches(self, pattern: str) -> Iterator[NamedFile]:
        matches = self.walk.matches(pattern)
        if not matches:
            hint = next((str(each) for each in self.walk.skipped), _swapped(pattern))
            raise UnreadableInput(f"{pattern}: no file matches", pattern, hint=hint)
        for match in matches:
            if os.path.isdir(match):
                yield from map(_walked, self.walk.files(match))
            elif (entry := self.walk.regular(match)) is not None:
                yield _walked(entry)

    def _remote(self, url: str) -> Iterator[NamedFile]:
        from flowlocal.sources.files.remote import remote_files  # noqa: PLC0415 - imported only for S3

        empty = True
        for file in remote_files(url, self.start, self.end):
            empty = False
            reason = unwanted(os.path.basename(file.url)) if file.url != url else None
            if reason is None:
                yield NamedFile(file.url, file.url != url, file)
            elif file.size > reason.ignorable:
                self.walk.skip(file.url, reason)
        if empty and self.start is None and self.end is None:
            raise UnreadableInput(f"{url}: no object there", url)


def _walked(entry: Entry) -> NamedFile:
    _refuse_dataset(entry.path)
    return NamedFile(entry.path, walked=True, status=entry.status)


def _refuse_dataset(path: str) -> None:
    """Raise UnreadableInput for the manifest of a dataset among logs, which could be counted twice."""
    if os.path.basename(path) == MANIFEST:
        folder = os.path.dirname(path) or os.curdir
        hint = f"query {folder} by itself, or name the other files and folders"
        raise UnreadableInput(f"{folder}: a dataset of `flowlocal import` among logs", folder, hint=hint)


_EXPORT_FILE = re.compile(r"^\d{6}(?:\.gz)?$")


def export_stream(path: str) -> str | None:
    """Return the log stream in the path of an export task's file, ``…/<task>/<stream>/000000.gz``; None for others.

    Invalid UTF-8 is replaced, as in lines.
    """
    folder, name = os.path.split(path)
    stream = os.fsencode(os.path.basename(folder)).decode("utf-8", "replace")
    return stream if _EXPORT_FILE.match(name) and stream else None


def _swapped(path: str) -> str:
    """Return a hint if what should be a path looks like a query."""
    return "this looks like a query: it comes before the paths" if set("|(=") & set(path) and " " in path else ""
