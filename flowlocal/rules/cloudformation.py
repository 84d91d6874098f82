"""Proposals as a CloudFormation template in YAML."""

from __future__ import annotations

import json
from collections.abc import Iterator

from flowlocal.rules.observed import Observed
from flowlocal.rules.proposals import Proposals
from flowlocal.rules.snippets import Proposal, head, label, owners, proposals_of, unique

VPC = "VpcId"
"""The parameter for the VPC of interfaces of which it is not known."""


def write_cloudformation(found: Proposals, seen: Observed) -> Iterator[str]:
    """Yield the lines of a template: a resource for each proposal, and a security group for each interface."""
    yield from head(found, seen)
    yield 'AWSTemplateFormatVersion: "2010-09-09"'
    yield f"Description: {_quoted(f'Rules from traffic of {seen.span}')}"
    rules = list(proposals_of(found))
    if None in owners(found, rules).values():
        yield f"Parameters:\n  {VPC}:\n    Type: AWS::EC2::VPC::Id"
    if not rules:
        yield "Resources: {}"
        return
    yield "Resources:"
    taken: set[str] = set()
    groups = {owner: unique(_name(label(owner)), taken) for owner in owners(found, rules)}
    for owner, vpc in owners(found, rules).items():
        yield f"  {groups[owner]}:\n    Type: AWS::EC2::SecurityGroup\n    Properties:"
        yield f"      GroupDescription: {_quoted(f'Observed traffic of {label(owner)}')}"
        yield f"      VpcId: {_quoted(vpc) if vpc else f'!Ref {VPC}'}"
    for rule in rules:
        yield from _rule(rule, unique(_name(rule.label), taken), groups)


def _name(text: str) -> str:
    """Return a logical id: letters and digits alone."""
    return "".join(part[:1].upper() + part[1:] for part in text.split("_"))


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=True)


def _rule(rule: Proposal, name: str, groups: dict[str, str]) -> Iterator[str]:
    kind = "Egress" if rule.egress else "Ingress"
    own = _quoted(rule.owner) if rule.is_group else f"!GetAtt {groups[rule.owner]}.GroupId"
    other = "Destination" if rule.egress else "Source"
    peer = f"{other}SecurityGroupId" if rule.peer_is_group else "CidrIpv6" if ":" in rule.peer else "CidrIp"
    yield f"  {name}:\n    Type: AWS::EC2::SecurityGroup{kind}\n    Properties:"
    yield f"      GroupId: {own}"
    yield f"      Description: {_quoted(rule.description)}"
    yield f"      IpProtocol: {_quoted(rule.protocol)}"
    if rule.ports:
        yield f"      FromPort: {rule.ports[0]}\n      ToPort: {rule.ports[1]}"
    yield f"      {peer}: {_quoted(rule.peer)}"
    if rule.peer_account and not rule.egress:  # egress has no such property: documented
        yield f"      SourceSecurityGroupOwnerId: {_quoted(rule.peer_account)}"
