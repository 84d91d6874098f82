"""``--mask``: nothing that identifies an account is left, and the case is answered as before."""

from __future__ import annotations

import re
from collections.abc import Callable
from ipaddress import ip_address, ip_network
from pathlib import Path

import pytest

from flowlocal.recording.masking import Mask
from flowlocal.testing.case import Case
from tests.aws.conftest import connect
from tests.recording.conftest import Record, passes, write

ACCOUNT, ENI, SUBNET = "987654321098", "eni-0abc1234567890def", "subnet-0abc1234567890def"


def flow(source: str, target: str, port: int, action: str = "REJECT") -> str:
    """Return a flow log record."""
    return f"2 {ACCOUNT} {ENI} {source} {target} 41000 {port} 6 2 {port} 1777600000 1777600060 {action} OK"


LINES = [
    flow("10.37.5.17", "52.94.76.5", 443, "ACCEPT"),
    flow("10.37.5.9", "52.94.76.12", 22),
    flow("172.31.16.139", "10.9.5.9", 22),
    flow("2600:1f18:abcd:1200::a", "2600:1f18:abcd:1200::b", 53),
    flow("fd12:3456:789a::1", "8.8.8.8", 53),
    f"host ip-10-37-5-17.ec2.internal in vpc-0123abcd, {SUBNET}; i-0abcdef1234567890 in arn:aws:s3:::acme-secrets/k.",
]
JSON = [
    f'{{"account": "{ACCOUNT}", "owner": {ACCOUNT}, "role": "arn:aws:iam::{ACCOUNT}:role/Prod-Admin", "ip": "8.8.8.8"}}'
]
SECRETS = re.compile(
    r"987654321098|0abc1234567890def|10[.-]37|52\.94|8\.8\.8|172\.31|2600:1f18|fd12:|Prod-Admin|0123abcd|0abcdef|acme"
)


@pytest.mark.parametrize(
    "query",
    [
        "fields @timestamp, @message, @logStream, @log",
        "stats count(*) as n by srcAddr, dstAddr | sort srcAddr, dstAddr",
        "filter srcAddr = '10.37.5.17' or dstAddr in ['52.94.76.5', '10.9.5.9'] | fields srcAddr | sort srcAddr",
        r"filter dstAddr like /52\.94\.76\.12/ | stats count(*) as n",
        "filter isIpv4InSubnet(srcAddr, '10.37.0.0/16') | stats count(*) as n by srcAddr | sort srcAddr",
        "filter isIpv4InSubnet(srcAddr, '10.37.5.0/28') | stats count(*) as n",
        "filter isIpv4InSubnet(srcAddr, '10.0.0.0/8') or isIpv4InSubnet(srcAddr, '172.16.0.0/12') | stats count(*)",
        "filter isIpv4InSubnet(dstAddr, '52.94.0.0/16') | stats count(*) as n by dstAddr",
        "filter isIpv6InSubnet(srcAddr, '2600:1f18:abcd:1200::/64') | stats count(*) as n",
        f"filter interfaceId = '{ENI}' or accountId = '{ACCOUNT}' | stats count(*) as n by interfaceId",
        f"filter role = 'arn:aws:iam::{ACCOUNT}:role/Prod-Admin' | fields account, owner, ip, role",
        "parse @message 'host * in *, *; * in *.' as h, v, s, i, b | stats count(*) as n by h, v, s, i, b",
    ],
)
def test_masked_cases(endpoint: str, record: Record, case: Callable[[], Case], query: str, tmp_path: Path) -> None:
    """A masked case has no secret in it, and passes as the unmasked one."""
    write(connect(endpoint), "vpc", JSON if "role" in query else LINES, f"{ENI}-all")
    assert record(query) == 0
    unmasked = case()
    assert record(query, "--mask") == 0
    masked = case()
    assert passes(masked)
    assert len(masked.expected.rows or ()) == len(unmasked.expected.rows or ()) > 0
    found = (tmp_path / "case.toml").read_text(encoding="utf-8")
    assert not SECRETS.search(found), SECRETS.findall(found)


