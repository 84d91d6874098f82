"""Make the sample logs of this folder: one day of flow logs of a small, invented company, in three shapes.

    python sample_logs/generate.py [DIRECTORY]

The same events are written as S3 delivery, as a CloudWatch Logs export task and as bare lines. The output depends on
nothing but this file: a fixed seed, no clock. All public addresses are from ranges set aside for documentation.
"""

from __future__ import annotations

import gzip
import math
import random
import sys
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import TypeVar

Thing = TypeVar("Thing")

DAY = int(datetime(2026, 5, 1, tzinfo=UTC).timestamp())
WINDOW = 600
"""Seconds in which a flow log gathers packets before it writes a record."""
FIELDS = (
    "version account-id interface-id srcaddr dstaddr srcport dstport protocol packets bytes start end action log-status"
)
REGION = "eu-central-1"
FILE_HOURS = 3
"""Hours of events in one S3 file. The service writes one every five minutes; this keeps the folder small."""
ICMP, TCP, UDP = 1, 6, 17


@dataclass(frozen=True)
class Interface:
    """A network interface: its role in the story, its ids and its private addresses."""

    role: str
    account: str
    eni: str
    address: str
    address6: str = ""


def _interface(role: str, account: str, address: str, address6: str = "") -> Interface:
    eni = "eni-0" + sha256(f"{account} {address}".encode()).hexdigest()[:16]
    return Interface(role, account, eni, address, address6)


SHOP, DATA = "123456789010", "210987654321"
INTERFACES = [
    _interface("balancer", SHOP, "10.0.0.10", "2001:db8:10::a"),
    _interface("balancer", SHOP, "10.0.1.10", "2001:db8:11::a"),
    _interface("nat", SHOP, "10.0.0.20"),
    _interface("bastion", SHOP, "10.0.0.30"),
    *(_interface("web", SHOP, f"10.0.16.{host}") for host in (11, 12, 13, 14)),
    _interface("database", SHOP, "10.0.32.5"),
    _interface("database", SHOP, "10.0.33.5"),
    _interface("resolver", SHOP, "10.0.40.53"),
    _interface("idle", SHOP, "10.0.48.99"),
    *(_interface("batch", DATA, f"10.20.4.{host}") for host in (7, 8)),
    _interface("warehouse", DATA, "10.20.8.2"),
]
OFFICE = "198.51.100.7"
SCANNER = "203.0.113.66"
BUCKET = "192.0.2.44"
"""Stands for an object store outside."""
CUSTOMERS = [f"198.51.100.{host}" for host in range(20, 60)] + [f"203.0.113.{host}" for host in range(100, 130)]
CUSTOMERS6 = [f"2001:db8:{net:x}::{host:x}" for net, host in ((0xA1, 0x1F), (0xB2, 0x2), (0xC3, 0x77))]
STRANGERS = [f"192.0.2.{host}" for host in range(100, 160)]
KNOCKED = [23, 22, 445, 3389, 8080, 6379, 1433, 5900, 2323, 25]
"""Ports that strangers try all day, the most popular first."""
SCANNED = [*range(20, 26), 53, 80, 110, 111, 135, 139, 143, 389, 443, 445, 993]
SCANNED += [1433, 1521, 2049, 3306, 3389, 5432, 5900, 6379, 8000, 8080, 8443, 9000, 9200, 11211, 27017]
SCANNED += range(1024, 1100, 3)


@dataclass(frozen=True, order=True)
class Record:
    """One record of a flow log."""

    start: int
    order: int
    end: int = field(compare=False)
    interface: Interface = field(compare=False)
    flow: str = field(compare=False, default="- - - - - - -")
    action: str = field(compare=False, default="-")
    status: str = field(compare=False, default="OK")

    @property
    def line(self) -> str:
        """The record as the service writes it."""
        ids = f"2 {self.interface.account} {self.interface.eni}"
        return f"{ids} {self.flow} {self.start} {self.end} {self.action} {self.status}"


