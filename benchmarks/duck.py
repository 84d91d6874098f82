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


RENAMED = "accountId AS account_id, interfaceId AS interface_id, startTime AS start, logStatus AS log_status"
"""The columns of a dataset that the questions name otherwise; DuckDB's names do not depend on case."""


def _quoted(columns: dict[str, str]) -> str:
    pairs = (f"'{name.strip(chr(34))}': '{kind}'" for name, kind in columns.items())
    return "{" + ", ".join(pairs) + "}"


def views(files: str, shape: str) -> tuple[str, str]:
    """Return what ``flows`` and ``lines`` are."""
    if shape == "parquet":
        return f"SELECT * FROM read_parquet('{files}')", "SELECT NULL AS line"
    if shape == "dataset":
        return (
            f"SELECT * RENAME ({RENAMED}) FROM read_parquet('{files}')",
            f"SELECT \"@message\" AS line, 0 AS o FROM read_parquet('{files}')",
        )
    stamp = {"exported": "VARCHAR"} if shape == "export" else {}
    header = "true" if shape == "s3" else "false"
    common = f"auto_detect=false, header={header}, quote='', escape='', comment=''"
    flows = f"read_csv('{files}', delim=' ', nullstr='-', columns={_quoted(stamp | TYPES)}, {common})"
    lines = f"read_csv('{files}', delim='\x1f', columns={{'line': 'VARCHAR'}}, {common})"
    return f"SELECT * FROM {flows}", f"SELECT *, {len(stamp)} AS o FROM {lines}"


def connected(files: str, shape: str, budget: str = "") -> duckdb.DuckDBPyConnection:
    """Return a connection with the views, and with as much memory as the budget says."""
    connection = duckdb.connect()
    connection.execute("SET enable_progress_bar = false")
    if budget:
        connection.execute(f"SET memory_limit = '{budget}'")
    for name, view in zip(("flows", "lines"), views(files, shape), strict=True):
        connection.execute(f"CREATE VIEW {name} AS {view}")
    return connection


def main(question: str, files: str, shape: str, budget: str = "") -> None:
    """Answer the question."""
    for row in connected(files, shape, budget).execute(question).fetchall():
        print(",".join("" if value is None else str(value) for value in row))


if __name__ == "__main__":
    main(*sys.argv[1:])
