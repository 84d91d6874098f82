"""Settings of log groups: retention, key, deletion protection, tags."""

from __future__ import annotations

from collections.abc import Mapping

from flowlocal.aws.errors import ApiError, invalid, not_found
from flowlocal.aws.names import identified
from flowlocal.aws.request import Request
from flowlocal.aws.store import GroupSettings, Store, Tagged, find_group
from flowlocal.aws.table import Answer, operation

MOST_TAGS = 50
"""Tags of a group (documented)."""
_DAYS = (1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653)
"""Days that a retention can have (documented)."""
_RESERVED = "aws:"


def _settings(store: Store, identifier: str) -> GroupSettings:
    """Return the settings of the group that a name or an ARN means."""
    name = find_group(store, identifier)
    if name is None:
        raise not_found("The specified log group does not exist.")
    return store.state.settings.setdefault(name, GroupSettings())


def settings_of(request: Request, store: Store, member: str = "logGroupName") -> GroupSettings:
    """Return the settings of the group that a member names."""
    return _settings(store, request.text(member))


@operation("PutRetentionPolicy", written=True)
def put_retention_policy(request: Request, store: Store) -> Answer:
    """Set how long events are kept; DescribeLogGroups shows it, and no event is deleted."""
    days = request.number("retentionInDays")
    if days not in _DAYS:
        raise invalid(
            f"1 validation error detected: Value '{days}' at 'retentionInDays' failed to satisfy constraint: "
            f"Member must satisfy enum value set: [{', '.join(map(str, _DAYS))}]"
        )
    settings_of(request, store).retention = days
    return {}


@operation("DeleteRetentionPolicy", written=True)
def delete_retention_policy(request: Request, store: Store) -> Answer:
    """Let events be kept for ever."""
    settings_of(request, store).retention = None
    return {}


@operation("PutLogGroupDeletionProtection", written=True)
def put_log_group_deletion_protection(request: Request, store: Store) -> Answer:
    """Let DeleteLogGroup be refused, or allowed again."""
    settings_of(request, store, "logGroupIdentifier").protected = request.flag("deletionProtectionEnabled")
    return {}


@operation("AssociateKmsKey", written=True)
def associate_kms_key(request: Request, store: Store) -> Answer:
    """Keep the key of a group; nothing is encrypted."""
    key = request.text("kmsKeyId")
    _keyed(request, store).kms_key = key
    return {}


@operation("DisassociateKmsKey", written=True)
def disassociate_kms_key(request: Request, store: Store) -> Answer:
    """Forget the key of a group."""
    _keyed(request, store).kms_key = None
    return {}


def _keyed(request: Request, store: Store) -> GroupSettings:
    given = [member for member in ("logGroupName", "resourceIdentifier") if request.has(member)]
    if len(given) != 1:
        raise invalid("Exactly one of logGroupName, resourceIdentifier must name the log group")
    return settings_of(request, store, given[0])


@operation("TagResource", written=True)
def tag_resource(request: Request, store: Store) -> Answer:
    """Add tags to the log group, destination or scheduled query that an ARN means."""
    _add(_tagged(request, store), tags_of(request))
    return {}


@operation("UntagResource", written=True)
def untag_resource(request: Request, store: Store) -> Answer:
    """Take tags from the log group, destination or scheduled query that an ARN means."""
    keys = request.texts("tagKeys")
    _remove(_tagged(request, store), keys)
    return {}


@operation("ListTagsForResource", written=True)
def list_tags_for_resource(request: Request, store: Store) -> Answer:
    """Return the tags of the log group, destination or scheduled query that an ARN means."""
    return {"tags": dict(_tagged(request, store).tags)}


@operation("TagLogGroup", written=True)
def tag_log_group(request: Request, store: Store) -> Answer:
    """Add tags to a log group."""
    _add(settings_of(request, store), tags_of(request))
    return {}


@operation("UntagLogGroup", written=True)
def untag_log_group(request: Request, store: Store) -> Answer:
    """Take tags from a log group."""
    _remove(settings_of(request, store), request.texts("tags"))
    return {}


@operation("ListTagsLogGroup", written=True)
def list_tags_log_group(request: Request, store: Store) -> Answer:
    """Return the tags of a log group."""
    return {"tags": dict(settings_of(request, store).tags)}


def _tagged(request: Request, store: Store) -> Tagged:
    arn = request.text("resourceArn")
    if arn in store.state.tagged:
        return store.state.tagged[arn]
    if identified(arn).name == arn:
        raise invalid(f"Invalid ARN: {arn}")
    return _settings(store, arn)


def tags_of(request: Request) -> Mapping[str, str]:
    """Return the tags that a request gives; absent is empty.

    Raises:
        ApiError: a key is reserved.
    """
    tags: dict[str, str] = request.members.get("tags", {})
    if any(key.lower().startswith(_RESERVED) for key in tags):
        raise invalid("aws: prefixed tag key names are not allowed for external use.")
    return tags


def _add(settings: Tagged, tags: Mapping[str, str]) -> None:
    together = {**settings.tags, **tags}
    if len(together) > MOST_TAGS:
        raise ApiError("TooManyTagsException", f"A resource can have {MOST_TAGS} tags")
    settings.tags = together


def _remove(settings: Tagged, keys: list[str]) -> None:
    settings.tags = {key: value for key, value in settings.tags.items() if key not in keys}
