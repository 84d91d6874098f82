"""Write the page on the cookbook, with answers over the sample logs: ``python -m tools.cookbook_page``."""

from __future__ import annotations

from functools import cache
from itertools import groupby
from pathlib import Path

import flowlocal
from flowlocal.cookbook import recipes
from flowlocal.lookups.folder import Names
from flowlocal.outputs.table import render
from flowlocal.questions import Question
from flowlocal.result import Result

NAME = "cookbook.md"
SAMPLES = ("sample_logs/estate/logs", "sample_logs/s3")
"""The sample logs, in the order in which they are tried for an answer."""
NAMES = "sample_logs/estate/names"
"""The lookup tables for queries that need some."""
_ROOT = Path(__file__).parent.parent
_MOST_ROWS = 3
_HEAD = """# Cookbook

Made from the shipped queries by `python -m tools.language_pages`. Each answer is that over the
[sample logs](../sample_logs/README.md); of longer ones, the first rows are shown.

`flowlocal cookbook` lists the queries, `flowlocal cookbook WORD` those that have a word in their name, title,
description, group or fields, and `flowlocal cookbook NAME` prints one, to be changed, or run in CloudWatch:

```console
$ flowlocal cookbook nat
private-to-public               network     Which hosts send to public addresses?
large-uploads                   security    Who sends unusually much to one public address?
port-scans                      security    Who scans the ports of a host?
cross-zone                      cost        Which bytes cross Availability Zones?
interface-endpoints             cost        Which hosts use interface endpoints?
internet-egress                 cost        Which interfaces send to the internet?
nat-by-aws-name                 cost        Which AWS services are reached through NAT gateways by name?
nat-by-destination              cost        Which destinations cause the NAT gateway's bill?
nat-by-service                  cost        Which services cause the NAT gateway's bill?
nat-by-source                   cost        Which hosts cause the NAT gateway's bill?
nat-cross-zone                  cost        Which hosts use a NAT gateway of another zone?
nat-over-time                   cost        When does the NAT gateway work?
nat-to-aws-services             cost        How much would gateway endpoints save?
$ flowlocal query -f cookbook:nat-by-source -p usd_per_gb=0.052 sample_logs/estate/logs
host         bytes_processed         usd
────────────────────────────────────────
10.10.16.50       3970586217      0.2065
10.10.16.11         59615460      0.0031
10.10.32.12          1187866  0.00006177
```

`-p NAME=VALUE` sets a `{{placeholder}}`; without it, the value in the comment holds. From Python:
`logs.query(flowlocal.cookbook.recipe("nat-by-source").query)` after `import flowlocal.cookbook`.

- Prices are per GB of 10⁹ bytes, and estimates: free amounts, tiers and regions are yours to set.
- Both interfaces of a connection record it if both are in the logs. Queries on cost count one of them: the sender's
  (`flowDirection = "egress"`), that of the way to the internet (`trafficPath` 2 or 8), or the private side of a NAT
  gateway.
- `lookup ports` and `lookup protocols` name tables that flowlocal has; the service needs them uploaded first.
- Fields beyond the default format, such as `flowDirection` or `azId`, must be in the format of the flow log.
"""


def page() -> str:
    """Return the text of the page."""
    groups = groupby(recipes().values(), key=lambda each: each.group)
    return _HEAD + "".join(f"\n## {group.capitalize()}\n" + "".join(map(_section, found)) for group, found in groups)


def answer(each: Question) -> tuple[str, Result]:
    """Return the first sample logs in which a query finds something, and the answer over them."""
    names = _names() if each.tables else None
    found = [(sample, _logs(sample).query(each.query, names=names)) for sample in SAMPLES]
    return next((pair for pair in found if pair[1].rows), found[0])


@cache
def _logs(sample: str) -> flowlocal.Logs:
    return flowlocal.scan(_ROOT / sample)


@cache
def _names() -> Names:
    return Names.of(_ROOT / NAMES)


def _section(each: Question) -> str:
    sample, result = answer(each)
    cells = [result.printed[name].head(_MOST_ROWS).to_list() for name in result.columns]
    lines = [line.rstrip() for line in render(result.columns, cells)]
    more = len(result) - _MOST_ROWS
    table = [*lines, *([f"… and {more:,} more rows"] if more > 1 else ["… and 1 more row"] if more == 1 else [])]
    placeholders = [line for line in each.query.splitlines() if line.startswith("# {{")]
    query = "\n".join([*placeholders, each.body])
    fields = ", ".join(f"`{name}`" for name in each.needs)
    tables = ", ".join(f"`{name}`" for name in each.tables)
    parts = [
        f"### {each.title}",
        each.text,
        f"`cookbook:{each.name}` needs {fields}" + (f", and of `--names FOLDER` {tables}." if tables else "."),
        f"```insights\n{query}\n```",
        f"Over `{sample}`:" if not tables else f"Over `{sample}` with `--names {NAMES}`:",
        "```\n" + "\n".join(table) + "\n```",
    ]
    return "".join(f"\n{part}\n" for part in parts)


def write(folder: Path) -> None:
    """Write the page into the folder of the documentation."""
    (folder / NAME).write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    write(Path("docs"))
