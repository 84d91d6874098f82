"""Existing security group rules beside the traffic that was seen."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Any

import polars as pl

from flowlocal.lookups.permissions import COLUMNS, PERMISSIONS
from flowlocal.rules.network import Network
from flowlocal.rules.observed import Observed
from flowlocal.rules.proposals import MOST_BLOCKS, PROTOCOLS, with_peers, with_vpc
from flowlocal.values.addresses import PRIVATE, inside

KEY = ("group", "rule", "direction", "protocol", "ports", "peer")
"""The columns that name a rule."""
USED, WIDER, UNUSED, UNKNOWN = "used", "wider", "unused", "unknown"
_RULES = "security_group_rules"
_SAME = ["group_id", "egress", "protocol", "from_port", "to_port", "cidr", "peer_group_id", "prefix_list_id"]
_ICMP = (1, 58)
Needed = dict[tuple[int, int | None], list[str]]
"""The peers that traffic needs, by protocol and port."""
_SHOWN = 8
"""Narrower rules that are named of a wide one."""
_SCHEMA = {
    **dict.fromkeys((*KEY[:1], "name", *KEY[1:], "state", "interfaces"), pl.String()),
    **dict.fromkeys(("flows", "bytes"), pl.Int64()),
    **dict.fromkeys(("last", "seenFrom", "seenTo"), pl.Datetime("ms")),
    "reason": pl.String(),
}


def rules_of(network: Network) -> pl.DataFrame:
    """Return the rules of the tables, with null as ``rule_id`` of those that only ``describe-security-groups`` has.

    ``blocks`` are the addresses of the peer, those of a prefix list, too; null of a group, and of an unknown list.
    """
    numbered = network.table(_RULES).select("rule_id", *COLUMNS)
    within = network.table(PERMISSIONS).select(pl.lit(None, pl.String).alias("rule_id"), *COLUMNS)
    more = within.join(numbered, on=_SAME, how="anti", nulls_equal=True)
    rules = pl.concat([numbered, more]).drop_nulls("group_id").unique(maintain_order=True)
    rules = rules.sort("group_id", "egress", maintain_order=True)
    lists = network.prefix_lists
    entries = pl.DataFrame(
        {"prefix_list_id": list(lists), "entries": list(lists.values())},
        schema={"prefix_list_id": pl.String(), "entries": pl.List(pl.String())},
    )
    rules = rules.join(entries, on="prefix_list_id", how="left", maintain_order="left")
    cidr = pl.col("cidr")
    return rules.with_columns(blocks=pl.when(cidr.is_not_null()).then(pl.concat_list(cidr)).otherwise("entries"))


def compare(seen: Observed, network: Network, *, most: int = MOST_BLOCKS) -> pl.DataFrame:
    """Return the rules of the tables, and whether traffic used them.

    Args:
        seen: the traffic.
        network: interfaces, groups and rules from tables.
        most: blocks of addresses that a port may have before they are joined, see ``folding``.

    Returns:
        ``group``, ``name``, ``rule`` (its id), ``direction``, ``protocol``, ``ports``, ``peer``, ``state`` (``used``,
        ``wider`` than the traffic, ``unused`` or ``unknown``), ``interfaces`` (of the group, with records and all),
        ``flows``, ``bytes``, ``last``, ``seenFrom`` and ``seenTo`` (the span of the logs), and ``reason``: what a wide
        rule could be narrowed to, and why nothing is known of another.
    """
    members = network.memberships
    groups = members.group_by("group").agg(
        pl.len().alias("all"),
        pl.col("interfaceId").is_in(seen.interfaces["interfaceId"].implode()).sum().alias("seen"),
        pl.col("interfaceId").is_in(list(seen.unplaced)).any().alias("unplaced"),
    )
    evidence = _Evidence(
        _by_group(seen.traffic, seen, network),
        _by_group(seen.doubtful, seen, network),
        {row["group"]: row for row in groups.iter_rows(named=True)},
        network,
        most,
    )
    span = {"seenFrom": seen.first, "seenTo": seen.last}
    rows = [{**evidence.of(rule), **span} for rule in rules_of(network).iter_rows(named=True)]
    return pl.DataFrame(rows, schema=_SCHEMA, orient="row")


def _by_group(traffic: pl.DataFrame, seen: Observed, network: Network) -> dict[str, pl.DataFrame]:
    """Return traffic by each group of its interface, with ``peerGroups``, those of the peer's."""
    traffic = with_vpc(traffic, seen, network)
    owners = network.owners(traffic).rename({"owner": "interfaceId"})
    peers = owners.join(network.interfaces, on="interfaceId").select("vpc", "peer", peerGroups="groups")
    rows = traffic.join(network.memberships, on="interfaceId").join(peers, on=["vpc", "peer"], how="left")
    return {str(group): part for (group,), part in rows.group_by("group")}