def test_a_query_that_needs_the_identifiers(
    endpoint: str, record: Record, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """A masked case that would be answered otherwise is refused."""
    write(connect(endpoint), "vpc", LINES)
    assert record(r"filter srcAddr like /^10\.37/ | stats count(*) as n", "--mask") == 3
    assert "the query depends on the identifiers themselves" in capsys.readouterr().err
    assert not (tmp_path / "case.toml").exists()


def mask(*texts: str) -> list[str]:
    """Return the texts with one mask."""
    made = Mask.of(texts)
    return [made.text(text) for text in texts]


@pytest.mark.parametrize(
    "text",
    [
        "0.0.0.0 127.0.0.1 169.254.169.254 255.255.255.255 :: ::1 fe80::1 0.0.0.0/0 10.0.0.0/8 192.168.0.0/16",
        "at 12:30:45.123 took 10.5 ms, version 1.2.3, 1777600000000, 123456789, std::vector 300.1.1.1",
        "i-1 r-2d2 vpc route/eni x987654321098 987654321098.5",
    ],
)
def test_not_masked(text: str) -> None:
    """What means the same everywhere, and what only looks like an identifier, stays."""
    assert mask(text) == [text]


def test_kinds_of_addresses() -> None:
    """Private stays private, with its subnet and order; public addresses are documentation's, each another one."""
    private = [f"10.{a}.{b}.{c}" for a in (3, 20, 100, 101) for b in (0, 7) for c in (9, 10)]
    private += ["172.16.0.1", "172.31.255.1", "192.168.0.7", "192.168.50.7", "100.64.0.1", "100.127.0.1"]
    public = [f"52.{a}.0.{b}" for a in range(2) for b in range(1, 150)]
    new = mask(*private, *public)
    assert len(set(new)) == len(new) == len(private) + len(public)
    assert not {*new} & {*private, *public}
    for old, each in zip(private, new, strict=False):
        block = next(n for n in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10") if inside(old, n))
        assert inside(each, block)
        assert each.rsplit(".", 1)[1] == old.rsplit(".", 1)[1]
    documented = ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24")
    assert all(any(inside(each, net) for net in documented) for each in new[len(private) :])
    assert new[: len(private)] == sorted(new[: len(private)], key=new.index)
    for subnet in ("10.3.0.0/24", "10.20.7.0/24"):
        members = [each for old, each in zip(private, new, strict=False) if inside(old, subnet)]
        assert len({each.rsplit(".", 1)[0] for each in members}) == 1


def inside(address: str, network: str) -> bool:
    """Return True if an address is in a network."""
    return ip_address(address) in ip_network(network)


def test_order_and_number() -> None:
    """Identifiers are sorted as before; there are enough replacements for any number of them."""
    for texts in (
        [f"10.{n}.0.1" for n in range(150)],
        [f"eni-{n:017}" for n in range(300)],
        [f"{n:012}" for n in range(123456789012, 123456789312)],
        [f"52.1.{n // 250}.{n % 250}" for n in range(1000)],
        [f"2600:{n:x}::1" for n in range(1, 300)],
    ):
        new = mask(*texts)
        assert len(set(new)) == len(texts)
        if "2600" not in texts[1]:
            assert new == sorted(new, key=lambda text: [int(part) for part in re.findall(r"\d+", text)])
    for texts in ([f"10.{n}.0.1" for n in range(256)], [f"172.{n}.0.1" for n in range(16, 32)]):
        assert not any(old == new for old, new in zip(texts, mask(*texts), strict=True))
        assert len(set(mask(*texts))) == len(texts)


def test_same_everywhere() -> None:
    """One thing has one replacement, however it is written; another mask knows nothing of it."""
    texts = mask("10.37.5.17", r"10\.37\.5\.17", "ip-10-37-5-17", "2600:1F18::A", "2600:1f18:0:0:0:0:0:a")
    assert texts[1] == texts[0].replace(".", r"\.")
    assert texts[2] == "ip-" + texts[0].replace(".", "-")
    assert texts[3] == texts[4]
    assert Mask.of([]).text("10.37.5.17") == "10.37.5.17"
