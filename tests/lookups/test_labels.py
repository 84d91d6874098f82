"""Names beside addresses and ids: which VPC counts, and what is said of an address that several have."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import flowlocal
from flowlocal.lookups.folder import Names

ESTATE = Path(__file__).parents[2] / "sample_logs" / "estate"
PROD, LAB, WAREHOUSE = "vpc-06754af9632a2745e", "vpc-0a51146d38077ff99", "vpc-0ae1fd358c7612a02"


def named(folder: Path, **documents: Any) -> Path:
    """Write a folder with names: documents by their top-level key."""
    folder.mkdir(exist_ok=True)
    for key, items in documents.items():
        (folder / f"{key}.json").write_text(json.dumps({key: items}))
    return folder


def interface(name: str, vpc: str, address: str) -> dict[str, Any]:
    """Return an interface with a name."""
    return {
        "NetworkInterfaceId": f"eni-{name}",
        "VpcId": vpc,
        "SubnetId": f"subnet-{vpc}",
        "PrivateIpAddress": address,
        "TagSet": [{"Key": "Name", "Value": name}],
    }


def subnet(vpc: str, cidr: str) -> dict[str, Any]:
    """Return a subnet of a VPC."""
    return {"SubnetId": f"subnet-{vpc}", "VpcId": vpc, "CidrBlock": cidr, "AvailabilityZone": f"zone-of-{vpc}"}


CASES: dict[str, tuple[str, dict[str, str | None]]] = {
    "the VPC of an event counts": (
        f"filter srcAddr = '10.10.16.11' and vpcId = '{LAB}' | fields srcAddr | limit 1",
        {"srcAddr.name": "lab-box", "srcAddr.subnet": "lab-a"},
    ),
    "a group without a VPC names all": (
        "filter srcAddr = '10.10.16.11' | stats count(*) by srcAddr",
        {"srcAddr.name": "web-1 or lab-box", "srcAddr.subnet": "app-a or lab-a"},
    ),
    "a group by VPC names one": (
        f"filter srcAddr = '10.10.16.11' and vpcId = '{PROD}' | stats count(*) by vpcId, srcAddr",
        {"srcAddr.name": "web-1", "vpcId.name": "prod"},
    ),
    "a group by interface names one": (
        "filter interfaceId = 'eni-0c6988"
        + "2ca979dd591' | stats count(*) by interfaceId, dstAddr | sort dstAddr | limit 1",
        {"interfaceId.name": "lab-box", "dstAddr.name": "lab-box"},
    ),
    "a peer in another VPC is found": (
        f"filter dstAddr = '10.20.8.2' and vpcId = '{PROD}' | fields dstAddr | limit 1",
        {"dstAddr.name": "warehouse-1", "dstAddr.subnet": "data-a"},
    ),
    "another name of a field": (
        "filter srcAddr = '10.10.0.20' | stats count(*) by srcAddr as client",
        {"client.name": "nat-a", "client.interfaceType": "nat_gateway"},
    ),
    "a service": (
        "filter dstAddr = '10.10.16.100' | stats count(*) by dstAddr",
        {"dstAddr.service": "com.amazonaws.eu-central-1.ecr.api", "dstAddr.zone": "euc1-az2"},
    ),
    "a range of AWS": (
        "filter dstAddr = '28.20.130.7' | stats count(*) by dstAddr",
        {"dstAddr.service": "DYNAMODB", "dstAddr.name": None},
    ),
    "a name that was resolved": (
        "filter dstAddr = '29.50.7.7' | stats count(*) by dstAddr",
        {"dstAddr.name": "api.payments.example"},
    ),
    "IPv6": (
        "filter dstAddr = '2d00:10:1600::13' | stats count(*) by dstAddr",
        {"dstAddr.name": "web-3"},
    ),
    "an id of a subnet": (
        "filter interfaceId = 'eni-03f498ef7b3bb87c0' | stats count(*) by subnetId",
        {"subnetId.name": "data-a"},
    ),
    "no address": ("stats count(*) as n by dstPort | limit 1", {"dstPort.name": None, "n.name": None}),
}


@pytest.mark.parametrize("case", CASES)
def test_names(case: str) -> None:
    """A row of the estate has these names; a column without any is left out."""
    query, expected = CASES[case]
    rows = flowlocal.query(query, ESTATE / "logs", names=ESTATE / "names", with_names=True).rows
    assert len(rows) == 1
    assert {name: rows[0].get(name) for name in expected} == expected


def test_transit_gateway(tmp_path: Path) -> None:
    """Each end of a record of a Transit Gateway is in its own VPC, and the ids in the record have names."""
    gateway = {"TransitGatewayId": "tgw-1", "Tags": [{"Key": "Name", "Value": "hub"}]}
    folder = named(
        tmp_path / "names",
        NetworkInterfaces=[interface("a", "vpc-a", "10.0.0.9"), interface("b", "vpc-b", "10.0.0.9")],
        TransitGateways=[gateway],
    )
    log = tmp_path / "flow.log"
    head = "tgw-id tgw-src-vpc-id tgw-dst-vpc-id tgw-src-eni srcaddr dstaddr start end"
    log.write_text(f"{head}\ntgw-1 vpc-a vpc-b eni-a 10.0.0.9 10.0.0.9 1777600000 1777600060\n")
    columns = "srcAddr, dstAddr, tgwId"
    for query in (f"fields {columns}", f"stats count(*) as n by {columns}, tgwSrcVpcId, tgwDstVpcId"):
        (row,) = flowlocal.query(query, log, names=folder, with_names=True).rows
        assert (row["srcAddr.name"], row["dstAddr.name"], row["tgwId.name"]) == ("a", "b", "hub")


def test_an_address_is_not_guessed(tmp_path: Path) -> None:
    """A subnet of the event's own VPC has the address, but no interface: that of another VPC is not named."""
    others = [interface("b", "vpc-b", "10.0.0.9"), interface("a", "vpc-a", "10.0.0.1")]
    folder = named(
        tmp_path / "names",
        NetworkInterfaces=others,
        Subnets=[subnet("vpc-a", "10.0.0.0/24"), subnet("vpc-b", "10.0.0.0/24")],
    )
    log = tmp_path / "flow.log"
    log.write_text("vpc-id srcaddr dstaddr start end\nvpc-a 10.0.0.9 10.0.0.1 1777600000 1777600060\n")
    (row,) = flowlocal.query("fields srcAddr, dstAddr", log, names=folder, with_names=True).rows
    assert "srcAddr.name" not in row
    assert row["srcAddr.zone"] == "zone-of-vpc-a"
    assert row["dstAddr.name"] == "a"


