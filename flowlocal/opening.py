"""How logs were opened from paths, so that another process can open them again."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from msgspec import Struct, field

from flowlocal.events import UnreadableInput

if TYPE_CHECKING:
    from typing import BinaryIO

    from flowlocal.events import Events

Span = tuple[int | None, int | None]


def _working_directory() -> str:
    """Return the working directory; nothing if it was deleted."""
    try:
        return os.getcwd()
    except FileNotFoundError:
        return ""


class Opening(Struct, frozen=True):
    """What ``scan`` was asked to open.

    Attributes:
        groups: paths by the names of log groups; the name is None if none was given.
        log_format: the layout of custom records, as given to CreateFlowLogs.
        span: the range in epoch milliseconds; files that contain nothing in it may be left out.
        partial_answer: read the other files if a file that was named is damaged.
        folder: the working directory, which relative paths start from.
    """

    groups: Mapping[str | None, Sequence[str]]
    log_format: str | None
    span: Span
    partial_answer: bool
    folder: str = field(default_factory=_working_directory)

    def open(self, stdin: BinaryIO | None = None) -> Events:
        """Open the paths; ``-`` is standard input, or ``stdin``."""
        from flowlocal.sources.joining import joined  # noqa: PLC0415 - Polars loads on first use

        opened = [self._events(group, stdin) for group in self.groups]
        return opened[0] if len(opened) == 1 else joined(opened)

    def _events(self, group: str | None, stdin: BinaryIO | None) -> Events:
        """Return the events of one log group."""
        from flowlocal.sources import open_events  # noqa: PLC0415 - Polars loads on first use

        names = self.groups[group]
        return open_events(
            names,
            log_format=self.log_format,
            log_group=group,
            start=self.span[0],
            end=self.span[1],
            stdin=stdin or (sys.stdin.buffer if "-" in names else None),
            partial_answer=self.partial_answer,
        )

    def reopen(self) -> Events:
        """Open the paths in another process.

        Raises:
            UnreadableInput: as ``scan``, or a relative path means another file in this working directory.
        """
        for path in self._paths:
            if not os.path.isabs(path) and "://" not in path and _working_directory() != self.folder:
                message = f"{path} is relative to {self.folder}, which is not the working directory of this process"
                raise UnreadableInput(message, path, hint="name absolute paths if logs go to another process")
        return self.open()

    def check_repeatable(self) -> None:
        """Refuse what can be read only once.

        Raises:
            PicklingError: a path is standard input, a pipe or a device.
        """
        from pickle import PicklingError  # noqa: PLC0415 - loads slowly

        for path in self._paths:
            if path == "-" or (os.path.exists(path) and not (os.path.isfile(path) or os.path.isdir(path))):
                name = "standard input" if path == "-" else path
                message = f"logs of {name} cannot be pickled: it can be read only once"
                raise PicklingError(f"{message}; write it to a file and open that")

    @property
    def _paths(self) -> tuple[str, ...]:
        return tuple(path for paths in self.groups.values() for path in paths)
