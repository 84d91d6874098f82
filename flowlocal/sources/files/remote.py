"""List and read logs in S3; objects are pruned by date and streamed.

Credentials, region and endpoint are configured as for the AWS tools: environment, shared configuration, instance role.
``AWS_ENDPOINT_URL_S3`` or ``AWS_ENDPOINT_URL`` sets another endpoint; ``AWS_SKIP_SIGNATURE=true`` reads public buckets
without credentials.
"""

from __future__ import annotations

import fnmatch
import os
import re
from collections import OrderedDict
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from io import BytesIO
from threading import Lock
from typing import Any, BinaryIO, cast

from msgspec import Struct, field

from flowlocal.events import UnreadableInput
from flowlocal.sources.files import REMOTE
from flowlocal.sources.files.pruning import file_may_hold, folder_may_hold

_SMALL = 1 << 20
_BUFFER = 8 << 20
_KEPT = 64 << 20
_LISTINGS = 16
"""Folders of a bucket that are listed at once."""
_GLOB = re.compile(r"[*?\[]")
_INSTALL = "install one that can: pip install --upgrade pyarrow"
_HINT = "check the name, the region and the credentials; for a public bucket set AWS_SKIP_SIGNATURE=true"


class RemoteFile(Struct, frozen=True):
    """An S3 object.

    Attributes:
        url: ``s3://bucket/key``.
        size: its size in bytes.
    """

    url: str
    size: int

    def open(self) -> BinaryIO:
        """Return a stream of the object's bytes; small objects are cached for the next call.

        Raises:
            UnreadableInput: it cannot be read.
        """
        if self.size <= _SMALL:
            return BytesIO(_SMALL_OBJECTS.get(self.url, lambda: _content(self.url)))
        return _stream(self.url, _BUFFER)


class _Kept(Struct):
    """A cache of the most recently read small objects."""

    objects: OrderedDict[str, bytes] = field(default_factory=OrderedDict)
    size: int = 0
    lock: Lock = field(default_factory=Lock)

    def get(self, url: str, fetch: Callable[[], bytes]) -> bytes:
        """Return an object's bytes, fetched if they are not cached; the second call removes them from the cache."""
        with self.lock:
            data = self.objects.pop(url, None)
            self.size -= len(data or b"")
        if data is not None:
            return data
        data = fetch()
        with self.lock:
            self.objects[url] = data
            self.size += len(data)
            while self.size > _KEPT:
                self.size -= len(self.objects.popitem(last=False)[1])
        return data


_SMALL_OBJECTS = _Kept()


def remote_files(url: str, start: int | None = None, end: int | None = None) -> Iterator[RemoteFile]:
    """Yield the objects of a URL: one object, all below a prefix, or those that match a glob.

    Args:
        url: ``s3://bucket/key-or-prefix``.
        start: skip folders and files of a delivery that end before it (epoch ms).
        end: skip folders and files of a delivery that begin after it (epoch ms).

    Raises:
        UnreadableInput: the bucket cannot be listed.
    """
    path = url.removeprefix(REMOTE).rstrip("/")
    pattern = path if _GLOB.search(path) else None
    base = path if pattern is None else _GLOB.split(path, maxsplit=1)[0].rpartition("/")[0]
    for found, size in _below(base, start, end):
        if pattern is None or fnmatch.fnmatchcase(found, pattern):
            yield RemoteFile(REMOTE + found, size)


def _below(path: str, start: int | None, end: int | None) -> Iterator[tuple[str, int]]:
    """Yield paths and sizes of objects in the order of their names: the object at the path, or those below it."""
    info = _call(path, lambda files: files.get_file_info(path))
    if info.is_file:
        yield path, info.size
        return
    folder, prefix = (path, "") if info.type.name == "Directory" else (path.rpartition("/")[0], path)
    with ThreadPoolExecutor(_LISTINGS, thread_name_prefix="flowlocal-list") as pool:
        pending = [pool.submit(_entries, folder)] if folder else []
        try:
            while pending:
                wanted = [entry for entry in pending.pop().result() if str(entry.path).startswith(prefix)]
                yield from ((e.path, e.size) for e in wanted if e.is_file and file_may_hold(e.path, start, end))
                folders = [entry.path for entry in wanted if not entry.is_file]
                kept = [each for each in folders if folder_may_hold(each, start, end)]
                pending.extend(reversed([pool.submit(_entries, each) for each in kept]))
        finally:
            pool.shutdown(cancel_futures=True)


def _entries(folder: str) -> list[Any]:
    from pyarrow.fs import FileSelector  # type: ignore[import-untyped]  # noqa: PLC0415 - loaded for S3 alone

    entries = _call(folder, lambda files: files.get_file_info(FileSelector(folder)))
    return sorted(entries, key=lambda entry: str(entry.path))


def _content(url: str) -> bytes:
    path = url.removeprefix(REMOTE)
    return cast("bytes", _call(path, lambda files: files.open_input_stream(path, compression=None).read()))


def _stream(url: str, buffer: int) -> BinaryIO:
    path = url.removeprefix(REMOTE)
    return cast(
        "BinaryIO",
        _call(path, lambda files: files.open_input_stream(path, compression=None, buffer_size=buffer or None)),
    )


def _call(path: str, ask: Callable[[Any], Any]) -> Any:  # noqa: ANN401 - pyarrow has no types
    """Return the result of a call to the file system; raise UnreadableInput instead of OSError."""
    try:
        return ask(_file_system(path.partition("/")[0]))
    except OSError as error:
        raise UnreadableInput(f"{REMOTE}{path}: {_reason(error)}", REMOTE + path, hint=_HINT) from error


def _reason(error: OSError) -> str:
    return str(error).splitlines()[0].removeprefix("[Errno 2] ")


@cache
def _file_system(bucket: str) -> Any:  # noqa: ANN401 - pyarrow has no types
    try:
        from pyarrow.fs import S3FileSystem  # noqa: PLC0415 - loaded for S3 alone
    except ImportError as error:
        raise UnreadableInput("this pyarrow cannot read S3", f"{REMOTE}{bucket}", hint=_INSTALL) from error
    endpoint = os.environ.get("AWS_ENDPOINT_URL_S3") or os.environ.get("AWS_ENDPOINT_URL")
    options: dict[str, Any] = {"anonymous": True} if _unsigned() else {}
    if endpoint:
        scheme, _, host = endpoint.rpartition("://")
        options |= {"endpoint_override": host.rstrip("/"), "scheme": scheme or "https"}
    return S3FileSystem(region=_region(bucket, known=bool(endpoint)), **options)


def _unsigned() -> bool:
    return os.environ.get("AWS_SKIP_SIGNATURE", "").lower() in ("1", "true", "yes")


def _region(bucket: str, *, known: bool) -> str | None:
    """Return the configured region, or else the bucket's; None to use the shared configuration."""
    from pyarrow.fs import resolve_s3_region  # noqa: PLC0415 - loaded for S3 alone

    region = os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION")
    if region or known:
        return region
    try:
        return str(resolve_s3_region(bucket))
    except OSError:
        return None
