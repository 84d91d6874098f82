"""Make the estate samples: two days of flow logs in a custom format, and what AWS prints about the same network.

    python sample_logs/estate/generate.py [DIRECTORY]

The output depends on nothing but the files of this folder: a fixed seed, no clock.
"""

from __future__ import annotations

import gzip
import math
import random
import sys
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from hashlib import sha256
from ipaddress import ip_address, ip_network
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

import describe
import network as net
from network import Interface

START = int(datetime(2026, 5, 4, tzinfo=UTC).timestamp())
DAY, HOUR, WINDOW = 86_400, 3600, 600
FIELDS = (
    "version account-id interface-id srcaddr dstaddr srcport dstport protocol packets bytes start end action "
    "log-status vpc-id subnet-id instance-id tcp-flags type pkt-srcaddr pkt-dstaddr region az-id pkt-src-aws-service "
    "pkt-dst-aws-service flow-direction traffic-path"
)
ICMP, TCP, UDP = 1, 6, 17
SYN, SYN_ACK, FIN = 2, 18, 1
OTHER, INTERNET, PEERING, ENDPOINT = "1", "8", "4", "7"
"""Values of ``traffic-path``: another resource of the VPC, internet gateway, peering, gateway endpoint."""
Host = Interface | str


@dataclass(frozen=True)
class Flow:
    """One direction of a connection as one interface sees it."""

    interface: Interface
    source: str
    target: str
    ports: tuple[int, int]
    load: tuple[int, int]
    at: int
    egress: bool
    protocol: int = TCP
    flags: int = 0
    action: str = "ACCEPT"
    path: str = "-"
    packet: tuple[str, str] = ("", "")
    """The packet's own source and target, if a gateway replaced one of them."""
    seconds: int = 50

    @property
    def line(self) -> str:
        """The record as the service writes it."""
        each, (packets, size) = self.interface, self.load
        source, target = self.packet[0] or self.source, self.packet[1] or self.target
        traffic = (self.source, self.target, *self.ports, self.protocol, packets, size, self.at, self.at + self.seconds)
        place = (
            each.subnet.vpc.id,
            each.subnet.id,
            each.instance or "-",
            self.flags,
            "IPv6" if ":" in source else "IPv4",
        )
        end = (source, target, net.REGION, each.az_id, _service(source), _service(target))
        way = ("egress", self.path) if self.egress else ("ingress", "-")
        cells = (5, each.account, each.id, *traffic, self.action, "OK", *place, *end, *way)
        return " ".join(map(str, cells))


def _service(address: str) -> str:
    """Return the service of AWS that an address belongs to, the smallest range first; ``-`` if none."""
    parsed = ip_address(address)
    found = [each for each in net.AWS_RANGES if parsed in ip_network(each[0])]
    return max(found, key=lambda each: ip_network(each[0]).prefixlen)[1] if found else "-"


@dataclass(frozen=True)
class Talk:
    """A connection: client, server, the server's port, packets and bytes each way, and its time."""

    client: Host
    server: Host
    port: int
    sent: tuple[int, int]
    received: tuple[int, int]
    at: int
    path: str = OTHER
    protocol: int = TCP
    flags: tuple[int, int] = (SYN | FIN, SYN_ACK | FIN)
    seconds: int = 50
    client_port: int = 0


