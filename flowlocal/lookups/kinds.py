"""The outputs of ``aws ec2 describe-…`` that are lookup tables: one declaration for each command.

The name of a table is that of its command: ``describe-network-interfaces`` is ``network_interfaces``. Paths are
those of the AWS API: ``A.B`` is a member, ``A[].B`` the members of a list, ``A|B`` is ``B`` if ``A`` has no value.
"""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct, field


class Kind(Struct, frozen=True):
    """One command whose output is a table.

    Attributes:
        command: the command of ``aws ec2``.
        items: path of its items from the top of the document.
        identity: the member that every item has; an item without it is damaged.
        columns: columns with their paths within an item; several values are separated by blanks.
        spread: the column that has one row for each of its values; empty if an item is one row.
        values: the paths of the values of ``spread``, by the kind that ``spread_kind`` says.
        tags: the member with the tags, which are columns ``tag.KEY``.
    """

    command: str
    items: str
    identity: str
    columns: Mapping[str, str]
    spread: str = ""
    values: Mapping[str, str] = field(default_factory=dict)
    tags: str = "Tags"

    @property
    def name(self) -> str:
        """The name of the table."""
        return self.command.removeprefix("describe-").replace("-", "_")

    @property
    def key(self) -> str:
        """The member of the document that identifies the output of the command."""
        return self.items.partition("[]")[0]

    @property
    def names(self) -> tuple[str, ...]:
        """The columns of the table without those of tags."""
        kind = (f"{self.spread}_kind",) if len(self.values) > 1 else ()
        return (*((self.spread,) if self.spread else ()), *kind, *self.columns)


_PLACE = {"vpc_id": "VpcId", "subnet_id": "SubnetId"}

