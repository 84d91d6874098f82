"""The rules within security groups, as ``describe-security-groups`` prints them: the table of permissions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

PERMISSIONS = "security_group_permissions"
KEY = "SecurityGroups"
"""The member of the documents that have them."""
PEERS: Mapping[str, tuple[str, str]] = {
    "IpRanges": ("cidr", "CidrIp"),
    "Ipv6Ranges": ("cidr", "CidrIpv6"),
    "UserIdGroupPairs": ("peer_group_id", "GroupId"),
    "PrefixListIds": ("prefix_list_id", "PrefixListId"),
}
"""The lists of peers of a permission, with the column and the member that has the peer."""
COLUMNS = (
    *("group_id", "egress", "protocol", "from_port", "to_port", "cidr", "peer_group_id", "prefix_list_id"),
    *("description", "account"),
)
"""The columns of the table, which are those of ``security_group_rules`` without the id of a rule."""


def permissions_of(document: Mapping[str, Any]) -> Iterator[dict[str, str]]:
    """Yield a row for each peer of each permission; items were checked to be objects with a ``GroupId``."""
    for group in document[KEY]:
        for member, egress in (("IpPermissions", "false"), ("IpPermissionsEgress", "true")):
            for permission in _objects(group.get(member)):
                own = {"group_id": group.get("GroupId"), "account": group.get("OwnerId"), "egress": egress}
                ports = {"from_port": permission.get("FromPort"), "to_port": permission.get("ToPort")}
                shared = {**own, "protocol": permission.get("IpProtocol"), **ports}
                yield from (
                    {name: _text(value) for name, value in {**shared, **peer}.items()} for peer in _peers(permission)
                )


def _peers(permission: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    for name, (column, member) in PEERS.items():
        for peer in _objects(permission.get(name)):
            yield {column: peer.get(member), "description": peer.get("Description")}


def _objects(items: Any) -> Iterator[Mapping[str, Any]]:  # noqa: ANN401 - JSON
    yield from (each for each in (items if isinstance(items, list) else ()) if isinstance(each, dict))


def _text(value: Any) -> str:  # noqa: ANN401 - JSON
    return str(value) if isinstance(value, str | int) else ""
