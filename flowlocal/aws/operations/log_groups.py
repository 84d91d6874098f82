"""Log groups: CreateLogGroup, DeleteLogGroup, DescribeLogGroups, ListLogGroups."""

from __future__ import annotations

import re
from collections.abc import Sequence

from flowlocal.aws.errors import invalid
from flowlocal.aws.local_groups import Group
from flowlocal.aws.local_store import LocalStore
from flowlocal.aws.paging import page
from flowlocal.aws.request import GROUP_NAME, Request
from flowlocal.aws.store import Store, arn, find_group
from flowlocal.aws.table import Answer, operation

_CLASSES = ("STANDARD", "INFREQUENT_ACCESS", "DELIVERY", "ESSENTIALS")


def group_name(request: Request) -> str:
    """The group that ``logGroupName`` names."""
    return request.text("logGroupName", most=512, pattern=GROUP_NAME)


@operation("CreateLogGroup", written=True)
def create_log_group(request: Request, store: LocalStore) -> Answer:
    """Make a group to write to; tags and keys are not kept."""
    store.create(group_name(request), request.choice("logGroupClass", _CLASSES) or "STANDARD")
    return {}


@operation("DeleteLogGroup", written=True)
def delete_log_group(request: Request, store: LocalStore) -> Answer:
    """Forget a group that was written through the API."""
    store.delete(group_name(request))
    return {}


@operation("DescribeLogGroups", written=True)
def describe_log_groups(request: Request, store: LocalStore) -> Answer:
    """The groups by name, those that a prefix, a pattern or identifiers choose."""
    prefix = request.optional_text("logGroupNamePrefix", most=512, pattern=GROUP_NAME)
    pattern = request.optional_text("logGroupNamePattern", least=0, most=512)
    if prefix and pattern:
        raise invalid("LogGroup name prefix and LogGroup name pattern are mutually exclusive parameters.")
    identifiers = request.texts("logGroupIdentifiers", most=50)
    wanted = {find_group(store, identifier) for identifier in identifiers}
    size = request.optional_number("limit", least=1, most=50) or 50
    names = [
        name
        for name in store.group_names()
        if name.startswith(prefix or "") and (pattern or "").lower() in name.lower() and (not wanted or name in wanted)
    ]
    names = _of_class(request, store, names)
    chosen, more = page(names, request, f"log-groups:{prefix}:{pattern}", size)
    return {"logGroups": [_described(store, store.group(name)) for name in chosen], **more}


def _of_class(request: Request, store: Store, names: Sequence[str]) -> list[str]:
    """The groups of the class that a request asks for."""
    wanted = request.choice("logGroupClass", _CLASSES)
    return [name for name in names if wanted in (None, store.log_class(name))]


def _described(store: LocalStore, group: Group) -> Answer:
    identity = arn(store, group.name)
    return {
        "logGroupName": group.name,
        "creationTime": group.created,
        "metricFilterCount": 0,
        "arn": f"{identity}:*",
        "logGroupArn": identity,
        "storedBytes": group.stored_bytes,
        "logGroupClass": store.log_class(group.name),
    }


@operation("ListLogGroups", fills_gap=True)
def list_log_groups(request: Request, store: Store) -> Answer:
    """The groups by name. The pattern is text to find, or ``^`` and the text to begin with; ``|`` separates several."""
    pattern = request.optional_text("logGroupNamePattern", least=3, most=129, pattern=r"\^?[\.\-_/#A-Za-z0-9|^]+")
    size = request.optional_number("limit", least=1, most=1000) or 50
    names = sorted(name for name in store.group_names() if re.search(_escaped(pattern or ""), name))
    chosen, more = page(_of_class(request, store, names), request, f"list:{pattern}", size)
    groups = [
        {"logGroupName": name, "logGroupArn": arn(store, name), "logGroupClass": store.log_class(name)}
        for name in chosen
    ]
    return {"logGroups": groups, **more}


def _escaped(pattern: str) -> str:
    return "|".join(re.escape(part).replace(r"\^", "^", 1) for part in pattern.split("|"))