KINDS = (
    Kind(
        "describe-network-interfaces",
        "NetworkInterfaces[]",
        "NetworkInterfaceId",
        {
            "interface_id": "NetworkInterfaceId",
            **_PLACE,
            "zone": "AvailabilityZone",
            "instance_id": "Attachment.InstanceId",
            "type": "InterfaceType",
            "description": "Description",
            "security_groups": "Groups[].GroupId",
            "account": "OwnerId",
            "requester": "RequesterId",
            "status": "Status",
        },
        spread="address",
        values={
            "private": "PrivateIpAddresses[].PrivateIpAddress|PrivateIpAddress",
            "ipv6": "Ipv6Addresses[].Ipv6Address",
            "prefix": "Ipv4Prefixes[].Ipv4Prefix",
            "ipv6 prefix": "Ipv6Prefixes[].Ipv6Prefix",
            "public": "PrivateIpAddresses[].Association.PublicIp|Association.PublicIp",
        },
        tags="TagSet",
    ),
    Kind(
        "describe-instances",
        "Reservations[].Instances[]",
        "InstanceId",
        {
            "instance_id": "InstanceId",
            "interface_ids": "NetworkInterfaces[].NetworkInterfaceId",
            **_PLACE,
            "zone": "Placement.AvailabilityZone",
            "instance_type": "InstanceType",
            "state": "State.Name",
            "security_groups": "SecurityGroups[].GroupId",
            "account": "NetworkInterfaces[].OwnerId",
        },
        spread="address",
        values={
            "private": "NetworkInterfaces[].PrivateIpAddresses[].PrivateIpAddress|PrivateIpAddress",
            "ipv6": "NetworkInterfaces[].Ipv6Addresses[].Ipv6Address|Ipv6Address",
            "public": "NetworkInterfaces[].PrivateIpAddresses[].Association.PublicIp|PublicIpAddress",
        },
    ),
    Kind(
        "describe-subnets",
        "Subnets[]",
        "SubnetId",
        {"subnet_id": "SubnetId", "vpc_id": "VpcId", "zone": "AvailabilityZone", "zone_id": "AvailabilityZoneId"}
        | {"public_addresses": "MapPublicIpOnLaunch", "account": "OwnerId"},
        spread="cidr",
        values={"ipv4": "CidrBlock", "ipv6": "Ipv6CidrBlockAssociationSet[].Ipv6CidrBlock"},
    ),
    Kind(
        "describe-vpcs",
        "Vpcs[]",
        "VpcId",
        {"vpc_id": "VpcId", "default": "IsDefault", "account": "OwnerId"},
        spread="cidr",
        values={
            "ipv4": "CidrBlockAssociationSet[].CidrBlock|CidrBlock",
            "ipv6": "Ipv6CidrBlockAssociationSet[].Ipv6CidrBlock",
        },
    ),
    Kind(
        "describe-addresses",
        "Addresses[]",
        "PublicIp",
        {
            "address": "PublicIp",
            "private_address": "PrivateIpAddress",
            "allocation_id": "AllocationId",
            "interface_id": "NetworkInterfaceId",
            "instance_id": "InstanceId",
            "account": "NetworkInterfaceOwnerId",
            "region": "NetworkBorderGroup",
        },
    ),
    Kind(
        "describe-security-groups",
        "SecurityGroups[]",
        "GroupId",
        {"group_id": "GroupId", "name": "GroupName", "description": "Description", "vpc_id": "VpcId"}
        | {"account": "OwnerId"},
    ),
    Kind(
        "describe-security-group-rules",
        "SecurityGroupRules[]",
        "SecurityGroupRuleId",
        {
            "rule_id": "SecurityGroupRuleId",
            "group_id": "GroupId",
            "egress": "IsEgress",
            "protocol": "IpProtocol",
            "from_port": "FromPort",
            "to_port": "ToPort",
            "cidr": "CidrIpv4|CidrIpv6",
            "peer_group_id": "ReferencedGroupInfo.GroupId",
            "prefix_list_id": "PrefixListId",
            "description": "Description",
            "account": "GroupOwnerId",
        },
    ),
    Kind(
        "describe-prefix-lists",
        "PrefixLists[]",
        "PrefixListId",
        {"prefix_list_id": "PrefixListId", "name": "PrefixListName", "account": "OwnerId"},
        spread="cidr",
        values={"block": "Cidrs[]"},
    ),
    Kind(
        "describe-vpc-peering-connections",
        "VpcPeeringConnections[]",
        "VpcPeeringConnectionId",
        {
            "peering_id": "VpcPeeringConnectionId",
            "requester_vpc_id": "RequesterVpcInfo.VpcId",
            "accepter_vpc_id": "AccepterVpcInfo.VpcId",
            "requester_region": "RequesterVpcInfo.Region",
            "accepter_region": "AccepterVpcInfo.Region",
            "requester_account": "RequesterVpcInfo.OwnerId",
            "accepter_account": "AccepterVpcInfo.OwnerId",
            "state": "Status.Code",
        },
    ),
    Kind(
        "describe-nat-gateways",
        "NatGateways[]",
        "NatGatewayId",
        {
            "nat_gateway_id": "NatGatewayId",
            "interface_id": "NatGatewayAddresses[].NetworkInterfaceId",
            **_PLACE,
            "connectivity": "ConnectivityType",
            "state": "State",
        },
        spread="address",
        values={"private": "NatGatewayAddresses[].PrivateIp", "public": "NatGatewayAddresses[].PublicIp"},
    ),
    Kind(
        "describe-vpc-endpoints",
        "VpcEndpoints[]",
        "VpcEndpointId",
        {
            "endpoint_id": "VpcEndpointId",
            "service": "ServiceName",
            "type": "VpcEndpointType",
            "vpc_id": "VpcId",
            "subnet_ids": "SubnetIds[]",
            "route_table_ids": "RouteTableIds[]",
            "state": "State",
            "account": "OwnerId",
        },
        spread="interface_id",
        values={"interface": "NetworkInterfaceIds[]"},
    ),
    Kind(
        "describe-transit-gateways",
        "TransitGateways[]",
        "TransitGatewayId",
        {
            "transit_gateway_id": "TransitGatewayId",
            "description": "Description",
            "state": "State",
            "account": "OwnerId",
        },
    ),
    Kind(
        "describe-transit-gateway-attachments",
        "TransitGatewayAttachments[]",
        "TransitGatewayAttachmentId",
        {
            "attachment_id": "TransitGatewayAttachmentId",
            "transit_gateway_id": "TransitGatewayId",
            "resource_type": "ResourceType",
            "resource_id": "ResourceId",
            "state": "State",
            "account": "ResourceOwnerId",
            "transit_gateway_account": "TransitGatewayOwnerId",
        },
    ),
    Kind(
        "describe-availability-zones",
        "AvailabilityZones[]",
        "ZoneName",
        {"zone": "ZoneName", "zone_id": "ZoneId", "zone_type": "ZoneType", "region": "RegionName"}
        | {"group": "GroupName", "parent_zone": "ParentZoneName"},
    ),
)
BY_NAME = {kind.name: kind for kind in KINDS}
"""The kinds by the names of their tables."""
BY_KEY = {kind.key: kind for kind in KINDS}
"""The kinds by the member of the document that identifies them."""
