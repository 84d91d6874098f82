"""Metric filters: they are kept and publish no metric, and their patterns can be tested."""

from __future__ import annotations

from flowlocal.aws.errors import ApiError, not_found
from flowlocal.aws.local_groups import now
from flowlocal.aws.matching import check_pattern, match
from flowlocal.aws.operations.group_settings import settings_of
from flowlocal.aws.paging import page
from flowlocal.aws.request import Request
from flowlocal.aws.store import Store
from flowlocal.aws.table import Answer, operation

MOST_FILTERS = 100
"""Metric filters of a log group (documented)."""
_SHOWN = (
    *("filterName", "filterPattern", "metricTransformations", "logGroupName", "applyOnTransformedLogs"),
    *("fieldSelectionCriteria", "emitSystemFieldDimensions"),
)


@operation("PutMetricFilter", written=True)
def put_metric_filter(request: Request, store: Store) -> Answer:
    """Keep a metric filter of a log group; no metric is published."""
    filters = settings_of(request, store).metric_filters
    name = request.text("filterName")
    check_pattern(request.text("filterPattern"))
    if name not in filters and len(filters) >= MOST_FILTERS:
        raise ApiError("LimitExceededException", "Resource limit exceeded.")
    filters[name] = {**request.chosen(*_SHOWN), "creationTime": now()}
    return {}


@operation("DescribeMetricFilters", written=True)
def describe_metric_filters(request: Request, store: Store) -> Answer:
    """Return the metric filters of a log group or of a metric by name."""
    if request.has("logGroupName"):
        groups = [settings_of(request, store)]
    else:
        groups = [settings for _, settings in sorted(store.state.settings.items())]
    prefix = request.optional_text("filterNamePrefix") or ""
    metric = (request.optional_text("metricNamespace"), request.optional_text("metricName"))
    found = [
        each
        for settings in groups
        for name, each in sorted(settings.metric_filters.items())
        if name.startswith(prefix) and _feeds(each, *metric)
    ]
    subject = f"metric-filters:{request.optional_text('logGroupName')}:{prefix}:{metric}"
    chosen, more = page(found, request, subject, request.optional_number("limit") or 50)
    return {"metricFilters": list(chosen), **more}


def _feeds(described: Answer, namespace: str | None, name: str | None) -> bool:
    """Return True if a filter publishes a metric of this namespace and name; None means any."""
    return any(
        namespace in (None, each["metricNamespace"]) and name in (None, each["metricName"])
        for each in described["metricTransformations"]
    )


@operation("DeleteMetricFilter", written=True)
def delete_metric_filter(request: Request, store: Store) -> Answer:
    """Forget a metric filter."""
    if settings_of(request, store).metric_filters.pop(request.text("filterName"), None) is None:
        raise not_found("The specified metric filter does not exist.")
    return {}


@operation("TestMetricFilter", fills_gap=True)
def test_metric_filter(request: Request, store: Store) -> Answer:
    """Return those of some messages that match a filter pattern, with the values that it extracts."""
    messages = request.texts("logEventMessages")
    return {
        "matches": [
            {"eventNumber": number + 1, "eventMessage": messages[number], "extractedValues": extracted}
            for number, extracted in match(request.text("filterPattern"), messages)
        ]
    }