class Estate:
    """The records, gathered scene by scene."""

    def __init__(self) -> None:
        self.random = random.Random(20260504)  # noqa: S311 - a story, no secret
        self.flows: list[Flow] = []

    def size(self, median: float) -> tuple[int, int]:
        """Return packets and bytes: mostly near the median number of packets, now and then far above it."""
        packets = max(1, round(self.random.lognormvariate(math.log(median), 0.9)))
        return packets, packets * (60 + int(self.random.random() * 1100))

    def port(self) -> int:
        """Return a port that a client was given."""
        return 32_768 + int(self.random.random() * 28_000)

    def moment(self, day: int) -> int:
        """Return a second of a day, more of them in the afternoon than at night."""
        while True:
            second = int(self.random.random() * (DAY - WINDOW))
            if self.random.random() < 0.55 - 0.45 * math.cos((second / HOUR - 3) / 24 * 2 * math.pi):
                return START + day * DAY + second

    def talk(self, talk: Talk) -> None:
        """Add a connection: both directions, at each end that is an interface of ours."""
        client, server = _address(talk.client, talk.server), _address(talk.server, talk.client)
        port = talk.client_port or (self.port() if talk.protocol == TCP else 0)
        for interface in (talk.client, talk.server):
            if isinstance(interface, Interface):
                there = Flow(
                    *(interface, client, server, (port, talk.port), talk.sent, talk.at, interface is talk.client),
                    *(talk.protocol, talk.flags[0] if talk.protocol == TCP else 0),
                    seconds=talk.seconds,
                )
                back = replace(
                    there,
                    source=server,
                    target=client,
                    ports=(talk.port, port),
                    load=talk.received,
                    egress=not there.egress,
                    flags=talk.flags[1] if talk.protocol == TCP else 0,
                )
                self.flows += [_on_path(each, talk.path) for each in (there, back)]

    def through_nat(self, talk: Talk) -> None:
        """Add a connection to the internet through the NAT gateway: six records, as the service writes them."""
        assert isinstance(talk.client, Interface)  # noqa: S101
        assert isinstance(talk.server, str)  # noqa: S101
        inside, gateway, outside = talk.client.address, net.NAT.address, talk.server
        ports = (self.port(), talk.port)
        out = Flow(
            talk.client, inside, outside, ports, talk.sent, talk.at, egress=True, flags=talk.flags[0], path=OTHER
        )
        back = replace(
            out, source=outside, target=inside, ports=ports[::-1], load=talk.received, egress=False, path="-"
        )
        back = replace(back, flags=talk.flags[1])
        nat_in = replace(out, interface=net.NAT, target=gateway, egress=False, path="-", packet=(inside, outside))
        nat_out = replace(out, interface=net.NAT, source=gateway, path=INTERNET)
        answer_in = replace(back, interface=net.NAT, target=gateway)
        answer_out = replace(back, interface=net.NAT, source=gateway, egress=True, path=OTHER, packet=(outside, inside))
        self.flows += [out, nat_in, nat_out, answer_in, answer_out, back]

    def refuse(self, source: str, target: Interface, port: int, at: int, *, egress: str = "") -> None:
        """Add a rejected attempt: of an outsider, or, with ``egress``, of one of ours to that address."""
        ends = (target.address, egress) if egress else (source, _address(target, source))
        flow = Flow(target, *ends, (self.port(), port), (1, 40), at, bool(egress), flags=SYN, action="REJECT")
        self.flows.append(_on_path(flow, INTERNET))


def _on_path(flow: Flow, path: str) -> Flow:
    return replace(flow, path=path) if flow.egress else flow


def _address(host: Host, peer: Host) -> str:
    """Return the address that a host uses to a peer."""
    if isinstance(host, str):
        return host
    return host.address6 if isinstance(peer, str) and ":" in peer else host.address


def customers(estate: Estate, day: int) -> None:
    """Add customers who reach a load balancer, that a web server, and that a database, often in the other zone."""
    for _ in range(70):
        at, balancer = estate.moment(day), estate.random.choice([net.ALB_A, net.ALB_B])
        web, database = estate.random.choice([net.WEB_1, net.WEB_2]), estate.random.choice([net.DB_1, net.DB_2])
        customer = estate.random.choice(net.CUSTOMERS)
        estate.talk(Talk(customer, balancer, 443, estate.size(8), estate.size(40), at, INTERNET))
        estate.talk(Talk(balancer, web, 8080, estate.size(8), estate.size(40), at))
        estate.talk(Talk(web, database, 5432, estate.size(10), estate.size(30), at))


