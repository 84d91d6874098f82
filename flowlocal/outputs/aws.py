"""``aws``: the output of ``aws logs get-query-results``."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from flowlocal.outputs import Format, Sink

if TYPE_CHECKING:
    from flowlocal.result import Result

Cells = list[dict[str, str]]


def response(result: Result) -> dict[str, object]:
    """Return the response of GetQueryResults, with the service's members, order and types (recorded).

    A row is a list of fields without the missing ones; a row that is a single event ends with its ``@ptr``.
    """
    return {
        "queryLanguage": "CWLI",
        "results": _rows(result),
        "statistics": _statistics(result),
        "status": "Complete",
    }


def _rows(result: Result) -> list[Cells]:
    rows = [[{"field": name, "value": value} for name, value in row.items()] for row in result.iter_rows()]
    for row, pointer in zip(rows, result.pointers or (), strict=False):
        row.append({"field": "@ptr", "value": pointer})
    return rows


def _statistics(result: Result) -> dict[str, float]:
    groups = result.context.get("log_groups")
    return {
        "recordsMatched": float(result.statistics.recordsMatched),
        "recordsScanned": float(result.statistics.recordsScanned),
        "estimatedRecordsSkipped": 0.0,
        "bytesScanned": float(result.statistics.bytesScanned),
        "estimatedBytesSkipped": 0.0,
        "logGroupsScanned": float(len(groups)) if isinstance(groups, tuple | list) else 1.0,
    }


def write(result: Result, sink: Sink) -> None:
    """Write the response as the AWS command line prints it: indented by four blanks, one value per line."""
    sink.write(json.dumps(response(result), indent=4, ensure_ascii=False) + "\n")


FORMAT = Format("aws", "the output of `aws logs get-query-results`, with @ptr", write)
