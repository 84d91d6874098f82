"""Writes the pages about the language, and that of the API: ``python -m tools.language_pages [DOCS [SAMPLES]]``.

Every page is made of definitions, with the real answers of its examples over the sample logs. A test holds the
committed pages to what this writes.
"""

from __future__ import annotations

import html
import json
import sys
from collections.abc import Mapping
from pathlib import Path

import flowlocal
from flowlocal.handbook.fields import fields_page
from flowlocal.handbook.topics import topics
from flowlocal.outputs.table import render
from flowlocal.planning.registry import CommandDefinition, all_commands
from flowlocal.reference import command_page, families, family_page, index_page
from flowlocal.result import Result
from tools import cookbook_page, library_page, lookup_tables_page, man_pages, operations_page

_MOST_ROWS = 10
_MOST_LINES, _WIDEST = 8, 92
"""Of an answer in the terminal, below an example."""
ANSWERS = Path(flowlocal.__file__).parent / "handbook" / "answers.json"
_AFTERNOON = {"start": "2026-05-01T12:00:00Z", "end": "2026-05-01T23:59:59Z"}


def pages(samples: Path) -> dict[str, str]:
    """Return the text of every page, by its path in the folder of the documentation.

    Args:
        samples: the sample logs, as bare records.
    """

    def answer(definition: CommandDefinition, example: str) -> str:
        note = "From `--start {start}` to `--end {end}`:\n\n".format(**_AFTERNOON) if definition.looks_back else ""
        return note + _table(run_example(definition, example, samples))

    made = {"language.md": index_page([(each.name, each.title) for each in topics()]), "fields.md": fields_page()}
    made |= {f"topics/{each.name}.md": each.text for each in topics()}
    made |= {f"commands/{each.name}.md": command_page(each, answer) for each in all_commands()}
    return made | {f"functions/{name}.md": family_page(functions) for name, functions in families().items()}


def run_example(definition: CommandDefinition, example: str, samples: Path) -> Result:
    """Return the answer to an example of a command over the sample logs."""
    times: Mapping[str, str] = _AFTERNOON if definition.looks_back else {}
    return flowlocal.query(example, samples, start=times.get("start"), end=times.get("end"))


def _table(result: Result) -> str:
    rows = result.rows
    lines = [_line(result.columns), "|" + "---|" * len(result.columns)]
    lines += [_line([row.get(name, "") for name in result.columns]) for row in rows[:_MOST_ROWS]]
    if len(rows) > _MOST_ROWS:
        lines += ["", f"… and {len(rows) - _MOST_ROWS:,} more rows."]
    return "\n".join(lines)


def _line(cells: tuple[str, ...] | list[str]) -> str:
    shown = (html.escape(cell, quote=False).replace("|", "\\|").replace("\n", " ") for cell in cells)
    return "| " + " | ".join(shown) + " |"


def answers(samples: Path) -> dict[str, str]:
    """Return what `flowlocal help` shows below each example: its answer over the sample logs, as a table."""
    return {
        example: _aligned(run_example(each, example, samples)) for each in all_commands() for example in each.examples
    }


def _aligned(result: Result) -> str:
    cells = [result.printed[name].to_list() for name in result.columns]
    lines = list(render(result.columns, cells, width=_WIDEST))
    more = [f"… and {len(lines) - _MOST_LINES:,} more lines"] if len(lines) > _MOST_LINES else []
    return "\n".join([*(line.rstrip() for line in lines[:_MOST_LINES]), *more])


def write(folder: Path, samples: Path) -> None:
    """Write all pages, and remove those of commands and functions that do not exist."""
    made = pages(samples)
    for part in ("commands", "functions", "topics"):
        for path in (folder / part).glob("*.md"):
            if path.relative_to(folder).as_posix() not in made:
                path.unlink()
    for name, text in made.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    docs, sample_logs = (Path(each) for each in [*sys.argv[1:], *("docs", "sample_logs/lines")[len(sys.argv) - 1 :]])
    write(docs, sample_logs)
    ANSWERS.write_text(json.dumps(answers(sample_logs), ensure_ascii=False, indent=0) + "\n", encoding="utf-8")
    operations_page.write(docs)
    lookup_tables_page.write(docs)
    cookbook_page.write(docs)
    library_page.write(docs)
    man_pages.write(docs)