def outgoing(estate: Estate, day: int) -> None:
    """Send servers out: to payments, images and S3 through the NAT gateway, from zone b to S3 by its endpoint."""
    for number in range(24):
        at = START + day * DAY + number * HOUR
        web = estate.random.choice([net.WEB_1, net.WEB_2])
        estate.through_nat(Talk(web, net.PAYMENTS, 443, estate.size(20), estate.size(20), at + 100))
        estate.through_nat(Talk(net.WEB_1, net.S3_ADDRESSES[0], 443, estate.size(900), estate.size(300), at + 200))
        estate.talk(Talk(net.WEB_2, net.S3_ADDRESSES[1], 443, estate.size(900), estate.size(300), at + 300, ENDPOINT))
        estate.talk(Talk(net.WEB_1, net.ECR, 443, estate.size(20), estate.size(200), at + 400))
    for hour in (1, 4, 7):
        at = START + day * DAY + hour * HOUR
        estate.through_nat(Talk(net.BATCH, net.REGISTRY, 443, estate.size(300), (90_000, 126_000_000), at))
        estate.through_nat(Talk(net.BATCH, net.DYNAMODB_ADDRESS, 443, (9_000, 7_000_000), estate.size(2000), at + 60))
        estate.talk(Talk(net.BATCH, net.DB_2, 5432, estate.size(300), (40_000, 52_000_000), at + 120))


def inside(estate: Estate, day: int) -> None:
    """Add traffic between VPCs: the warehouse by the transit gateway, monitoring by peering; the lab on its own."""
    for hour in range(0, 24, 2):
        at = START + day * DAY + hour * HOUR + 500
        load = estate.size(400), estate.size(2000)
        talk = Talk(net.BATCH, net.STORE, 5439, *load, at, client_port=40_000 + hour)
        estate.talk(talk)
        for gateway in (net.TGW_PROD, net.TGW_DATA):
            _carry(estate, gateway, talk)
        estate.talk(Talk(net.MONITOR, net.WEB_1, 9100, estate.size(5), estate.size(30), at, PEERING))
        estate.talk(Talk(net.MONITOR, net.DB_1, 0, (4, 336), (4, 336), at, PEERING, ICMP))
        estate.talk(Talk(net.CUSTOMERS[0], net.LAB_BOX, 22, estate.size(30), estate.size(30), at, INTERNET))


def _carry(estate: Estate, gateway: Interface, talk: Talk) -> None:
    """Add what an interface of the transit gateway sees of a connection: in at one side, out at the other."""
    assert isinstance(talk.client, Interface)  # noqa: S101
    assert isinstance(talk.server, Interface)  # noqa: S101
    leaves = gateway is net.TGW_DATA  # towards the server
    ends, ports = (talk.client.address, talk.server.address), (talk.client_port, talk.port)
    there = Flow(gateway, *ends, ports, talk.sent, talk.at, leaves, flags=talk.flags[0], path=OTHER if leaves else "-")
    back = Flow(gateway, *ends[::-1], ports[::-1], talk.received, talk.at, not leaves, flags=talk.flags[1])
    estate.flows += [there, _on_path(back, OTHER)]


def people(estate: Estate, day: int) -> None:
    """Let the office log in by SSH, once for four hours: only the first and last windows have flags."""
    port, begin = 50_001 + day, START + day * DAY + 9 * HOUR
    for window in range(24):
        flags = {0: (SYN, SYN_ACK), 23: (FIN, FIN)}.get(window, (0, 0))
        talk = Talk(net.OFFICE, net.BASTION, 22, estate.size(40), estate.size(60), begin + window * WINDOW, INTERNET)
        estate.talk(replace(talk, flags=flags, seconds=WINDOW - 10, client_port=port))
    for _ in range(3):
        at = begin + int(estate.random.random() * 3 * HOUR)
        estate.talk(Talk(net.BASTION, net.WEB_1, 22, estate.size(60), estate.size(80), at))


