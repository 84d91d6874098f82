"""Proposals as code, as far as Terraform and CloudFormation agree."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flowlocal.ansi import one_line
from flowlocal.rules.observed import Observed
from flowlocal.rules.proposals import Proposals

ALL = -1
"""The port of a protocol without ports, and of all ICMP types."""
_PORTS = ("tcp", "udp", "icmp", "icmpv6")
_LONGEST = 255
"""Characters that a description may have (documented)."""


@dataclass(frozen=True)
class Proposal:
    """A proposed rule.

    Attributes:
        owner: the security group or the interface that it is for.
        is_group: True if the owner is a security group.
        label: a name within the code, letters, digits and underscores, unlike all others.
        egress: True if it is for outgoing traffic.
        protocol: its name or number.
        ports: both ends of its ports; None if its protocol has none.
        peer: a security group or a block of addresses.
        description: what was seen, in characters that a description may have.
        peer_account: the account of a peer that is a security group, if it is not the owner's.
    """

    owner: str
    is_group: bool
    label: str
    egress: bool
    protocol: str
    ports: tuple[int, int] | None
    peer: str
    description: str
    peer_account: str | None = None

    @property
    def peer_is_group(self) -> bool:
        """True if the peer is a security group."""
        return self.peer.startswith("sg-")


def proposals_of(found: Proposals) -> Iterator[Proposal]:
    """Yield the proposals with names for code."""
    taken: set[str] = set()
    for row in found.rows.iter_rows(named=True):
        port = row["port"]
        words = [row["name"] or row["id"], row["direction"], row["protocol"], port, row["peerName"] or row["peer"]]
        protocol = str(row["protocol"])
        ports = (ALL if port is None else port,) * 2 if protocol in _PORTS else None
        yield Proposal(
            str(row["id"]),
            str(row["id"]).startswith("sg-"),
            unique(label(*(str(word) for word in words if word is not None)), taken),
            row["direction"] == "egress",
            protocol,
            ports,
            str(row["peer"]),
            description(row),
            _other_account(row, found.accounts),
        )


def _other_account(row: dict[str, Any], accounts: Mapping[str, str]) -> str | None:
    own, peer = (accounts.get(row[name]) for name in ("id", "peer"))
    return peer if own and peer != own else None


def label(*words: str) -> str:
    """Return a name of letters, digits and underscores that begins with a letter.

    >>> label("web-1", "ingress", "tcp", "443", "0.0.0.0/0")
    'web_1_ingress_tcp_443_0_0_0_0_0'
    """
    text = re.sub(r"[^A-Za-z0-9]+", "_", "_".join(words)).strip("_")
    return text if text[:1].isalpha() else f"rule_{text}"


def unique(text: str, taken: set[str]) -> str:
    """Return a text, with a number if it is taken, and take it; letter case makes no difference."""
    found = next(each for each in _numbered(text) if each.lower() not in taken)
    taken.add(found.lower())
    return found


def _numbered(text: str) -> Iterator[str]:
    yield text
    number = 2
    while True:
        yield f"{text}_{number}"
        number += 1


def description(row: dict[str, Any]) -> str:
    """Return what was seen of a proposal, in the characters that a description may have (documented)."""
    last = f", last {row['last']:%Y-%m-%d}" if row["last"] else ""
    addresses = f"{row['addresses']} address{'es' if row['addresses'] > 1 else ''}"
    text = f"seen: {row['flows']} flows, {row['bytes']} bytes, {addresses}{last}"
    name = f"{row['peerName']}; " if row["peerName"] else ""
    return re.sub(r"[^A-Za-z0-9 ._\-:/()#,@\[\]+=&;!*]", "_", f"{name}{text}")[:_LONGEST]


def head(found: Proposals, seen: Observed) -> Iterator[str]:
    """Yield lines of comment: what the rules are made of, and what they do not say."""
    yield f"# Proposed by flowlocal from accepted traffic of {seen.span}."
    yield "# Traffic outside of that time is not in it: absence of traffic is no proof that it is not needed."
    yield "# Accepted does not mean wanted: read each rule before you apply it."
    yield from (f"# {one_line(note)}" for note in (*found.notes, *seen.notes))


def owners(found: Proposals, each: Sequence[Proposal]) -> dict[str, str | None]:
    """Return the interfaces that need a group of their own, with their VPCs, None if that is not known."""
    return {one.owner: found.vpcs.get(one.owner) for one in each if not one.is_group}
