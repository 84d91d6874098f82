"""Identifiers of an account replaced by those of documentation, the same one everywhere."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from ipaddress import ip_interface
from itertools import chain, count
from typing import Any

from flowlocal.recording.addresses import Interface, masked_addresses

_ACCOUNTS = ("111122223333", "444455556666", "555566667777", "777788889999")
"""The accounts of AWS's documentation, in the order in which they are sorted."""
_ANYWHERE = "eni|vpc|subnet|sg|igw|eigw|nat|tgw|tgw-attach|tgw-rtb|vpce|vpce-svc|rtb|acl|pcx|fl|eipalloc|eipassoc|lgw"
_LONG = "i|vol|snap|ami|r|lt|fs|cgw|vgw|vpn|dopt|pl"
_TOKEN = re.compile(
    "|".join(
        [
            r"(?P<arn>arn:aws[a-z-]*:[a-z0-9-]*:[a-z0-9-]*:(?:[0-9]{12})?:(?:[^\s\"'\\,;)\]}>|]|\\/)*[\w*])",
            rf"(?<![\w])(?P<id>(?:{_ANYWHERE})-[0-9a-f]+|(?:{_LONG})-(?:[0-9a-f]{{17}}|[0-9a-f]{{8}}))(?![0-9A-Za-z_])",
            r"(?<![\w.])(?P<host>ip(?:-[0-9]{1,3}){4})(?![\w])",
            r"(?<![\w.])(?P<v4>(?:[0-9]{1,3}\\?\.){3}[0-9]{1,3}(?:/[0-9]{1,2}\b)?)(?!\w|\.[0-9])",
            r"(?<![\w:.])(?P<v6>(?=[0-9A-Fa-f]*:[0-9A-Fa-f]*:)[0-9A-Fa-f:]{2,39}(?:/[0-9]{1,3}\b)?)(?![\w:])",
            r"(?<![0-9A-Za-z])(?<![0-9]\.)(?P<account>[0-9]{12})(?![0-9A-Za-z]|\.[0-9])",
        ]
    )
)
_RESOURCE = re.compile(r"([a-z][a-z-]*[/:])?(.*)", re.DOTALL)
_NAMELESS = ("s3", "sns", "sqs", "execute-api")
"""Services whose ARNs have no type before the name."""


@dataclass
class Mask:
    """What replaces what; made of all texts that may contain something to replace.

    Attributes:
        names: replacements by what they replace.
    """

    names: dict[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, texts: Iterable[str]) -> Mask:
        """Return a mask for texts. What was sorted before is sorted alike after, as far as replacements allow it."""
        found: dict[str, set[str]] = {}
        for kind, token in chain.from_iterable(map(_tokens, texts)):
            found.setdefault(kind, set()).add(token)
        mask = cls()
        accounts = chain(_ACCOUNTS, (f"{number:012}" for number in count(888800000001)))
        mask.names |= dict(zip(sorted(found.get("account", ())), accounts, strict=False))
        mask.names |= _ids(found.get("id", ()))
        mask.names |= _addresses(set().union(*(found.get(kind, ()) for kind in ("host", "v4", "v6"))))
        for arn in sorted(found.get("arn", ())):
            mask.names[arn] = mask._arn(arn)
        return mask

    def text(self, text: str) -> str:
        """Return a text with everything replaced that the mask has a replacement for."""
        return _TOKEN.sub(lambda token: self.names.get(token[0], token[0]), text)

    def value(self, value: Any) -> Any:  # noqa: ANN401 - whatever a case holds
        """Return a value of a case with every text in it replaced, names of fields included."""
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, list):
            return [self.value(each) for each in value]
        if isinstance(value, Mapping):
            return {self.text(name): self.value(each) for name, each in value.items()}
        return value

    def _arn(self, arn: str) -> str:
        """Return an ARN with another account and name; partition, service, region and type stay."""
        *head, account, resource = arn.split(":", 5)
        kind, name = _RESOURCE.fullmatch(resource).groups(default="")  # type: ignore[union-attr] # matches all
        if head[2] in _NAMELESS:
            kind, name = "", resource
        return ":".join([*head, self.names.get(account, account), kind + self._resource(name)])

    def _resource(self, name: str) -> str:
        if name not in self.names:
            self.names[name] = f"example-{sum(new.startswith('example-') for new in self.names.values()) + 1}"
        return self.names[name]


def _tokens(text: str) -> Iterator[tuple[str, str]]:
    """Yield kind and text of what is to be replaced; of an ARN also what is inside of it."""
    for match in _TOKEN.finditer(text):
        kind = match.lastgroup or ""
        yield kind, match[0]
        if kind == "arn":
            yield from _tokens(match[0].removeprefix("arn:"))


def _natural(text: str) -> list[tuple[bool, int, str]]:
    """Return a key that sorts texts as ``sort`` does: ``a2`` before ``a10``."""
    return [(part.isdigit(), int(part) if part.isdigit() else 0, part) for part in re.split(r"([0-9]+)", text)]


def _ids(found: Iterable[str]) -> dict[str, str]:
    """Return identifiers with the same prefix and counted digits."""
    names: dict[str, str] = {}
    for number, each in enumerate(sorted(found, key=_natural), 1):
        prefix, _, digits = each.rpartition("-")
        names[each] = f"{prefix}-{number:0{8 if len(digits) == 8 else 17}}"
    return names


def _addresses(found: Iterable[str]) -> dict[str, str]:
    """Return addresses and networks as they are written: with dots, with dots of a regular expression, as host name."""
    parsed = {text: address for text in found if (address := _address(text))}
    new = masked_addresses(parsed.values())
    return {text: _written_as(text, new[address]) for text, address in parsed.items() if address in new}


def _address(text: str) -> Interface | None:
    try:
        return ip_interface(text.removeprefix("ip-").replace("-", ".").replace("\\", ""))
    except ValueError:  # a time, a version, a number above 255
        return None


def _written_as(text: str, new: str) -> str:
    if text.startswith("ip-"):
        return f"ip-{new.replace('.', '-')}"
    return new.replace(".", r"\.") if "\\" in text else new
