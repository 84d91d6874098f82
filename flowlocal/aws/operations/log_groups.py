"""Log groups: CreateLogGroup, DeleteLogGroup, DescribeLogGroups, ListLogGroups."""

from __future__ import annotations

import re
from collections.abc import Sequence

from flowlocal.aws.errors import ApiError, invalid
from flowlocal.aws.local_groups import Group
from flowlocal.aws.local_store import LocalStore
from flowlocal.aws.operations.group_settings import tags_of
from flowlocal.aws.paging import page
from flowlocal.aws.request import Request
from flowlocal.aws.store import GroupSettings, Store, arn, find_group
from flowlocal.aws.table import Answer, operation


@operation("CreateLogGroup", written=True)
def create_log_group(request: Request, store: LocalStore) -> Answer:
    """Create a group to write to, with its tags, key and protection."""
    name, tags = request.text("logGroupName"), tags_of(request)
    key, protected = request.optional_text("kmsKeyId"), request.flag("deletionProtectionEnabled")
    store.create(name, request.optional_text("logGroupClass") or "STANDARD")
    store.state.settings[name] = GroupSettings(kms_key=key, protected=protected, tags=tags)
    return {}


@operation("DeleteLogGroup", written=True)
def delete_log_group(request: Request, store: LocalStore) -> Answer:
    """Forget a group that was written through the API, unless it is protected."""
    name = request.text("logGroupName")
    if store.state.settings.get(name, GroupSettings()).protected:
        raise ApiError("ValidationException", f"Log group {name} has deletion protection enabled")
    store.delete(name)
    store.state.settings.pop(name, None)
    return {}


@operation("DescribeLogGroups", written=True)
def describe_log_groups(request: Request, store: LocalStore) -> Answer:
    """Return the groups in order of their names, chosen by a prefix, a pattern or identifiers."""
    prefix = request.optional_text("logGroupNamePrefix")
    pattern = request.optional_text("logGroupNamePattern")
    if prefix and pattern:
        raise invalid("LogGroup name prefix and LogGroup name pattern are mutually exclusive parameters.")
    identifiers = request.texts("logGroupIdentifiers")
    wanted = {find_group(store, identifier) for identifier in identifiers}
    size = request.optional_number("limit") or 50
    names = [
        name
        for name in store.group_names()
        if name.startswith(prefix or "") and (pattern or "").lower() in name.lower() and (not wanted or name in wanted)
    ]
    names = _of_class(request, store, names)
    chosen, more = page(names, request, f"log-groups:{prefix}:{pattern}", size)
    return {"logGroups": [_described(store, store.group(name)) for name in chosen], **more}


def _of_class(request: Request, store: Store, names: Sequence[str]) -> list[str]:
    """Return the groups of the class that a request asks for."""
    wanted = request.optional_text("logGroupClass")
    return [name for name in names if wanted in (None, store.log_class(name))]


def _described(store: LocalStore, group: Group) -> Answer:
    identity, settings = arn(store, group.name), store.state.settings.get(group.name, GroupSettings())
    described: Answer = {
        "logGroupName": group.name,
        "creationTime": group.created,
        "metricFilterCount": len(settings.metric_filters),
        "arn": f"{identity}:*",
        "logGroupArn": identity,
        "storedBytes": group.stored_bytes,
        "logGroupClass": store.log_class(group.name),
        "deletionProtectionEnabled": settings.protected,
    }
    described |= {"retentionInDays": settings.retention} if settings.retention else {}
    return described | ({"kmsKeyId": settings.kms_key} if settings.kms_key else {})


@operation("ListLogGroups", fills_gap=True)
def list_log_groups(request: Request, store: Store) -> Answer:
    """Return the groups by name. The pattern is text to find, or ``^`` and a prefix; ``|`` separates several."""
    pattern = request.optional_text("logGroupNamePattern")
    size = request.optional_number("limit") or 50
    names = sorted(name for name in store.group_names() if re.search(_escaped(pattern or ""), name))
    chosen, more = page(_of_class(request, store, names), request, f"list:{pattern}", size)
    groups = [
        {"logGroupName": name, "logGroupArn": arn(store, name), "logGroupClass": store.log_class(name)}
        for name in chosen
    ]
    return {"logGroups": groups, **more}


def _escaped(pattern: str) -> str:
    return "|".join(re.escape(part).replace(r"\^", "^", 1) for part in pattern.split("|"))