def test_many_names(tmp_path: Path) -> None:
    """Of many names the first three are shown, and the number of the others."""
    folder = named(tmp_path / "names", NetworkInterfaces=[interface(f"{n}", f"vpc-{n}", "10.0.0.1") for n in range(9)])
    log = tmp_path / "flow.log"
    log.write_text("2 123456789010 eni-x 10.0.0.1 10.0.0.2 1 22 6 1 40 1777600000 1777600060 ACCEPT OK\n")
    (row,) = flowlocal.query("fields srcAddr", log, names=folder, with_names=True).rows
    assert row["srcAddr.name"] == "0 or 1 or 2 or 6 more"


def test_default_format_by_interface(tmp_path: Path) -> None:
    """The default format has no VPC; the interface tells it."""
    interfaces = [interface(name, f"vpc-{name}", "10.0.0.1") for name in ("0a", "0b")]
    folder = named(tmp_path / "names", NetworkInterfaces=interfaces)
    log = tmp_path / "flow.log"
    log.write_text("2 123456789010 eni-0b 10.0.0.1 10.0.0.2 1 22 6 1 40 1777600000 1777600060 ACCEPT OK\n")
    (row,) = flowlocal.query("fields srcAddr", log, names=folder, with_names=True).rows
    assert row["srcAddr.name"] == "0b"


def test_result_with_names() -> None:
    """A result gets names later, too; its typed columns stay what they are."""
    result = flowlocal.query("stats sum(bytes) as b by srcAddr | sort b desc | limit 2", ESTATE / "logs")
    with pytest.raises(ValueError, match="names=FOLDER"):
        result.with_names()
    shown = result.with_names(ESTATE / "names")
    assert shown.columns[:2] == ("srcAddr", "srcAddr.name")
    assert shown.to_polars()["b"].dtype == result.to_polars()["b"].dtype
    assert [row["srcAddr.name"] for row in shown.rows] == ["batch-1", "nat-a"]
    assert result.columns == ("srcAddr", "b")


def test_names_need_a_folder() -> None:
    """Asking for names without a folder is an error."""
    with pytest.raises(ValueError, match="names=FOLDER"):
        flowlocal.query("limit 1", ESTATE / "logs", with_names=True)


def test_what_was_not_taken_is_said(tmp_path: Path) -> None:
    """A result warns of the files that are no names."""
    folder = named(tmp_path / "names", Volumes=[])
    result = flowlocal.query("limit 1", ESTATE / "logs", names=folder)
    assert [each for each in result.report.warnings if "Volumes.json: not taken as names" in each]


def test_no_names_for_an_empty_result() -> None:
    """A result without rows has no columns of names."""
    result = flowlocal.query("filter dstPort = 1 | fields srcAddr", ESTATE / "logs", names=Names.of(ESTATE / "names"))
    assert result.with_names().columns == ("srcAddr",)
