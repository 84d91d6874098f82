"""Turn logs into a dataset: read once as text, queried often as Parquet.

A dataset grows batch by batch. A batch is registered in the manifest after all of its events were written and counted,
so readers see complete files only, and an import that was stopped, killed or refused continues with the next file.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from functools import lru_cache
from pathlib import Path

from msgspec import Struct, field
from msgspec.structs import replace

from flowlocal.events import LINE_BITS, DiskFull, Events, Field, ScanReport, SkippedFile, UnreadableInput
from flowlocal.sources.dataset.locking import LOCK, locked
from flowlocal.sources.dataset.manifest import TEMPORARY, ImportedFile, Loss, Manifest, Part, load
from flowlocal.sources.dataset.part_writer import PartWriter
from flowlocal.sources.files import REMOTE
from flowlocal.sources.files.paths import STDIN, NamedFile, expand, is_dataset
from flowlocal.sources.opening import joined, open_files, options_of, read_frames
from flowlocal.sources.reading.probed_file import OpenedFile, Options

_BATCH_BYTES = 256 << 20
_BATCH_FILES = 1_000


class Import(Struct, frozen=True):
    """The result of an import.

    Attributes:
        files: files whose events were added.
        skipped: files that were in the dataset already.
        events: events added.
        stored: stored bytes of the files that were added.
        written: bytes of Parquet that were written for them.
        refused: why each other file was not added; the dataset counts it as missing.
        report: what was met while they were read.
    """

    files: int
    skipped: int
    events: int
    stored: int
    written: int
    refused: Sequence[UnreadableInput]
    report: ScanReport


def import_logs(
    paths: Sequence[str | os.PathLike[str]],
    directory: str | os.PathLike[str],
    *,
    log_format: str | None = None,
    log_group: str | None = None,
    report: ScanReport | None = None,
    on_start: Callable[[int], None] = lambda _total: None,
) -> Import:
    """Add logs to a dataset, which is created if the directory is new or empty; files that it contains are skipped.

    Args:
        paths: files, directories and globs.
        directory: the directory of the dataset.
        log_format: the format string of flow logs without a header.
        log_group: the log group of the events.
        report: filled while the logs are read.
        on_start: called with the number of stored bytes that will be read.

    Raises:
        UnreadableInput: a path does not exist, a file has changed since it was imported, the directory contains
            something else, or another import is writing to it.
        OSError: the dataset cannot be written.
    """
    root, options = Path(directory), options_of(log_format, log_group)
    report, found = report or ScanReport(), expand(list(paths))
    report.skip(*found.skipped)
    named = [(_stamp(file.path), file) for file in found.files]
    with _writing(root) as manifest:
        known = {_identity(file.path): file for file in manifest.files}
        fresh = {stamp: file.walked for stamp, file in named if not _is_known(stamp, known)}
        on_start(sum(stamp.size for stamp in fresh))
        adding = _Adding(root, manifest, options, fresh, report)
        adding.run()
    refused = tuple(adding.refused.values())
    skipped = len(named) - len(fresh)
    return Import(adding.files, skipped, adding.events, adding.stored, adding.written, refused, report)


@contextmanager
def _writing(root: Path) -> Iterator[Manifest]:
    """Lock a dataset and yield its manifest; a directory without one must be empty."""
    if not is_dataset(root):
        _check_empty(root)
        root.mkdir(parents=True, exist_ok=True)
    with locked(root):
        manifest = load(root) if is_dataset(root) else Manifest()
        _sweep(root, manifest)
        yield manifest


def _check_empty(root: Path) -> None:
    if root.exists() and (not root.is_dir() or any(path.name not in {LOCK, TEMPORARY} for path in root.iterdir())):
        raise UnreadableInput("this is not a dataset and not empty", str(root), hint="name a new or an empty directory")


def _sweep(root: Path, manifest: Manifest) -> None:
    """Remove the files of an import that was stopped."""
    known = {part.name for part in manifest.parts}
    for path in [*root.glob("part-*.parquet"), *root.glob(".part-*.new"), *root.glob(TEMPORARY)]:
        if path.name not in known:
            path.unlink()


def _stamp(path: str) -> ImportedFile:
    if path == STDIN:
        raise UnreadableInput("standard input cannot be imported", path, hint="save it as a file first")
    if path.startswith(REMOTE):
        raise UnreadableInput("only local files are imported", path, hint="fetch them first, as with `aws s3 sync`")
    status = os.stat(path)
    return ImportedFile(os.path.abspath(path), status.st_size, status.st_mtime_ns)


def _is_known(file: ImportedFile, known: dict[str, ImportedFile]) -> bool:
    before = known.get(_identity(file.path))
    if before is not None and (before.size, before.modified) != (file.size, file.modified):
        raise UnreadableInput(
            "this file has changed since it was imported", file.path, hint="import the logs into a new directory"
        )
    return before is not None


def _identity(path: str) -> str:
    """Return what is the same for a file and for links to it."""
    folder, name = os.path.split(path)
    path = os.path.join(_real(folder), name)
    return _real(path) if os.path.islink(path) else path


@lru_cache(maxsize=1024)  # a folder has many files
def _real(path: str) -> str:
    try:
        return os.path.realpath(path)
    except ValueError:  # no file can have such a name
        return path


class _Adding(Struct):
    """Adds new files to a dataset.

    Attributes:
        root: the directory.
        manifest: its manifest, which grows.
        options: how the user described the logs.
        fresh: the files to add, and whether each was found in a directory.
        report: filled while they are read.
        refused: why files were not added, by path.
        files: files added.
        events: events added.
        stored: their stored bytes.
        written: bytes of Parquet that were written for them.
    """

    root: Path
    manifest: Manifest
    options: Options
    fresh: dict[ImportedFile, bool]
    report: ScanReport
    refused: dict[str, UnreadableInput] = field(default_factory=dict)
    files: int = 0
    events: int = 0
    stored: int = 0
    written: int = 0
    _pending: dict[str, None] = field(default_factory=dict)
    _saved: int = 0
    _unsaved: int = 0

    def run(self) -> None:
        """Add all files, and note in the manifest which of them are still missing, from before the first is read."""
        self._pending = dict.fromkeys([*self._left_over(), *(file.path for file in self.fresh)])
        if list(self._pending) != self.manifest.pending or not is_dataset(self.root):
            self._save()
        try:
            for batch in _batches(self.fresh):
                self._add(batch)
        finally:
            if self._unsaved:
                self._save()

    def _left_over(self) -> Iterator[str]:
        """Yield the files that an earlier import did not finish, and warn of those that do not exist any more."""
        known = {_identity(file.path) for file in (*self.manifest.files, *self.fresh)}
        for path in self.manifest.pending:
            if _identity(path) in known:
                continue
            if os.path.exists(path):
                yield path
            else:
                self.report.warnings.append(f"{path}: an earlier import did not finish this file, and it is gone")

    def _save(self) -> None:
        self.manifest.pending = list(self._pending)
        self._saved, self._unsaved = self.manifest.save(self.root), 0

    def _add(self, batch: Sequence[ImportedFile]) -> None:
        """Add files together; if that fails, halve the batch until the files that cause it are known."""
        try:
            self._add_together(batch)
        except DiskFull:
            raise
        except UnreadableInput as error:
            if len(batch) == 1:
                self.refused[batch[0].path] = error
                return
            middle = len(batch) // 2
            self._add(batch[:middle])
            self._add(batch[middle:])

    def _add_together(self, batch: Sequence[ImportedFile]) -> None:
        report = ScanReport(on_bytes=self.report.on_bytes)
        opened = open_files([NamedFile(file.path, self.fresh[file]) for file in batch], self.options)
        if any(file.skipped and not file.file.packed for file in opened):
            self._add_rest(batch, opened)
            return
        events = joined(opened)
        fields = _united(self.manifest.fields, events.fields, self.root)
        writer = PartWriter(
            self.root,
            first=len(self.manifest.parts),
            offset=len(self.manifest.files) << LINE_BITS,
            layouts={file.file.number for file in opened if file.layouts},
        )
        with writer.undone_on_error(), closing(read_frames(opened, report)) as frames:
            parts = writer.write(frames)
            writer.check([file.file.path for file in opened], report.records)
            _refuse_changed(report)
        self._register(_numbered(batch, opened), parts, replace(events, fields=fields), report)
        self.files += len(batch)
        self.stored += sum(file.size for file in batch)
        self.written += sum((self.root / part.name).stat().st_size for part in parts)

    def _add_rest(self, batch: Sequence[ImportedFile], opened: Sequence[OpenedFile]) -> None:
        """Add those files that are logs; the others are looked at again by the next import."""
        pairs = list(zip(batch, (each for each in opened if not each.file.packed), strict=True))
        for file, each in pairs:
            if each.file.error is not None:
                self.refused[file.path] = each.file.error
            elif each.skipped is not None and file.path in self._pending:
                self._leave_out(file, each, each.skipped)
        logs = [file for file, each in pairs if each.skipped is None]
        if logs:
            self._add_together(logs)

    def _leave_out(self, file: ImportedFile, opened: OpenedFile, skipped: SkippedFile) -> None:
        report = ScanReport()
        report.skip(skipped)
        if opened.file.lost:
            report.lose(opened.file.path, opened.file.lost)
        del self._pending[file.path]
        self._count(report)
        self._unsaved += 1

    def _register(
        self, files: Sequence[ImportedFile], parts: Sequence[Part], events: Events, report: ScanReport
    ) -> None:
        unsaved, self._unsaved = self._unsaved, 0  # an interrupt from here on must not save half of it
        manifest = self.manifest
        manifest.fields = dict(events.fields)
        manifest.aliases |= events.aliases
        manifest.log_groups = list(dict.fromkeys([*manifest.log_groups, *events.log_groups]))
        if events.hidden is not None:
            manifest.unknown_layout = manifest.unknown_layout or events.hidden.path
        paths = {file.path for file in files}
        manifest.warnings = [each for each in manifest.warnings if each.partition(": ")[0] not in paths]
        manifest.lost = [each for each in manifest.lost if each.path not in paths]
        manifest.files += files
        manifest.parts += parts
        for file in files:
            self._pending.pop(file.path, None)
        self._count(report)
        # A manifest takes time in proportion to all files: it is written after as many bytes of logs as it has.
        self._unsaved = unsaved + 1 + sum(file.size for file in files)
        if self._unsaved >= self._saved:
            self._save()

    def _count(self, report: ScanReport) -> None:
        """Add what was met in some files to the report of the import and to the manifest."""
        self.report.add(report)
        self.events += report.records
        manifest = self.manifest
        manifest.odd_lines = [*manifest.odd_lines, *report.odd_lines][: ScanReport.SHOWN]
        manifest.lost = list(dict.fromkeys([*manifest.lost, *(Loss(*each) for each in report.lost)]))
        lost = {f"{each.path}: {each.what}" for each in manifest.lost}
        warnings = [*manifest.warnings, *report.warnings]
        manifest.warnings = list(dict.fromkeys(each for each in warnings if each not in lost))


def _batches(files: Iterable[ImportedFile]) -> Iterator[list[ImportedFile]]:
    """Yield the files in order, as many at a time as are read quickly; a large one alone."""
    batch: list[ImportedFile] = []
    size = 0
    for file in files:
        if batch and (size + file.size > _BATCH_BYTES or len(batch) == _BATCH_FILES):
            yield batch
            batch, size = [], 0
        batch.append(file)
        size += file.size
    if batch:
        yield batch


def _numbered(batch: Iterable[ImportedFile], opened: Iterable[OpenedFile]) -> list[ImportedFile]:
    """Return files as the rows of a batch number them: an archive is followed by the files in it."""
    stamps, files = iter(batch), list[ImportedFile]()
    for file in opened:
        if not file.file.packed:
            stamp = next(stamps)
        files.append(replace(stamp, path=file.file.path))
    return files


def _refuse_changed(report: ScanReport) -> None:
    """Raise UnreadableInput for a file that is not what it was when it was opened."""
    for path, what in report.changed.items():
        raise UnreadableInput(what, path, hint="import it again once nothing writes to it any more")


def _united(known: Mapping[str, Field], new: Mapping[str, Field], root: Path) -> dict[str, Field]:
    """Return the fields of the dataset with those of new events; a name has the same kind in all parts."""
    for name, each in new.items():
        if name in known and known[name].kind is not each.kind:
            raise UnreadableInput(
                f"{name} reads as {each.kind} in these logs and as {known[name].kind} in the dataset",
                str(root),
                hint="import logs of another layout into a directory of their own",
            )
    return {**new, **known}
