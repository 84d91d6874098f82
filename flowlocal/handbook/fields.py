"""The fields of VPC and Transit Gateway flow logs: meaning, unit, values, and the version that introduced them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from flowlocal.small_files import parse_toml
from flowlocal.sources.records import catalog

_BOTH, _VPC, _GATEWAY = "VPC and Transit Gateway flow logs", "VPC flow logs", "Transit Gateway flow logs"


@dataclass(frozen=True)
class FlowLogField:
    """A field.

    Attributes:
        name: its spelling in the log, such as ``pkt-srcaddr``.
        meaning: what it says.
        values: the values that occur, if they are worth a word.
        unit: the unit of its numbers, if they have one.
    """

    name: str
    meaning: str
    values: str = ""
    unit: str = ""

    @property
    def insights_name(self) -> str:
        """Its name in queries."""
        return catalog.insights_name(self.name)

    @property
    def spellings(self) -> tuple[str, ...]:
        """Its other spellings: in the log, and as a column of Parquet."""
        return tuple({self.name, self.name.replace("-", "_")} - {self.insights_name})

    @property
    def version(self) -> int:
        """The version of flow logs that introduced it."""
        return catalog.version_of(self.name) or 2

    @property
    def logs(self) -> str:
        """The flow logs that have it."""
        vpc, gateway = self.name in catalog.ALL_UP_TO[11], self.name in catalog.TRANSIT_GATEWAY
        return _BOTH if vpc and gateway else _VPC if vpc else _GATEWAY

    @property
    def kind(self) -> str:
        """What its values are: a number, an address or a text."""
        if self.name in catalog.INTEGERS:
            return "number"
        return "address" if self.name in catalog.ADDRESSES else "text"

    @property
    def page(self) -> str:
        """Its page, as Markdown."""
        default = self.name in catalog.DEFAULT
        format_ = "the default format has it" if default else f"needs a custom format, `${{{self.name}}}`"
        lines = [f"# {self.insights_name}", "", self.meaning, ""]
        lines += [f"- Values: {self.values}."] if self.values else []
        lines += [f"- Unit: {self.unit}."] if self.unit else []
        lines += [f"- Kind: {self.kind}.", f"- Logs: {self.logs}, version {self.version}; {format_}."]
        lines += [f"- In the log: `{self.name}`; in Parquet: `{self.name.replace('-', '_')}`.", ""]
        return "\n".join(lines)


@cache
def flow_log_fields() -> tuple[FlowLogField, ...]:
    """Return every field, by version and in the order of the documentation."""
    text = (files("flowlocal.handbook") / "fields.toml").read_text(encoding="utf-8")
    found = [FlowLogField(name, **facts) for name, facts in parse_toml(text).items()]
    return tuple(sorted(found, key=lambda each: each.version))


def fields_page() -> str:
    """Return the page of the documentation that lists all fields."""
    lines = [
        "# Fields of flow logs",
        "",
        "`flowlocal help NAME` shows one of them; `flowlocal fields PATH...` shows which your logs have. In queries,",
        "the letter case of names counts. Fields that the default format lacks need a custom format when the flow log",
        "is created.",
        "",
        "| name in queries | in the log | version | logs | meaning | values, unit |",
        "|---|---|---|---|---|---|",
    ]
    for each in flow_log_fields():
        more = "; ".join(filter(None, (each.values, each.unit)))
        logs = {_BOTH: "both", _VPC: "VPC", _GATEWAY: "Transit Gateway"}[each.logs]
        lines.append(f"| `{each.insights_name}` | `{each.name}` | {each.version} | {logs} | {each.meaning} | {more} |")
    return "\n".join([*lines, ""])
