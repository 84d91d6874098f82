"""Run one SQL query over flow logs with DuckDB, given every column and type; rows are written as CSV."""

from __future__ import annotations

import sys

import duckdb

TYPES = {
    "version": "INTEGER",
    "account_id": "VARCHAR",
    "interface_id": "VARCHAR",
    "srcaddr": "VARCHAR",
    "dstaddr": "VARCHAR",
    "srcport": "INTEGER",
    "dstport": "INTEGER",
    "protocol": "INTEGER",
    "packets": "BIGINT",
    "bytes": "BIGINT",
    "start": "BIGINT",
    '"end"': "BIGINT",
    "action": "VARCHAR",
    "log_status": "VARCHAR",
}


def _quoted(columns: dict[str, str]) -> str:
    pairs = (f"'{name.strip(chr(34))}': '{kind}'" for name, kind in columns.items())
    return "{" + ", ".join(pairs) + "}"


def main(question: str, files: str, shape: str) -> None:
    """Answer the question."""
    stamp = {"exported": "VARCHAR"} if shape == "export" else {}
    header = "true" if shape == "s3" else "false"
    common = f"auto_detect=false, header={header}, quote='', escape='', comment=''"
    flows = f"read_csv('{files}', delim=' ', nullstr='-', columns={_quoted(stamp | TYPES)}, {common})"
    lines = f"read_csv('{files}', delim='\x1f', columns={{'line': 'VARCHAR'}}, {common})"
    flows = f"read_parquet('{files}')" if shape == "parquet" else flows
    connection = duckdb.connect()
    connection.execute("SET enable_progress_bar = false")
    connection.execute(f"CREATE VIEW flows AS SELECT * FROM {flows}")
    if shape != "parquet":
        connection.execute(f"CREATE VIEW lines AS SELECT *, {len(stamp)} AS o FROM {lines}")
    for row in connection.execute(question).fetchall():
        print(",".join("" if value is None else str(value) for value in row))


if __name__ == "__main__":
    main(*sys.argv[1:])
