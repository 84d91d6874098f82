"""What the AWS CLI prints about the network of the estate samples, and files of the same purpose."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

import network as net
from network import Interface, Subnet, Vpc

Items = list[dict[str, Any]]


def _tags(name: str, **more: str) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in {"Name": name, **more}.items()]


def _vpc(vpc: Vpc) -> dict[str, Any]:
    return {
        "CidrBlock": vpc.cidr,
        "CidrBlockAssociationSet": [{"CidrBlock": vpc.cidr, "CidrBlockState": {"State": "associated"}}],
        "IsDefault": False,
        "OwnerId": vpc.account,
        "State": "available",
        "Tags": _tags(vpc.name),
        "VpcId": vpc.id,
    }


def _subnet(subnet: Subnet) -> dict[str, Any]:
    zone, zone_id = net.ZONES[subnet.zone]
    return {
        "AvailabilityZone": zone,
        "AvailabilityZoneId": zone_id,
        "CidrBlock": subnet.cidr,
        "Ipv6CidrBlockAssociationSet": [],
        "MapPublicIpOnLaunch": subnet.name.startswith("public"),
        "OwnerId": subnet.vpc.account,
        "State": "available",
        "SubnetArn": f"arn:aws:ec2:{net.REGION}:{subnet.vpc.account}:subnet/{subnet.id}",
        "SubnetId": subnet.id,
        "Tags": _tags(subnet.name, tier=subnet.name.rpartition("-")[0]),
        "VpcId": subnet.vpc.id,
    }


def _addresses(interface: Interface) -> Items:
    found: dict[str, Any] = {"Primary": True, "PrivateIpAddress": interface.address}
    if interface.public:
        found["Association"] = {"AllocationId": net.make_id("eipalloc", interface.name), "PublicIp": interface.public}
    return [found]


def _groups(interface: Interface) -> Items:
    return [{"GroupId": net.make_id("sg", interface.group), "GroupName": interface.group}] if interface.group else []


def _interface(interface: Interface) -> dict[str, Any]:
    managed = not interface.instance
    attachment = {"AttachmentId": net.make_id("eni-attach", interface.name), "DeviceIndex": 0, "Status": "attached"}
    return {
        "Attachment": attachment if managed else {**attachment, "InstanceId": interface.instance},
        "AvailabilityZone": net.ZONES[interface.subnet.zone][0],
        "Description": interface.description,
        "Groups": _groups(interface),
        "InterfaceType": interface.kind,
        "Ipv6Addresses": [{"Ipv6Address": interface.address6}] if interface.address6 else [],
        "NetworkInterfaceId": interface.id,
        "OwnerId": interface.account,
        "PrivateIpAddress": interface.address,
        "PrivateIpAddresses": _addresses(interface),
        "RequesterManaged": managed,
        "Status": "in-use",
        "SubnetId": interface.subnet.id,
        "TagSet": [] if managed else _tags(interface.name),
        "VpcId": interface.subnet.vpc.id,
    }


def _instance(interface: Interface) -> dict[str, Any]:
    return {
        "InstanceId": interface.instance,
        "InstanceType": interface.instance_type,
        "NetworkInterfaces": [
            {key: value for key, value in _interface(interface).items() if key not in {"AvailabilityZone", "TagSet"}}
        ],
        "Placement": {"AvailabilityZone": net.ZONES[interface.subnet.zone][0]},
        "PrivateIpAddress": interface.address,
        "SecurityGroups": _groups(interface),
        "State": {"Code": 16, "Name": "running"},
        "SubnetId": interface.subnet.id,
        "Tags": _tags(interface.name, service=interface.name.partition("-")[0]),
        "VpcId": interface.subnet.vpc.id,
    }


def _reservation(interface: Interface) -> dict[str, Any]:
    return {
        "Instances": [_instance(interface)],
        "OwnerId": interface.account,
        "ReservationId": net.make_id("r", interface.name),
    }


def _rule(group: str, port: int, peer: str, account: str) -> dict[str, Any]:
    found: dict[str, Any] = {
        "FromPort": port,
        "GroupId": net.make_id("sg", group),
        "GroupOwnerId": account,
        "IpProtocol": "tcp",
        "IsEgress": False,
        "SecurityGroupRuleId": net.make_id("sgr", f"{group} {port} {peer}"),
        "Tags": [],
        "ToPort": port,
    }
    if "/" not in peer:
        return {**found, "ReferencedGroupInfo": {"GroupId": net.make_id("sg", peer), "UserId": account}}
    return {**found, "CidrIpv6" if ":" in peer else "CidrIpv4": peer}


def _permission(port: int, peer: str, account: str) -> dict[str, Any]:
    ranges: dict[str, Items] = {"IpRanges": [], "Ipv6Ranges": [], "PrefixListIds": [], "UserIdGroupPairs": []}
    if "/" not in peer:
        ranges["UserIdGroupPairs"].append({"GroupId": net.make_id("sg", peer), "UserId": account})
    elif ":" in peer:
        ranges["Ipv6Ranges"].append({"CidrIpv6": peer})
    else:
        ranges["IpRanges"].append({"CidrIp": peer})
    return {"FromPort": port, "IpProtocol": "tcp", "ToPort": port, **ranges}


def _security_groups(account: str) -> Items:
    return [
        {
            "Description": f"{name} of {vpc.name}",
            "GroupId": net.make_id("sg", name),
            "GroupName": name,
            "IpPermissions": [_permission(port, peer, account) for port, peer in rules],
            "IpPermissionsEgress": [{"IpProtocol": "-1", "IpRanges": [{"CidrIp": net.ANYONE}]}],
            "OwnerId": account,
            "Tags": _tags(name),
            "VpcId": vpc.id,
        }
        for name, (vpc, rules) in net.GROUPS.items()
        if vpc.account == account
    ]


def _security_group_rules(account: str) -> Items:
    groups = [(name, rules) for name, (vpc, rules) in net.GROUPS.items() if vpc.account == account]
    return [_rule(name, port, peer, account) for name, rules in groups for port, peer in rules]


def _public_addresses(account: str) -> Items:
    return [
        {
            "AllocationId": net.make_id("eipalloc", each.name),
            "Domain": "vpc",
            **({"InstanceId": each.instance} if each.instance else {}),
            "NetworkBorderGroup": net.REGION,
            "NetworkInterfaceId": each.id,
            "NetworkInterfaceOwnerId": account,
            "PrivateIpAddress": each.address,
            "PublicIp": each.public,
            "Tags": _tags(f"{each.name}-address"),
        }
        for each in net.INTERFACES
        if each.public and each.account == account
    ]


def _nat_gateway() -> dict[str, Any]:
    address = {
        "AllocationId": net.make_id("eipalloc", net.NAT.name),
        "NetworkInterfaceId": net.NAT.id,
        "PrivateIp": net.NAT.address,
        "PublicIp": net.NAT.public,
    }
    place = {"State": "available", "SubnetId": net.PUBLIC_A.id, "VpcId": net.PROD.id}
    return {
        "ConnectivityType": "public",
        "NatGatewayAddresses": [address],
        "NatGatewayId": net.NAT_ID,
        **place,
        "Tags": _tags("nat-a"),
    }


def _endpoints() -> Items:
    common = {"OwnerId": net.SHOP, "State": "available", "VpcId": net.PROD.id}
    ecr = {
        "NetworkInterfaceIds": [net.ECR.id],
        "ServiceName": f"com.amazonaws.{net.REGION}.ecr.api",
        "SubnetIds": [net.APP_A.id],
        "Tags": _tags("ecr"),
        "VpcEndpointId": net.ENDPOINT_ID,
        "VpcEndpointType": "Interface",
    }
    s3 = {
        "NetworkInterfaceIds": [],
        "RouteTableIds": [net.make_id("rtb", "app-b")],
        "ServiceName": f"com.amazonaws.{net.REGION}.s3",
        "Tags": _tags("s3-for-app-b"),
        "VpcEndpointId": net.S3_ENDPOINT_ID,
        "VpcEndpointType": "Gateway",
    }
    return [{**common, **ecr}, {**common, **s3}]


def _attachment(vpc: Vpc) -> dict[str, Any]:
    return {
        "ResourceId": vpc.id,
        "ResourceOwnerId": vpc.account,
        "ResourceType": "vpc",
        "State": "available",
        "Tags": _tags(f"{vpc.name}-to-hub"),
        "TransitGatewayAttachmentId": net.make_id("tgw-attach", vpc.name),
        "TransitGatewayId": net.TGW_ID,
        "TransitGatewayOwnerId": net.SHOP,
    }


def _zone(name: str, zone_id: str) -> dict[str, Any]:
    place = {"GroupName": net.REGION, "NetworkBorderGroup": net.REGION, "RegionName": net.REGION}
    return {**place, "OptInStatus": "opt-in-not-required", "State": "available", "ZoneId": zone_id, "ZoneName": name}


def _document(key: str, items: Sequence[dict[str, Any]]) -> str:
    return json.dumps({key: list(items)}, indent=1) + "\n"


def _of_account(account: str) -> Iterator[tuple[str, str]]:
    """Return the output of each command for one account."""
    interfaces = [each for each in net.INTERFACES if each.account == account]
    half = (len(interfaces) + 1) // 2
    pages = (interfaces[:half], interfaces[half:])  # as written by a loop over pages: one document after the other
    yield "network-interfaces", "".join(_document("NetworkInterfaces", list(map(_interface, page))) for page in pages)
    yield "instances", _document("Reservations", [_reservation(each) for each in interfaces if each.instance])
    yield "subnets", _document("Subnets", [_subnet(each) for each in net.SUBNETS if each.vpc.account == account])
    yield "vpcs", _document("Vpcs", [_vpc(each) for each in net.VPCS if each.account == account])
    yield "security-groups", _document("SecurityGroups", _security_groups(account))
    yield "security-group-rules", _document("SecurityGroupRules", _security_group_rules(account))


def _ip_ranges() -> str:
    four, six = ([each for each in net.AWS_RANGES if (":" in each[0]) is wanted] for wanted in (False, True))
    rest = ("service", "region")
    document = {
        "syncToken": "1777593600",
        "createDate": "2026-05-01-00-00-00",
        "prefixes": [_range("ip_prefix", each, rest) for each in four],
        "ipv6_prefixes": [_range("ipv6_prefix", each, rest) for each in six],
    }
    return json.dumps(document, indent=1) + "\n"


def _range(key: str, values: tuple[str, str, str], rest: tuple[str, str]) -> dict[str, str]:
    return {key: values[0], **dict(zip(rest, values[1:], strict=True)), "network_border_group": values[2]}


def _resolver_queries() -> str:
    """Return resolver query logs: one JSON object a line."""
    return "".join(
        json.dumps(
            {
                "version": "1.100000",
                "account_id": net.SHOP,
                "region": net.REGION,
                "vpc_id": net.PROD.id,
                "query_timestamp": f"2026-05-04T00:{number:02}:00Z",
                "query_name": name,
                "query_type": "A",
                "query_class": "IN",
                "rcode": "NOERROR",
                "answers": [{"Rdata": address, "Type": "A", "Class": "IN"}],
                "srcaddr": net.WEB_1.address,
                "srcport": str(40000 + number),
                "transport": "UDP",
                "srcids": {"instance": net.WEB_1.instance},
            }
        )
        + "\n"
        for number, (address, name) in enumerate(net.DOMAINS.items())
    )


def files() -> Iterator[tuple[str, str]]:
    """Return every file by its name, with its text."""
    for account in (net.SHOP, net.DATA):
        yield from ((f"describe-{name}-{account}.json", text) for name, text in _of_account(account))
    yield "describe-addresses.json", _document("Addresses", _public_addresses(net.SHOP))
    yield "describe-nat-gateways.json", _document("NatGateways", [_nat_gateway()])
    yield "describe-vpc-endpoints.json", _document("VpcEndpoints", _endpoints())
    attachments = [_attachment(each) for each in (net.PROD, net.WAREHOUSE)]
    yield "describe-transit-gateway-attachments.json", _document("TransitGatewayAttachments", attachments)
    zones = [_zone(*each) for each in net.ZONES.values()]
    yield "describe-availability-zones.json", _document("AvailabilityZones", zones)
    yield "ip-ranges.json", _ip_ranges()
    yield "resolver-queries.log", _resolver_queries()
