"""Put one question to flow logs with Polars as a careful user would write it, for logs known to hold no odd line."""

from __future__ import annotations

import sys

import polars as pl

TYPES: dict[str, type[pl.DataType]] = {
    "version": pl.UInt8,
    "account_id": pl.String,
    "interface_id": pl.String,
    "srcaddr": pl.String,
    "dstaddr": pl.String,
    "srcport": pl.UInt16,
    "dstport": pl.UInt16,
    "protocol": pl.UInt8,
    "packets": pl.Int64,
    "bytes": pl.Int64,
    "start": pl.Int64,
    "end": pl.Int64,
    "action": pl.String,
    "log_status": pl.String,
}


def main(question: str, files: str, shape: str) -> None:
    """Answer the question: an expression over ``flows``, ``lines`` and ``o``, see questions.toml."""
    stamp: dict[str, type[pl.DataType]] = {"exported": pl.String} if shape == "export" else {}
    dashes = {name: "-" for name, kind in TYPES.items() if kind != pl.String}
    flows = pl.scan_csv(
        files,
        separator=" ",
        has_header=False,
        skip_lines=int(shape == "s3"),
        quote_char=None,
        schema=stamp | TYPES,
        null_values=dashes,
    )
    flows = pl.scan_parquet(files) if shape == "parquet" else flows
    lines = pl.scan_lines(files, name="line")
    answer = eval(question, {"pl": pl, "flows": flows, "lines": lines, "o": len(stamp)})
    sys.stdout.write(answer.collect(engine="streaming").write_csv(include_header=False, quote_style="never"))


if __name__ == "__main__":
    main(*sys.argv[1:])