@dataclass(frozen=True)
class _Evidence:
    """What is known about the groups that rules belong to.

    Attributes:
        traffic: accepted traffic by group.
        doubtful: other ways to see some of it, by group.
        groups: by group, the number of its interfaces (``all``), of those with records (``seen``), and ``unplaced``.
        network: interfaces and groups.
        most: blocks that a port may have.
    """

    traffic: Mapping[str, pl.DataFrame]
    doubtful: Mapping[str, pl.DataFrame]
    groups: Mapping[str, dict[str, Any]]
    network: Network
    most: int

    def of(self, rule: dict[str, Any]) -> dict[str, Any]:
        """Return the row of a rule."""
        group = rule["group_id"]
        matched = self.traffic[group].filter(_matches(rule)) if group in self.traffic else None
        found = self.groups.get(group, {})
        state, reason = self._state(rule, matched)
        some = matched is not None and matched.height > 0
        return {
            "group": group,
            "name": self.network.group_names.get(group),
            "rule": rule["rule_id"],
            "direction": _direction(rule),
            "protocol": _protocol(rule),
            "ports": _ports(rule),
            "peer": _peer(rule),
            "state": state,
            "interfaces": f"{found.get('seen', 0)} of {found.get('all', 0)}",
            "flows": int(matched["flows"].sum()) if matched is not None else 0,
            "bytes": int(matched["bytes"].sum()) if matched is not None else 0,
            "last": matched["last"].max() if matched is not None and some else None,
            "reason": reason,
        }

    def _state(self, rule: dict[str, Any], matched: pl.DataFrame | None) -> tuple[str, str | None]:
        """Return the state of a rule and its reason."""
        doubtful = self.doubtful.get(rule["group_id"])
        unsure = doubtful is not None and doubtful.filter(_matches(rule)).height > 0
        if matched is None or not matched.height:
            reason = self._why_unknown(rule, unsure=unsure) or self._unknown_peers(rule)
            return (UNKNOWN, reason) if reason else (UNUSED, None)
        if reason := _unknown_part(rule):
            return UNKNOWN, reason
        narrower = self._narrower(rule, matched)
        beside = " (beside traffic of which it is not sure who is the server)" if unsure else ""
        return (WIDER, "; ".join(_in_words(rule, narrower)) + beside) if _is_wider(rule, narrower) else (USED, None)

    def _why_unknown(self, rule: dict[str, Any], *, unsure: bool) -> str | None:
        """Return why a rule may be used although no traffic matches it."""
        found = self.groups.get(rule["group_id"])
        if not _is_valid(rule):
            return "the rule is not a valid one: expected an address block such as 10.0.0.0/8"
        if not found:
            return "no interface in the tables has this group"
        if not found["seen"]:
            return "the logs have no record of an interface with this group"
        return "there is traffic of which it is not sure who is the server" if found["unplaced"] or unsure else None

    def _unknown_peers(self, rule: dict[str, Any]) -> str | None:
        """Return a reason if a rule for a group may have allowed traffic of hosts whose groups are not known."""
        traffic = self.traffic.get(rule["group_id"])
        if traffic is None or not rule["peer_group_id"]:
            return None
        unknown = pl.col("peerGroups").is_null() & inside(pl.col("peer"), PRIVATE)
        if not traffic.filter(unknown & (pl.col("direction") == _direction(rule)) & _allows_port(rule)).height:
            return None
        return "traffic has its ports, with private addresses of which the tables do not have the group"

    def _narrower(self, rule: dict[str, Any], matched: pl.DataFrame) -> Needed:
        """Return the peers that a rule would need by protocol and port, those with most bytes first."""
        keys = ["protocol", "port"]
        rows = with_peers(matched, keys, self.network, self.most)
        if not rule["cidr"]:
            rows = rows.with_columns(block=pl.lit(_peer(rule)))
        peers = (
            rows.group_by(*keys, "block").agg(pl.col("bytes").sum()).sort("bytes", "block", descending=[True, False])
        )
        ports = peers.group_by(keys, maintain_order=True).agg("block")
        return {(protocol, port): blocks for protocol, port, blocks in ports.iter_rows()}


