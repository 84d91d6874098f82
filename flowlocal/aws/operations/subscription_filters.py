"""Subscription filters: they are kept, and deliver what is written where ``serve --deliver`` says."""

from __future__ import annotations

import re

from flowlocal.aws.errors import ApiError, invalid, not_found
from flowlocal.aws.local_groups import now
from flowlocal.aws.matching import check_pattern
from flowlocal.aws.operations.group_settings import settings_of
from flowlocal.aws.paging import page
from flowlocal.aws.request import Request
from flowlocal.aws.store import Store
from flowlocal.aws.table import Answer, operation

MOST_FILTERS = 2
"""Subscription filters of a log group (documented)."""
_ARN = re.compile(r"arn:[\w-]+:(?P<vendor>[\w-]+):(?P<region>[^:]*):(?P<account>[^:]*):(?P<resource>.+)")
_WITH_ROLE = ("kinesis", "firehose")
_SHOWN = (
    *("filterName", "logGroupName", "filterPattern", "destinationArn", "roleArn", "applyOnTransformedLogs"),
    *("fieldSelectionCriteria", "emitSystemFields"),
)


@operation("PutSubscriptionFilter", written=True)
def put_subscription_filter(request: Request, store: Store) -> Answer:
    """Keep a subscription filter of a log group; events are delivered where `--deliver` says so."""
    filters = settings_of(request, store).subscriptions
    name = request.text("filterName")
    check_pattern(request.text("filterPattern"))
    _check_destination(request, store)
    if name not in filters and len(filters) >= MOST_FILTERS:
        raise ApiError("LimitExceededException", "Resource limit exceeded.")
    distribution = request.optional_text("distribution") or "ByLogStream"
    created = filters.get(name, {}).get("creationTime", now())
    filters[name] = {**request.chosen(*_SHOWN), "distribution": distribution, "creationTime": created}
    return {}


def _check_destination(request: Request, store: Store) -> None:
    """Refuse a destination that the service would refuse, in its recorded words."""
    arn = request.text("destinationArn")
    found = _ARN.fullmatch(arn)
    if found is None:
        raise invalid(f"Invalid destinationArn: {arn}")
    vendor, role = found["vendor"], request.has("roleArn")
    if vendor not in {*_WITH_ROLE, "lambda", "logs"}:
        raise invalid(f"PutSubscriptionFilter operation cannot work with destinationArn for vendor {vendor}")
    if vendor in _WITH_ROLE and not role:
        raise invalid(f"destinationArn for vendor {vendor} cannot be used without roleArn")
    if vendor == "lambda" and role:
        raise invalid(f"destinationArn for vendor {vendor} cannot be used with roleArn")
    here = (found["region"], found["account"]) == (store.region, store.account)
    if vendor == "logs" and here and all(arn != each["arn"] for each in store.state.destinations.values()):
        raise invalid(f"The specified destination does not exist: {arn}")


@operation("DescribeSubscriptionFilters", written=True)
def describe_subscription_filters(request: Request, store: Store) -> Answer:
    """Return the subscription filters of a log group by name."""
    prefix = request.optional_text("filterNamePrefix") or ""
    filters = settings_of(request, store).subscriptions
    found = [each for name, each in sorted(filters.items()) if name.startswith(prefix)]
    subject = f"subscriptions:{request.text('logGroupName')}:{prefix}"
    chosen, more = page(found, request, subject, request.optional_number("limit") or 50)
    return {"subscriptionFilters": list(chosen), **more}


@operation("DeleteSubscriptionFilter", written=True)
def delete_subscription_filter(request: Request, store: Store) -> Answer:
    """Forget a subscription filter."""
    if settings_of(request, store).subscriptions.pop(request.text("filterName"), None) is None:
        raise not_found("The specified subscription filter does not exist.")
    return {}
