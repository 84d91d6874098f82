"""Proposals as Terraform."""

from __future__ import annotations

import json
from collections.abc import Iterator

from flowlocal.rules.observed import Observed
from flowlocal.rules.proposals import Proposals
from flowlocal.rules.snippets import Proposal, head, label, owners, proposals_of, unique


def write_terraform(found: Proposals, seen: Observed) -> Iterator[str]:
    """Yield the lines of a file: a resource for each proposal, and a security group for each interface."""
    yield from head(found, seen)
    rules = list(proposals_of(found))
    taken: set[str] = set()
    groups = {owner: unique(label(owner), taken) for owner in owners(found, rules)}
    for owner, vpc in owners(found, rules).items():
        yield from _group(owner, groups[owner], vpc)
    for rule in rules:
        yield from _rule(rule, groups)


def quoted(text: str) -> str:
    """Return a text as a string of Terraform, in which nothing is a template."""
    return json.dumps(text, ensure_ascii=True).replace("${", "$${").replace("%{", "%%{")


def _group(owner: str, name: str, vpc: str | None) -> Iterator[str]:
    if vpc is None:
        yield f'\ndata "aws_network_interface" "{name}" {{\n  id = {quoted(owner)}\n}}'
    yield f'\nresource "aws_security_group" "{name}" {{'
    yield f"  name        = {quoted(f'observed-{name}')}"
    yield f"  description = {quoted(f'Observed traffic of {name}')}"
    yield f"  vpc_id      = {quoted(vpc) if vpc else f'data.aws_network_interface.{name}.vpc_id'}"
    yield "}"


def _rule(rule: Proposal, groups: dict[str, str]) -> Iterator[str]:
    kind = "egress" if rule.egress else "ingress"
    own = quoted(rule.owner) if rule.is_group else f"aws_security_group.{groups[rule.owner]}.id"
    peer = "referenced_security_group_id" if rule.peer_is_group else "cidr_ipv6" if ":" in rule.peer else "cidr_ipv4"
    lines = {"security_group_id": own, "description": quoted(rule.description), "ip_protocol": quoted(rule.protocol)}
    lines |= {"from_port": str(rule.ports[0]), "to_port": str(rule.ports[1])} if rule.ports else {}
    lines[peer] = quoted(f"{rule.peer_account}/{rule.peer}" if rule.peer_account else rule.peer)
    width = max(map(len, lines))
    yield f'\nresource "aws_vpc_security_group_{kind}_rule" "{rule.label}" {{'
    yield from (f"  {name:<{width}} = {value}" for name, value in lines.items())
    yield "}"