def _matches(rule: dict[str, Any]) -> pl.Expr:
    """Return a condition: traffic of the rule's group that the rule allows; none if the rule is not valid."""
    if not _is_valid(rule):
        return pl.lit(value=False)
    return (pl.col("direction") == _direction(rule)) & _allows_port(rule) & _allows_peer(rule)


def _is_valid(rule: dict[str, Any]) -> bool:
    try:
        return bool(_peer(rule)) and bool(_networks(rule) or not rule["blocks"])
    except ValueError:
        return False


def _networks(rule: dict[str, Any]) -> list[IPv4Network | IPv6Network]:
    return [ip_network(block, strict=False) for block in rule["blocks"] or ()]


def _peer(rule: dict[str, Any]) -> str | None:
    found = rule["cidr"] or rule["peer_group_id"] or rule["prefix_list_id"]
    return None if found is None else str(found)


def _unknown_part(rule: dict[str, Any]) -> str | None:
    """Return what flow logs or tables do not say about traffic that a rule may have allowed."""
    if rule["prefix_list_id"] and not rule["blocks"]:
        return "traffic has its ports, but the addresses of a prefix list are not in the tables"
    if _number(rule) in _ICMP and str(rule["from_port"] or "-1") != "-1":
        return "traffic has its protocol, but flow logs do not have ICMP types"
    return None


def _in_words(rule: dict[str, Any], needed: Needed) -> Iterator[str]:
    """Yield the first of the rules that would be needed."""
    for (protocol, port), blocks in list(needed.items())[:_SHOWN]:
        name = PROTOCOLS.get(protocol, str(protocol))
        what = name if port is None else f"{name} {port}"
        more = f" and {len(blocks) - _SHOWN:,} more" if len(blocks) > _SHOWN else ""
        yield f"{what} {'to' if _direction(rule) == 'egress' else 'from'} {', '.join(blocks[:_SHOWN])}{more}"
    if len(needed) > _SHOWN:
        yield f"{len(needed) - _SHOWN:,} more ports"


def _direction(rule: dict[str, Any]) -> str:
    return "egress" if rule["egress"] == "true" else "ingress"


def _number(rule: dict[str, Any]) -> int | None:
    """Return the number of a rule's protocol; None for all protocols."""
    text = str(rule["protocol"] or "-1").lower()
    names = {name: number for number, name in PROTOCOLS.items()}
    return names.get(text, int(text) if text.isdecimal() else None)


def _protocol(rule: dict[str, Any]) -> str:
    number = _number(rule)
    return "all" if number is None else PROTOCOLS.get(number, str(number))


def _range(rule: dict[str, Any]) -> tuple[int, int] | None:
    """Return the ports of a rule; None if it has no range, so that it allows all."""
    ends = [str(rule[name] or "-1") for name in ("from_port", "to_port")]
    if _number(rule) not in {6, 17} or not all(end.isdecimal() for end in ends):
        return None
    return int(ends[0]), int(ends[1])


def _ports(rule: dict[str, Any]) -> str:
    found = _range(rule)
    if found is None:
        return "all"
    return str(found[0]) if found[0] == found[1] else f"{found[0]}-{found[1]}"


def _allows_port(rule: dict[str, Any]) -> pl.Expr:
    """Return a condition on protocol and port; a fragment, of which the port is 0, is in every range."""
    number, ports = _number(rule), _range(rule)
    protocol = pl.lit(value=True) if number is None else pl.col("protocol") == number
    return protocol if ports is None else protocol & (pl.col("port").is_between(*ports) | (pl.col("port") == 0))


def _allows_peer(rule: dict[str, Any]) -> pl.Expr:
    if rule["peer_group_id"]:
        return pl.col("peerGroups").list.contains(rule["peer_group_id"]).fill_null(value=False)
    if rule["blocks"]:
        return inside(pl.col("peer"), _networks(rule))
    return pl.lit(value=True)  # a prefix list: what is in it is not known


def _is_wider(rule: dict[str, Any], needed: Needed) -> bool:
    """Return True if the traffic needs less than the rule allows: other peers, fewer ports, or not all protocols."""
    ports = _range(rule)
    unused = ports is not None and {port for _, port in needed} < set(range(ports[0], ports[1] + 1))
    return _number(rule) is None or unused or any(blocks != [_peer(rule)] for blocks in needed.values())
