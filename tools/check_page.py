"""The page ``docs/checks.md``, made of the definitions: ``python -m tools.check_page > docs/checks.md``."""

from __future__ import annotations

import sys

from flowlocal.checking.finding import Definition, definitions

_HEAD = """\
# What `flowlocal check` finds

This page is made of the checks themselves: `python -m tools.check_page > docs/checks.md`.

Codes and names stay the same from version to version. `--ignore CODE` leaves a finding out everywhere; a comment in
the query does so there:

```insights
# flowlocal: ignore FL201
filter dstAddr like /10.0.0.1/
```

"""


def page() -> str:
    """Return the page, in Markdown."""
    table = ["| code | name | | |", "|---|---|---|---|", *map(_row, definitions())]
    return _HEAD + "\n".join(table) + "\n\n" + "\n".join(map(_section, definitions()))


def _row(each: Definition) -> str:
    anchor = f"{each.code}-{each.name}".lower()
    return f"| [{each.code}](#{anchor}) | {each.name} | {each.severity} | {each.summary.replace('|', chr(92) + '|')} |"


def _section(each: Definition) -> str:
    return (
        f"## {each.code} {each.name}\n\n{each.doc}\n\n"
        f"Instead of\n\n```insights\n{_shown(each.example)}\n```\n\nwrite\n\n```insights\n{_shown(each.better)}\n```\n"
    )


def _shown(query: str) -> str:
    return query if len(query) < 200 else f"{query[:100]} … {query[-30:]}"


if __name__ == "__main__":
    sys.stdout.write(page())
