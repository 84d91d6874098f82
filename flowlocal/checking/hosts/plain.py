"""Files that are one query each."""

from __future__ import annotations

from collections.abc import Iterator

from flowlocal.checking.hosts import Found, NotChecked
from flowlocal.checking.hosts._placeholders import with_placeholders
from flowlocal.checking.source import Host

SUFFIXES = (".insights", ".cwli", ".txt")


def find(host: Host) -> Iterator[Found | NotChecked]:
    """Yield the whole file."""
    yield Found(with_placeholders(host.whole()))
