"""Make flow logs of any size for measuring, about 100 MB of text a second.

    python -m benchmarks.generate 1GB benchmarks/data/1GB [--files 100] [--shape lines|s3|export|parquet]

The values are pseudo-random, the same ones for a version of Polars: one week, 400 interfaces, skewed addresses and
ports, 12 % REJECT, 2 % NODATA. ``lines`` are plain bare records, ``s3`` is gzip with a header line, ``export`` is what
a CloudWatch Logs export task writes: gzip with an ISO time before each record, ``parquet`` is what S3
delivers in that format.
"""

from __future__ import annotations

import argparse
import gzip
import re
from collections.abc import Iterator
from pathlib import Path

import polars as pl

BYTES_A_LINE = 112
ROWS = 500_000
"""Rows that are made at once."""
FIRST = 1_777_593_600
"""1 May 2026, 00:00 UTC."""
WEEK = 7 * 86_400
HEADER = (
    "version account-id interface-id srcaddr dstaddr srcport dstport protocol packets bytes start end action log-status"
)
PORTS = [443] * 40 + [80] * 12 + [53] * 10 + [22] * 4 + [3389] * 3 + [445] * 3 + [5432] * 6 + [8080] * 5 + [123] * 2
_UNITS = {"": 1, "K": 10**3, "M": 10**6, "G": 10**9}


def size(text: str) -> int:
    """Bytes, from text such as ``100MB``."""
    found = re.fullmatch(r"(\d+)\s*([KMG]?)B?", text.strip(), re.IGNORECASE)
    if not found:
        raise argparse.ArgumentTypeError(f"{text!r} is not a size: expected 100MB or 1GB")
    return int(found[1]) * _UNITS[found[2].upper()]


def _draw(row: pl.Expr, seed: int) -> pl.Expr:
    """Return a pseudo-random number for each row."""
    return (row.hash(seed) // 2048).cast(pl.Int64)


def _skewed(row: pl.Expr, seed: int, count: int) -> pl.Expr:
    """Return a number below ``count``, small ones far more often."""
    share = (_draw(row, seed) % 1_000_003) / 1_000_003
    return (share**3 * count).floor().cast(pl.Int64)


def _address(network: str, host: pl.Expr) -> pl.Expr:
    return pl.format(f"{network}.{{}}.{{}}", host // 256, host % 256)


def records(start: int, stop: int, total: int) -> pl.DataFrame:
    """Rows ``start`` to ``stop`` of ``total``: a text column a field, null where the log has ``-``."""
    row = pl.col("row")
    inside, outside = _address("10.0", _skewed(row, 1, 4_000)), _address("198.18", _skewed(row, 2, 60_000))
    inbound = _draw(row, 3) % 2 == 0
    service = _draw(row, 4) % (len(PORTS) * 5)
    known = (service % len(PORTS)).replace_strict(range(len(PORTS)), PORTS, return_dtype=pl.Int64)
    port = pl.when(service < len(PORTS) * 4).then(known).otherwise(1024 + _draw(row, 5) % 64_000)
    packets = 1 + _skewed(row, 6, 400)
    begin = FIRST + row * WEEK // total
    eni = _draw(row, 7) % 400
    frame = (
        pl.int_range(start, stop, eager=True)
        .to_frame("row")
        .lazy()
        .select(
            version=pl.lit("2"),
            account=pl.format("1234567890{}", 10 + eni % 3),
            interface=pl.format("eni-0{}{}", 1_000_000_000 + eni * 7_919, 100_000 + eni),
            source=pl.when(inbound).then(outside).otherwise(inside),
            target=pl.when(inbound).then(inside).otherwise(outside),
            source_port=32_768 + _draw(row, 8) % 28_000,
            target_port=port,
            protocol=pl.when(port.is_in([53, 123])).then(17).otherwise(6),
            packets=packets,
            bytes=packets * (40 + _draw(row, 9) % 1_400),
            start=begin,
            end=begin + 5 + _draw(row, 10) % 590,
            action=pl.when(_draw(row, 11) % 100 < 12).then(pl.lit("REJECT")).otherwise(pl.lit("ACCEPT")),
            status=pl.when(_draw(row, 12) % 100 < 2).then(pl.lit("NODATA")).otherwise(pl.lit("OK")),
        )
    )
    kept = ["version", "account", "interface", "start", "end", "status"]
    silent = pl.col("status") == "NODATA"
    return frame.with_columns(pl.when(~silent).then(pl.exclude(kept))).collect()


def _stamped(frame: pl.DataFrame) -> pl.DataFrame:
    moment = pl.from_epoch("start").dt.strftime("%Y-%m-%dT%H:%M:%S.000Z")
    return frame.select(moment.alias("moment"), pl.all())


def _texts(start: int, stop: int, total: int, shape: str) -> Iterator[bytes]:
    if shape == "s3":
        yield f"{HEADER}\n".encode()
    for first in range(start, stop, ROWS):
        frame = records(first, min(first + ROWS, stop), total)
        frame = _stamped(frame) if shape == "export" else frame
        yield frame.write_csv(include_header=False, separator=" ", null_value="-", quote_style="never").encode()


def _write_parquet(path: Path, start: int, stop: int, total: int) -> None:
    """As S3 delivers it: hyphens are underscores, numbers are typed, and columns are compressed with gzip."""
    parts = [records(first, min(first + ROWS, stop), total) for first in range(start, stop, ROWS)]
    frame = pl.concat(parts).rename(dict(zip(parts[0].columns, HEADER.replace("-", "_").split(), strict=True)))
    typed = frame.cast({"version": pl.Int32, "srcport": pl.Int32, "dstport": pl.Int32, "protocol": pl.Int32})
    typed.write_parquet(path, compression="gzip", compression_level=6)


def write(directory: Path, total_bytes: int, files: int = 1, shape: str = "lines") -> None:
    """Write so many files, which hold so many bytes of records in all, in order of time."""
    total = max(1, total_bytes // BYTES_A_LINE)
    for number in range(files):
        span = number * total // files, (number + 1) * total // files
        path = directory / (f"stream-{number:05}/000000.gz" if shape == "export" else f"{number:05}.log")
        path = path.with_suffix({"s3": ".log.gz", "parquet": ".log.parquet"}.get(shape, path.suffix))
        path.parent.mkdir(parents=True, exist_ok=True)
        if shape == "parquet":
            _write_parquet(path, *span, total)
            continue
        with path.open("wb") if shape == "lines" else gzip.open(path, "wb", compresslevel=6) as stream:
            for text in _texts(*span, total, shape):
                stream.write(text)


def main() -> None:
    """Read the command line and write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("size", type=size)
    parser.add_argument("directory", type=Path)
    parser.add_argument("--files", type=int, default=1)
    parser.add_argument("--shape", choices=["lines", "s3", "export", "parquet"], default="lines")
    asked = parser.parse_args()
    write(asked.directory, asked.size, asked.files, asked.shape)


if __name__ == "__main__":
    main()
