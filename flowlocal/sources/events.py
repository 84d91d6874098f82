"""Open paths: a dataset, or log files."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import BinaryIO

from flowlocal.events import Events
from flowlocal.sources.files.paths import expand, only_dataset


def open_events(
    paths: Sequence[str | os.PathLike[str]],
    *,
    log_format: str | None = None,
    log_group: str | None = None,
    start: int | None = None,
    end: int | None = None,
    stdin: BinaryIO | None = None,
    partial_answer: bool = False,
) -> Events:
    """Open logs; only the beginning of each file is read.

    Args:
        paths: files, directories, globs, ``-`` for standard input (default: standard input).
        log_format: the flow log's format string, for records without a header.
        log_group: the log group of the events.
        start: start of the requested time range (epoch ms); files outside it may be skipped.
        end: end of the requested time range (epoch ms); files outside it may be skipped.
        stdin: standard input (default: the process's own).
        partial_answer: read the other files if a named file is damaged; reports then name it.

    Returns:
        The events of all paths.

    Raises:
        UnreadableInput: a path cannot be read, or ``log_format`` is not a valid format string.
    """
    imported = only_dataset(paths)
    # Neither needs what the other one imports: forty modules for log files.
    if imported is not None:
        from flowlocal.sources.dataset.events import open_dataset  # noqa: PLC0415

        return open_dataset(imported, start=start, end=end, log_group=log_group)
    from flowlocal.sources.opening import joined, open_files, options_of  # noqa: PLC0415
    from flowlocal.sources.reading.probed_file import DEFAULT_GROUP  # noqa: PLC0415

    found = expand(paths, start=start, end=end)
    files = open_files(found.files, options_of(log_format, log_group), stdin, partial_answer=partial_answer)
    return joined(files, found.skipped, log_group or DEFAULT_GROUP)
