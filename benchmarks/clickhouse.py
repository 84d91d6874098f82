"""Run one SQL query over flow logs with chdb, given every column and type; rows are written as CSV."""

from __future__ import annotations

import sys

import chdb

NUMBERS = {
    **dict.fromkeys(("version", "protocol"), "UInt8"),
    **dict.fromkeys(("srcport", "dstport"), "UInt16"),
    **dict.fromkeys(("packets", "bytes", "start", "end"), "Int64"),
}
FIELDS = (
    *("version", "account_id", "interface_id", "srcaddr", "dstaddr", "srcport", "dstport", "protocol"),
    *("packets", "bytes", "start", "end", "action", "log_status"),
)
SETTINGS = {
    "format_custom_field_delimiter": " ",
    "format_custom_escaping_rule": "CSV",
    "format_csv_delimiter": " ",
    "format_csv_null_representation": "-",
    "input_format_with_names_use_header": 0,
}
WORDS = {
    "regexp_matches": "match",
    "starts_with": "startsWith",
    "start // 300": "intDiv(start, 300)",
    "string_split(line, ' ')": "splitByChar(' ', line)",
    "CAST(": "toInt64(",
    " AS BIGINT)": ")",
    "quantile_disc(bytes, 0.95)": "arraySort(groupArray(bytes))[intDiv(95 * count(bytes) + 99, 100)]",
}
"""What ClickHouse says otherwise than the questions do, which are in DuckDB's words."""


def main(question: str, files: str, shape: str) -> None:
    """Answer the question."""
    for theirs, ours in WORDS.items():
        question = question.replace(theirs, ours)
    stamp = ["exported String"] if shape == "export" else []
    columns = [f"`{name}` Nullable({NUMBERS[name]})" if name in NUMBERS else f"`{name}` String" for name in FIELDS]
    kind = "CustomSeparatedWithNames" if shape == "s3" else "CustomSeparated"
    flows = f"SELECT * FROM file('{files}', '{kind}', '{', '.join(stamp + columns)}')"
    flows = f"SELECT * FROM file('{files}', 'Parquet')" if shape == "parquet" else flows
    lines = f"SELECT line, {len(stamp)} AS o FROM file('{files}', 'LineAsString', 'line String')"
    settings = ", ".join(f"{name} = {value!r}" for name, value in SETTINGS.items())
    answer = chdb.query(f"WITH flows AS ({flows}), lines AS ({lines}) {question} SETTINGS {settings}", "TabSeparated")
    sys.stdout.write(str(answer).replace("\t", ",").replace("\\N", ""))


if __name__ == "__main__":
    main(*sys.argv[1:])