def hostile(estate: Estate, day: int) -> None:
    """Add attempts of strangers; a beacon every five minutes; mail that is refused; on the second day more."""
    for _ in range(60):
        source = f"30.{estate.random.randrange(100, 140)}.{estate.random.randrange(250)}.9"
        target, port = (
            estate.random.choice([net.ALB_A, net.BASTION, net.NAT]),
            estate.random.choice([23, 445, 3389, 6379]),
        )
        estate.refuse(source, target, port, estate.moment(day))
    for number in range(0, DAY, 300 * 4):
        estate.through_nat(Talk(net.WEB_2, net.COMMAND, 443, (3, 340), (3, 420), START + day * DAY + number + 7))
    for _ in range(6):
        estate.refuse("", net.WEB_1, 25, estate.moment(day), egress=net.MAIL)
    if day == 1:
        _second_day(estate)


def _second_day(estate: Estate) -> None:
    """Add a port scan, guessed passwords, a newcomer, an upload, and a host that is reached by IPv6."""
    begin = START + DAY
    for number, port in enumerate(
        [*range(20, 26), 80, 110, 135, 139, 443, 445, 1433, 3306, 3389, 5432, 6379, 8080, 27017]
    ):
        estate.refuse(net.SCANNER, net.ALB_B, port, begin + 14 * HOUR + number * 9)
    for number in range(60):
        load = (9, 1800), (8, 2200)
        estate.talk(Talk(net.GUESSER, net.BASTION, 22, *load, begin + 3 * HOUR + number * 20, INTERNET, seconds=12))
    for number in range(8):
        at = begin + 2 * HOUR + number * WINDOW
        estate.through_nat(Talk(net.BATCH, net.DROP, 443, (280_000, 390_000_000), (90_000, 4_700_000), at))
        estate.through_nat(Talk(net.WEB_2, net.NEWCOMER, 8443, (12, 2400), (10, 9000), at + 60))
        estate.talk(Talk(net.CUSTOMER6, net.WEB_3, 443, (10, 1900), (14, 17_000), at + 90, INTERNET))


def lines() -> dict[tuple[str, int], list[str]]:
    """Return the records by account and day, in order of their start; each day has a window without traffic."""
    estate = Estate()
    for day in (0, 1):
        for scene in (customers, outgoing, inside, people, hostile):
            scene(estate, day)
    found: dict[tuple[str, int], list[str]] = defaultdict(list)
    for flow in sorted(estate.flows, key=lambda each: each.at):
        found[flow.interface.account, (flow.at - START) // DAY].append(flow.line)
    for day in (0, 1):
        found[net.SHOP, day] += _silent(net.WEB_3, START + day * DAY)
    return found


def _silent(interface: Interface, at: int) -> list[str]:
    """Return a record of a window without traffic."""
    ids = f"5 {interface.account} {interface.id}"
    place = f"{interface.subnet.vpc.id} {interface.subnet.id} {interface.instance}"
    times = f"- - - - - - - {at} {at + WINDOW - 1} - NODATA"
    return [f"{ids} {times} {place} - - - - {net.REGION} {interface.az_id} - - - -"]


def _logs() -> Iterator[tuple[str, str]]:
    """Return the records as delivered to S3."""
    for (account, day), records in sorted(lines().items()):
        stamp = datetime.fromtimestamp(START + day * DAY, UTC)
        digest = sha256(f"estate {account} {day}".encode()).hexdigest()[:8]
        name = f"{account}_vpcflowlogs_{net.REGION}_fl-{account}e57a7_{stamp:%Y%m%dT%H%MZ}_{digest}.log.gz"
        folder = f"logs/AWSLogs/{account}/vpcflowlogs/{net.REGION}/{stamp:%Y/%m/%d}"
        yield f"{folder}/{name}", "\n".join([FIELDS, *records, ""])


def files() -> dict[str, str]:
    """Return every file by its path within this folder, with its text before compression."""
    return {**dict(_logs()), **{f"names/{name}": text for name, text in describe.files()}}


def main(directory: Path) -> None:
    """Write every file, compressed where its name says so."""
    for name, text in files().items():
        path = directory / name
        path.parent.mkdir(parents=True, exist_ok=True)
        data = text.encode()
        path.write_bytes(gzip.compress(data, mtime=0) if name.endswith(".gz") else data)


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent)
