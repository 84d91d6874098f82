"""Export tasks: they write to a folder of this machine, below the one that ``serve --export-to`` names."""

from __future__ import annotations

from threading import Thread
from uuid import uuid4

from flowlocal.aws.errors import ApiError, invalid, not_found
from flowlocal.aws.exporting import Export, bucket_folder, export
from flowlocal.aws.local_groups import now
from flowlocal.aws.local_store import LocalStore
from flowlocal.aws.operations.log_streams import named_group
from flowlocal.aws.paging import page
from flowlocal.aws.reads import Read
from flowlocal.aws.request import Request
from flowlocal.aws.store import Shown
from flowlocal.aws.table import Answer, operation

_ACTIVE = ("PENDING", "RUNNING")
_PREFIX = "exportedlogs"
"""Prefix of keys if none is given (documented)."""


@operation("CreateExportTask", written=True)
def create_export_task(request: Request, store: LocalStore) -> Answer:
    """Write the events of a group to the folder BUCKET/PREFIX/TASK below that of `--export-to`."""
    group = named_group(request, store)
    start, end = request.number("from"), request.number("to")
    if start > end:
        raise invalid(f"from {start} is after to {end}")
    folder = bucket_folder(
        store.exports, request.text("destination"), request.optional_text("destinationPrefix") or _PREFIX
    )
    tasks = store.state.exports
    if any(each["status"]["code"] in _ACTIVE for each in tasks.values()):
        raise ApiError("LimitExceededException", "Resource limit exceeded.")
    shown = request.chosen("taskName", "logGroupName", "from", "to", "destination", "destinationPrefix")
    task = {"taskId": str(uuid4()), **shown, "executionInfo": {"creationTime": now()}}
    task["status"] = {"code": "RUNNING", "message": "Started successfully"}
    tasks[task["taskId"]] = task
    prefix = request.optional_text("logStreamNamePrefix") or ""
    read = Read(export, (Export(str(folder), task["taskId"], prefix, start, end),))
    Thread(target=_run, args=(task, group, read, store), daemon=True).start()
    return {"taskId": task["taskId"]}


def _run(task: Shown, group: str, read: Read, store: LocalStore) -> None:
    """Write the files of a task, and say how it ended."""
    try:
        store.read([group], read)
        status = {"code": "COMPLETED", "message": "Completed successfully"}
    except ApiError as error:
        status = {"code": "FAILED", "message": error.message}
    if task["status"]["code"] in _ACTIVE:
        task["status"] = status
        task["executionInfo"] = {**task["executionInfo"], "completionTime": now()}


@operation("DescribeExportTasks", written=True)
def describe_export_tasks(request: Request, store: LocalStore) -> Answer:
    """Return the export tasks, newest first."""
    task, code = request.optional_text("taskId"), request.optional_text("statusCode")
    found = [
        each
        for each in reversed(store.state.exports.values())
        if task in (None, each["taskId"]) and code in (None, each["status"]["code"])
    ]
    chosen, more = page(found, request, f"exports:{task}:{code}", request.optional_number("limit") or 50)
    return {"exportTasks": list(chosen), **more}


@operation("CancelExportTask", written=True)
def cancel_export_task(request: Request, store: LocalStore) -> Answer:
    """Cancel an export task that runs; files that it has begun are written to their end."""
    task = store.state.exports.get(request.text("taskId"))
    if task is None:
        raise not_found("The specified export task does not exist.")
    if task["status"]["code"] not in _ACTIVE:
        raise ApiError("InvalidOperationException", "The specified export task has already finished")
    task["status"] = {"code": "CANCELLED", "message": "Cancelled by user"}
    return {}
