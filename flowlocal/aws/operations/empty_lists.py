"""Lists of things that are never made here: well-formed, empty answers."""

from __future__ import annotations

from flowlocal.aws.errors import not_found
from flowlocal.aws.request import Request
from flowlocal.aws.store import Store, find_group
from flowlocal.aws.table import Answer, operation


@operation("ListLogAnomalyDetectors", fills_gap=True)
def list_log_anomaly_detectors(request: Request, store: Store) -> Answer:
    """List no anomaly detector."""
    return {"anomalyDetectors": []}


@operation("ListAnomalies", fills_gap=True)
def list_anomalies(request: Request, store: Store) -> Answer:
    """List no anomaly."""
    return {"anomalies": []}


@operation("GetLogFields", fills_gap=True)
def get_log_fields(request: Request, store: Store) -> Answer:
    """List no field of a data source; GetLogGroupFields lists those of a log group."""
    return {"logFields": []}


@operation("DescribeAccountPolicies", fills_gap=True)
def describe_account_policies(request: Request, store: Store) -> Answer:
    """List no policy of the account."""
    return {"accountPolicies": []}


@operation("DescribeIndexPolicies", fills_gap=True)
def describe_index_policies(request: Request, store: Store) -> Answer:
    """List no index policy of some groups, which must exist."""
    _check_groups(request, store)
    return {"indexPolicies": []}


@operation("DescribeFieldIndexes", fills_gap=True)
def describe_field_indexes(request: Request, store: Store) -> Answer:
    """List no index of some groups, which must exist."""
    _check_groups(request, store)
    return {"fieldIndexes": []}


def _check_groups(request: Request, store: Store) -> None:
    if any(find_group(store, name) is None for name in request.texts("logGroupIdentifiers")):
        raise not_found("The specified log group does not exist.")
