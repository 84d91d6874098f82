"""What the report says about money, against sums in plain Python over the same lines."""

from __future__ import annotations

import gzip
import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache
from ipaddress import ip_address, ip_network
from pathlib import Path

import pytest

import flowlocal
from flowlocal.cookbook import recipe
from flowlocal.lookups.folder import Names
from flowlocal.report.build import Report, make_report
from flowlocal.report.findings import charges
from flowlocal.report.shipped import report_questions

ESTATE = Path(__file__).parents[2] / "sample_logs" / "estate"
Record = Mapping[str, str]
ENDS = ("srcaddr", "dstaddr")
PACKET_ENDS = ("pkt-srcaddr", "pkt-dstaddr")


@cache
def records() -> tuple[Record, ...]:
    """Return the records of the sample logs that have bytes."""
    return tuple(each for file in sorted(ESTATE.rglob("*.log.gz")) for each in _records(file) if each["bytes"] != "-")


def _records(file: Path) -> Iterator[Record]:
    header, *lines = gzip.decompress(file.read_bytes()).decode().splitlines()
    for line in lines:
        yield dict(zip(header.split(), line.split(), strict=True))


def described(key: str) -> list[dict[str, object]]:
    """Return what the files of names have under a key."""
    pages = (page for file in sorted((ESTATE / "names").glob("describe-*.json")) for page in _pages(file.read_text()))
    return [item for page in pages for item in page.get(key, [])]


def _pages(text: str) -> Iterator[dict[str, list[dict[str, object]]]]:
    while text.strip():
        page, end = json.JSONDecoder().raw_decode(text.lstrip())
        yield page
        text = text.lstrip()[end:]


@cache
def report() -> Report:
    """Return the report on the sample logs."""
    names = Names.of(ESTATE / "names")
    return make_report(flowlocal.scan(ESTATE / "logs"), report_questions().values(), names=names)


def total(found: Iterable[Record]) -> int:
    """Return the bytes of records."""
    return sum(int(each["bytes"]) for each in found)


def through_nat() -> list[Record]:
    """Return the records of the private sides of NAT gateways, told by their interfaces."""
    gateways = {
        each["NetworkInterfaceId"] for each in described("NetworkInterfaces") if each["InterfaceType"] == "nat_gateway"
    }
    own = {str(ip_address("10.10.0.20"))}
    return [
        each
        for each in records()
        if each["interface-id"] in gateways
        and any(ip_address(each[end]).is_private and each[end] not in own for end in ENDS)
    ]


def service(each: Record) -> str:
    """Return the service of AWS at the outer end of a record of a NAT gateway."""
    outer = "dst" if each["flow-direction"] == "ingress" else "src"
    return each[f"pkt-{outer}-aws-service"]


def sent_by(path: str) -> list[Record]:
    """Return the records that left by a path."""
    return [each for each in records() if each["flow-direction"] == "egress" and each["traffic-path"] == path]


def in_zones(ends: tuple[str, str]) -> dict[tuple[str, str], dict[str, list[Record]]]:
    """Return the records of pairs of ends that were seen in two zones, by zone."""
    found: dict[tuple[str, str], dict[str, list[Record]]] = defaultdict(lambda: defaultdict(list))
    for each in records():
        found[each[ends[0]], each[ends[1]]][each["az-id"]].append(each)
    return {pair: zones for pair, zones in found.items() if len(zones) == 2}


def between_zones() -> int:
    """Return the bytes that private pairs sent from one zone to another: those of the sender."""
    pairs = {pair: zones for pair, zones in in_zones(ENDS).items() if all(ip_address(end).is_private for end in pair)}
    return sum(
        max(total(each for each in seen if each["flow-direction"] == "egress") for seen in zones.values())
        for zones in pairs.values()
    )


