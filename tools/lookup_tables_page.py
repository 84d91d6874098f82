"""Write the page on the tables that are read as AWS prints them: ``python -m tools.lookup_tables_page``."""

from __future__ import annotations

from pathlib import Path

from flowlocal.lookups import labels, permissions
from flowlocal.lookups.documents import IP_RANGES, RESOLVER_NAMES, columns_of
from flowlocal.lookups.hosts import COLUMNS, NAMES
from flowlocal.lookups.kinds import BY_KEY, KINDS, Kind
from flowlocal.lookups.mmdb import KINDS as DATABASES

NAME = "lookup-tables.md"
_HEAD = """# Tables of what AWS prints

Made from the definitions by `python -m tools.language_pages`. [Names instead of numbers](names.md) shows how to use
them.

Tables of `aws ec2 describe-…` have a column `tag.KEY` for each tag besides. Several values of a cell, such as security
groups, are separated by blanks. An item with several values of the column "a row for each" has several rows; the kind
of each value is in the column that ends in `_kind`.

| table | from | a row for each | columns |
|---|---|---|---|
"""
_PATHS = """
## Where the columns come from

Paths are those of the AWS API: `A[].B` is `B` of each item of `A`; of `A, else B` the first that has a value counts.
"""


def page() -> str:
    """Return the text of the page."""
    rows = [_row(kind.name, f"`aws ec2 {kind.command}`", _each(kind), kind.names) for kind in KINDS]
    groups = f"`aws ec2 {BY_KEY[permissions.KEY].command}`"
    rows.append(_row(permissions.PERMISSIONS, groups, "peer of a rule", permissions.COLUMNS))
    rows.append(_row(IP_RANGES, "ip-ranges.json", "range", columns_of(IP_RANGES)))
    rows.append(
        _row(RESOLVER_NAMES, "Route 53 resolver query logs", "address in an answer", columns_of(RESOLVER_NAMES))
    )
    rows += [
        _row(name, "MaxMind database", "searched by `cidrlookup`", tuple(paths)) for name, paths in DATABASES.items()
    ]
    rows.append(_row(NAMES, "all of them together", "address in a VPC", COLUMNS))
    shown = ", ".join(f"`{name}`" for name in labels.COLUMNS)
    end = f"\n`--with-names` shows: {shown}.\n"
    return _HEAD + "\n".join(rows) + "\n" + end + _PATHS + "".join(map(_paths, KINDS))


def _row(name: str, source: str, each: str, columns: tuple[str, ...]) -> str:
    return f"| `{name}` | {source} | {each} | {', '.join(f'`{column}`' for column in columns)} |"


def _each(kind: Kind) -> str:
    return f"`{kind.spread}`" if kind.spread else f"`{kind.identity}`"


def _paths(kind: Kind) -> str:
    lines = [f"\n### {kind.name}\n\n| column | path in `{kind.items}` |\n|---|---|\n"]
    for value, path in kind.values.items():
        lines.append(f"| `{kind.spread}`{f' ({value})' if len(kind.values) > 1 else ''} | {_path(path)} |\n")
    return "".join([*lines, *(f"| `{column}` | {_path(path)} |\n" for column, path in kind.columns.items())])


def _path(path: str) -> str:
    return ", else ".join(f"`{each}`" for each in path.split("|"))


def write(folder: Path) -> None:
    """Write the page into the folder of the documentation."""
    (folder / NAME).write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    write(Path("docs"))
