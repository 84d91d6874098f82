"""Files as export tasks of the service write them, below a folder of this machine."""

from __future__ import annotations

import gzip
import re
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from flowlocal.aws.errors import invalid
from flowlocal.aws.windows import api_events
from flowlocal.collecting import collect
from flowlocal.events import ROW, Events, ScanReport

_BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
_TEST = "aws-logs-write-test"


def bucket_folder(root: str | None, bucket: str, prefix: str) -> Path:
    """Return the folder that a bucket and a prefix are on this machine.

    Args:
        root: the folder below which buckets are folders; None if there is none.
        bucket: the name of a bucket.
        prefix: what keys begin with.

    Raises:
        ApiError: there is no such folder, or it would be elsewhere.
    """
    if root is None:
        raise invalid(
            "flowlocal writes to no bucket: start it with --export-to FOLDER, below which buckets are folders"
        )
    if not _BUCKET.fullmatch(bucket):
        raise invalid(f"The given bucket does not exist. Please make sure the bucket is valid: {bucket}")
    parts = prefix.rstrip("/").split("/")
    if any(part.strip(".") == "" or "\0" in part for part in parts):
        raise invalid(f"The prefix must be names of folders, separated by one slash each: {prefix}")
    folder = Path(root).resolve()
    found = folder.joinpath(bucket, *parts).resolve()
    if not found.is_relative_to(folder):
        raise invalid(f"{bucket}/{prefix} is a link that leads out of the folder of --export-to")
    return found


@dataclass(frozen=True)
class Export:
    """What an export task writes.

    Attributes:
        folder: where the bucket and the prefix are.
        task: the id of the task.
        prefix: what the names of the streams begin with.
        start: epoch milliseconds of the first moment.
        end: epoch milliseconds of the last moment, inclusive.
    """

    folder: str
    task: str
    prefix: str
    start: int
    end: int


def export(events: Events, wanted: Export) -> int:
    """Write events as an export task of the service does, and return how many there are.

    A file for each stream, ``TASK/STREAM/000000.gz``: an event a line, its time before the message.
    """
    report = ScanReport()
    inside = pl.col("timestamp").is_between(wanted.start, wanted.end)
    chosen = api_events(events, report).filter(inside, pl.col("logStreamName").str.starts_with(wanted.prefix))
    time = pl.from_epoch("timestamp", "ms").dt.strftime("%Y-%m-%dT%H:%M:%S%.3fZ")
    line = pl.format("{} {}\n", time, "message").alias("line")
    lines = collect(chosen.sort("timestamp", ROW).select("logStreamName", line), report)
    folder = Path(wanted.folder)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / _TEST).write_text("Permission Check Successful", encoding="utf-8")
    for (stream,), part in lines.group_by("logStreamName", maintain_order=True):
        _write(folder / wanted.task / _folder_name(str(stream)), part["line"])
    return lines.height


def _folder_name(stream: str) -> str:
    """Return the folder of a stream: slashes become hyphens, as in the service."""
    name = stream.replace("/", "-")
    return name.replace(".", "-") if name.strip(".") == "" else name


def _write(folder: Path, lines: pl.Series) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    number = len(list(folder.iterdir()))  # two streams may have a folder, such as a/b and a-b
    with gzip.open(folder / f"{number:06d}.gz", "wt", encoding="utf-8", newline="") as file:
        file.writelines(lines)