def between_subnets() -> int:
    """Return the bytes between addresses in subnets of two zones: of each pair, what one interface saw most."""
    zones = [(ip_network(str(each["CidrBlock"])), str(each["AvailabilityZoneId"])) for each in described("Subnets")]
    seen: dict[tuple[str, str], dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for each in records():
        seen[each["srcaddr"], each["dstaddr"]][each["interface-id"]] += int(each["bytes"])

    def zone(address: str) -> str:
        return next((zone for network, zone in zones if ip_address(address) in network), "")

    crossing = (pair for pair in seen if zone(pair[0]) and zone(pair[1]) and zone(pair[0]) != zone(pair[1]))
    return sum(max(seen[pair].values()) for pair in crossing)


def nat_between_zones() -> int:
    """Return the bytes between hosts and a NAT gateway of another zone."""
    other = {pair for pair, zones in in_zones(PACKET_ENDS).items() if len(zones) == 2}
    return total(each for each in through_nat() if (each["pkt-srcaddr"], each["pkt-dstaddr"]) in other)


def at_interfaces(kind: str, direction: str = "") -> int:
    """Return the bytes at interfaces of a type, in one direction or both."""
    ids = {each["NetworkInterfaceId"] for each in described("NetworkInterfaces") if each["InterfaceType"] == kind}
    return total(
        each for each in records() if each["interface-id"] in ids and direction in {"", each["flow-direction"]}
    )


SUMS: dict[str, tuple[Callable[[], int], float]] = {
    "nat-by-source": (lambda: total(through_nat()), 0.045),
    "nat-by-destination": (lambda: total(through_nat()), 0.045),
    "nat-by-service": (lambda: total(through_nat()), 0.045),
    "nat-to-aws-services": (lambda: total(x for x in through_nat() if service(x) in {"S3", "DYNAMODB"}), 0.045),
    "nat-by-aws-name": (lambda: total(x for x in through_nat() if "28.20.1.44" in x.values()), 0.045),
    "nat-cross-zone": (nat_between_zones, 0.02),
    "interface-endpoints": (lambda: at_interfaces("vpc_endpoint"), 0.01),
    "cross-zone": (between_zones, 0.02),
    "cross-zone-by-subnet": (between_subnets, 0.02),
    "internet-egress": (lambda: total(sent_by("8")), 0.09),
    "internet-egress-by-destination": (lambda: total(sent_by("8")), 0.09),
    "transit-gateway": (lambda: at_interfaces("transit_gateway", "ingress"), 0.02),
    "peering-bytes": (lambda: total(sent_by("4")), 0),
    "gateway-endpoint-bytes": (lambda: total(sent_by("7")), 0),
}


@pytest.mark.parametrize("name", SUMS)
def test_sums(name: str) -> None:
    """The bytes of a section are those of the logs, each counted once, and their price is per GB."""
    expected, price = SUMS[name]
    answer = next(each for each in report().answers if each.question.name == name)
    assert answer.result
    column, *usd = answer.question.total
    assert answer.result.totals[column] == expected() > 0
    if usd:
        assert answer.result.totals["usd"] == pytest.approx(expected() / 1e9 * price)


def test_every_section_is_tested() -> None:
    """Every section that sums bytes has a sum here."""
    assert {each.name for each in report_questions().values() if each.group == "cost"} == set(SUMS)


def test_bill() -> None:
    """The bill is the sum of its parts, none of which is in another."""
    parts = charges(report())
    assert len({each.answer.question.name for each in parts}) == len(parts) == 7
    assert sum(each.usd for each in parts) == pytest.approx(
        sum(SUMS[x.answer.question.name][0]() / 1e9 * SUMS[x.answer.question.name][1] for x in parts)
    )


def test_both_ends_count_once() -> None:
    """Bytes between zones are those of one end, though both ends recorded them."""
    twice = total(
        each
        for pair, zones in in_zones(ENDS).items()
        if all(ip_address(end).is_private for end in pair)
        for seen in zones.values()
        for each in seen
    )
    assert between_zones() * 2 == twice


def test_names_of_services(tmp_path: Path) -> None:
    """A service that hosts asked for by name is told, although its addresses are only AMAZON's."""
    fields = "version interface-id srcaddr dstaddr pkt-srcaddr pkt-dstaddr srcport dstport protocol bytes start end"
    times = "50000 443 6 {} 1777600000 1777600060"
    lines = [
        f"5 eni-1 10.0.0.5 10.0.0.9 10.0.0.5 28.1.1.1 {times.format(1000)}",
        f"5 eni-1 10.0.0.9 10.0.0.5 28.1.1.1 10.0.0.5 {times.format(5000)}",
        f"5 eni-1 10.0.0.9 28.1.1.1 10.0.0.9 28.1.1.1 {times.format(1000)}",
    ]
    (tmp_path / "flow.log").write_text("\n".join([fields, *lines, ""]))
    table = "address,name\n28.1.1.1,123456789012.dkr.ecr.eu-central-1.amazonaws.com.\n"
    (tmp_path / "resolver_names.csv").write_text(table)
    query = recipe("nat-by-aws-name").query
    rows = flowlocal.query(
        query, tmp_path / "flow.log", tables={"resolver_names": tmp_path / "resolver_names.csv"}
    ).rows
    assert rows == [
        {"service": "ecr", "bytes_processed": "6000", "usd": "0.00000027", "usd_with_endpoint": "0.00000006"}
    ]


def test_prices() -> None:
    """Prices are parameters, for all questions or for some."""
    logs, asked = flowlocal.scan(ESTATE / "logs"), [recipe("nat-by-source"), recipe("internet-egress")]
    made = make_report(logs, asked, parameters={"nat-*.usd_per_gb": "1", "internet-egress.usd_per_gb": "2"})
    usd = [each.result.totals["usd"] for each in made.answers if each.result]
    assert usd == [pytest.approx(total(through_nat()) / 1e9), pytest.approx(total(sent_by("8")) / 1e9 * 2)]
    assert [each.shown_query.splitlines()[0] for each in made.answers] == [
        "# {{usd_per_gb}} = 1",
        "# {{usd_per_gb}} = 2",
    ]
    with pytest.raises(ValueError, match="no question of the report has the placeholder"):
        make_report(logs, asked, parameters={"nat.x": "1"})