class Day:
    """The records of a day, gathered scene by scene."""

    def __init__(self) -> None:
        self.random = random.Random(20260501)  # noqa: S311 - a story, no secret
        self.records: list[Record] = []

    def role(self, name: str) -> list[Interface]:
        """Return the interfaces that the roles use."""
        return [interface for interface in INTERFACES if interface.role == name]

    def pick(self, things: Sequence[Thing], skew: float = 1.0) -> Thing:
        """One of several, the first ones far more often than the last."""
        weights = [1 / (rank + 1) ** skew for rank in range(len(things))]
        return self.random.choices(things, weights)[0]

    def any_of(self, interfaces: Sequence[Interface]) -> Interface:
        """One of several interfaces, each as likely as the next."""
        return self.random.choices(interfaces)[0]

    def moment(self) -> int:
        """Return a second of the day; more of them by daylight than at night."""
        while True:
            second = int(self.random.random() * 86_400)
            busy = 0.55 - 0.45 * math.cos((second / 3600 - 3) / 24 * 2 * math.pi)
            if self.random.random() < busy:
                return DAY + second

    def port(self) -> int:
        """Return a port that a client was given."""
        return 32_768 + int(self.random.random() * 28_000)

    def size(self, median: float) -> int:
        """Return a number of packets: mostly near the median, now and then far above it."""
        return max(1, round(self.random.lognormvariate(math.log(median), 1.1)))

    def add(
        self,
        interface: Interface,
        ends: tuple[object, object, int, int],
        protocol: int,
        load: tuple[int, int],
        *,
        at: int,
        action: str = "ACCEPT",
    ) -> None:
        """Add one record of traffic: (source, destination, ports), protocol, (packets, bytes a packet)."""
        source, destination, source_port, destination_port = ends
        packets, each = load
        traffic = f"{source} {destination} {source_port} {destination_port} {protocol} {packets} {packets * each}"
        end = min(at + 5 + int(self.random.random() * (WINDOW - 10)), DAY + 86_399)
        self.records.append(Record(at, len(self.records), end, interface, traffic, action))

    def talk(
        self, interface: Interface, client: object, server: object, port: int, load: tuple[int, int], *, at: int
    ) -> None:
        """Add a conversation as its interface sees it: the way there and the way back."""
        source_port = self.port()
        packets, each = load
        protocol = UDP if port in {53, 123} else TCP
        self.add(interface, (client, server, source_port, port), protocol, (packets, 40 + each // 8), at=at)
        self.add(interface, (server, client, port, source_port), protocol, (packets, 40 + each), at=at)


def customers(day: Day) -> None:
    """Browsers come to the load balancers, those ask the web servers, and those the databases."""
    for _ in range(330):
        balancer, web, at = day.any_of(day.role("balancer")), day.any_of(day.role("web")), day.moment()
        port = 443 if day.random.random() < 0.9 else 80
        day.talk(balancer, day.pick(CUSTOMERS, 1.2), balancer.address, port, (day.size(14), 900), at=at)
        if day.random.random() < 0.5:
            day.talk(web, balancer.address, web.address, 8080, (day.size(10), 700), at=at)
        if day.random.random() < 0.4:
            database = day.any_of(day.role("database"))
            day.talk(web, web.address, database.address, 5432, (day.size(8), 400), at=at)
            day.talk(database, web.address, database.address, 5432, (day.size(8), 400), at=at)


def customers6(day: Day) -> None:
    """Add flows of browsers that use IPv6."""
    for _ in range(40):
        balancer = day.any_of(day.role("balancer"))
        day.talk(balancer, day.pick(CUSTOMERS6), balancer.address6, 443, (day.size(14), 1100), at=day.moment())


def housekeeping(day: Day) -> None:
    """Names are looked up, clocks set, the office logs in, somebody pings."""
    resolver, bastion, nat = day.role("resolver")[0], day.role("bastion")[0], day.role("nat")[0]
    for _ in range(75):
        web, at = day.any_of(day.role("web")), day.moment()
        for side in (web, resolver):
            day.talk(side, web.address, resolver.address, 53, (1, 90), at=at)
    for _ in range(40):
        day.talk(nat, nat.address, "192.0.2.123", 123, (1, 36), at=day.moment())
    for _ in range(14):
        at = day.moment()
        day.talk(bastion, OFFICE, bastion.address, 22, (day.size(120), 200), at=at)
        day.talk(bastion, bastion.address, day.any_of(day.role("web")).address, 22, (day.size(100), 200), at=at)
    for _ in range(8):
        day.add(bastion, (OFFICE, bastion.address, 0, 0), ICMP, (4, 84), at=day.moment())


def night_work(day: Day) -> None:
    """Add the reads of the batch hosts at night; one sends far more at 02:10 than at any other time."""
    warehouse = day.role("warehouse")[0]
    for window in range(0, 6 * 3600, 2 * WINDOW):
        for batch in day.role("batch"):
            day.talk(batch, batch.address, warehouse.address, 5439, (day.size(900), 1300), at=DAY + window)
            day.talk(warehouse, batch.address, warehouse.address, 5439, (day.size(900), 1300), at=DAY + window)
    batch = day.role("batch")[1]
    for minute in range(0, 40, 5):
        at = DAY + 2 * 3600 + (10 + minute) * 60
        day.add(batch, (batch.address, BUCKET, 51_515, 443), TCP, (400_000 + day.size(90_000), 1400), at=at)


def strangers(day: Day) -> None:
    """Hosts from all over try doors that are shut."""
    for _ in range(260):
        target = day.any_of([*day.role("balancer"), *day.role("nat"), *day.role("bastion")])
        ends = (day.pick(STRANGERS, 1.1), target.address, day.port(), day.pick(KNOCKED))
        day.add(target, ends, TCP, (1 + day.size(1) % 3, 40), at=day.moment(), action="REJECT")


def scan(day: Day) -> None:
    """At 14:05 one host tries every door of a load balancer and a web server within nine minutes."""
    for target in (day.role("balancer")[1], day.role("bastion")[0]):
        for number, port in enumerate(SCANNED):
            at = DAY + 14 * 3600 + 5 * 60 + number * 540 // len(SCANNED)
            is_open = port in ({80, 443} if target.role == "balancer" else {22})
            ends = (SCANNER, target.address, 61_000, port)
            day.add(target, ends, TCP, (1, 44), at=at, action="ACCEPT" if is_open else "REJECT")


def silence(day: Day) -> None:
    """Windows without traffic (NODATA), and a few whose records were lost (SKIPDATA)."""
    idle = day.role("idle")[0]
    for window in range(0, 86_400, WINDOW):
        day.records.append(Record(DAY + window, len(day.records), DAY + window + WINDOW - 1, idle, status="NODATA"))
    for _ in range(9):
        at = day.moment() // WINDOW * WINDOW
        interface = day.any_of(INTERFACES)
        day.records.append(Record(at, len(day.records), at + WINDOW - 1, interface, status="SKIPDATA"))


def records() -> list[Record]:
    """All records of the day in order of their start."""
    day = Day()
    for scene in (customers, customers6, housekeeping, night_work, strangers, scan, silence):
        scene(day)
    return sorted(day.records)


def s3_delivery(day: list[Record]) -> Iterator[tuple[str, str]]:
    """As delivered to S3: gzip files by account and time, each with a header line."""
    files: dict[tuple[str, int], list[str]] = defaultdict(list)
    for record in day:
        files[record.interface.account, (record.end - DAY) // 3600 // FILE_HOURS].append(record.line)
    for (account, part), lines in sorted(files.items()):
        stamp = datetime.fromtimestamp(DAY + part * FILE_HOURS * 3600, UTC)
        digest = sha256(f"{account} {part}".encode()).hexdigest()[:8]
        name = f"{account}_vpcflowlogs_{REGION}_fl-{account}5a5a5_{stamp:%Y%m%dT%H%MZ}_{digest}.log.gz"
        folder = f"s3/AWSLogs/{account}/vpcflowlogs/{REGION}/{stamp:%Y/%m/%d}"
        yield f"{folder}/{name}", "\n".join([FIELDS, *lines, ""])


def export_task(day: list[Record]) -> Iterator[tuple[str, str]]:
    """As exported from CloudWatch Logs to S3: a folder a stream, each line with its time before it."""
    root, task = "cloudwatch-export/exportedlogs", "5f1c2d7e-90ab-4c3d-8e21-6b7f0a9d4c55"
    yield f"{root}/aws-logs-write-test", "Permission Check Successful"
    streams: dict[str, list[str]] = defaultdict(list)
    for record in day:
        moment = datetime.fromtimestamp(record.start, UTC)
        streams[f"{record.interface.eni}-all"].append(f"{moment:%Y-%m-%dT%H:%M:%S}.000Z {record.line}\n")
    for stream, lines in sorted(streams.items()):
        yield f"{root}/{task}/{stream}/000000.gz", "".join(lines)


def bare_lines(day: list[Record]) -> Iterator[tuple[str, str]]:
    """Nothing but records, as a tail or a copy from the console gives them."""
    yield "lines/flow.log", "".join(f"{record.line}\n" for record in day)


def files() -> dict[str, str]:
    """Every file by its path within the folder, with its text before compression."""
    day = records()
    return dict([*s3_delivery(day), *export_task(day), *bare_lines(day)])


def main(directory: Path) -> None:
    """Write every file, compressed where its name says so."""
    for name, text in files().items():
        path = directory / name
        path.parent.mkdir(parents=True, exist_ok=True)
        data = text.encode()
        path.write_bytes(gzip.compress(data, mtime=0) if name.endswith(".gz") else data)


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent)
