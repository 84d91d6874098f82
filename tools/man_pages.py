"""Write the manual pages from the help of the command line: ``python -m tools.man_pages``."""

from __future__ import annotations

import inspect
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import click

from flowlocal.cli._group import flowlocal

ROOT = Path(__file__).parent.parent
FOLDER = "man"
"""Of the pages, in the folder of the documentation; the build hook puts them into wheels."""
_EXIT_CODES = {
    "0": "Done.",
    "1": "A check or a test found a difference.",
    "2": "The query is malformed, or the command line is.",
    "3": "Input could not be read, --strict met an odd line, or there was too little memory or disk space.",
    "70": "A defect of flowlocal; FLOWLOCAL_DEBUG=1 shows the traceback.",
    "130": "Interrupted with Ctrl-C.",
}
_SITE = "https://flowlocal.github.io/flowlocal/"


def pages() -> dict[str, str]:
    """Return the text of every manual page by file name: that of the command, and one of each subcommand."""
    root = click.Context(flowlocal, info_name="flowlocal", help_option_names=["-h", "--help"])
    names = flowlocal.list_commands(root)
    made = {"flowlocal.1": page(root, [f"flowlocal-{name}" for name in names], _listed(root, names))}
    for name in names:
        command = flowlocal.get_command(root, name)
        assert command is not None  # noqa: S101 - it is in the list
        made[f"flowlocal-{name}.1"] = page(click.Context(command, info_name=name, parent=root), ["flowlocal"])
    return made


def page(context: click.Context, related: list[str], commands: str = "") -> str:
    """Return the manual page of a command.

    Args:
        context: the context in which its help is made.
        related: names of the pages that it refers to.
        commands: the section about its subcommands.
    """
    command, title = context.command, context.command_path.replace(" ", "-")
    version = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    records = (parameter.get_help_record(context) for parameter in command.get_params(context))
    options = [record for record in records if record and record[1]]
    parts = [
        f'.TH {_text(title.upper())} 1 "" "flowlocal {version}" "flowlocal"',
        f".SH NAME\n{_text(title)} \\- {_text(command.get_short_help_str(200).rstrip('.'))}",
        f".SH SYNOPSIS\n.B {_text(context.command_path)}\n{_text(' '.join(command.collect_usage_pieces(context)))}",
        ".SH DESCRIPTION\n" + "\n.PP\n".join(_paragraphs(command.help or "")),
        commands,
        ".SH OPTIONS\n" + "\n".join(_entry(*record) for record in options),
        ".SH EXIT STATUS\n" + "\n".join(_entry(*pair) for pair in _EXIT_CODES.items()),
        ".SH SEE ALSO\n" + " ,\n".join(f".BR {_text(name)} (1)" for name in related) + f"\n.PP\n{_text(_SITE)}",
    ]
    return "\n".join(filter(None, parts)) + "\n"


def _listed(root: click.Context, names: list[str]) -> str:
    """Return the section about subcommands."""
    found = {name: flowlocal.get_command(root, name) for name in names}
    entries = [_entry(name, command.get_short_help_str(200)) for name, command in found.items() if command]
    return "\n".join([".SH COMMANDS", *entries])


def _entry(term: str, text: str) -> str:
    return f".TP\n.B {_text(term)}\n{_text(text)}"


def _paragraphs(text: str) -> Iterator[str]:
    """Yield the paragraphs of a help text; click's mark for text that keeps its lines is its own line."""
    for paragraph in re.split(r"\n\s*\n", inspect.cleandoc(text.partition("\f")[0])):
        if paragraph.startswith("\b\n"):
            yield f".nf\n{_text(paragraph[2:])}\n.fi"
        else:
            yield _text(" ".join(paragraph.split()))


def _text(text: str) -> str:
    """Return text in which nothing is a request or an escape of roff."""
    return re.sub(r"(?m)^([.'])", r"\\&\1", text.replace("\\", "\\e").replace("-", "\\-"))


def write(folder: Path) -> None:
    """Write the pages into the folder of the documentation, and remove those of subcommands that do not exist."""
    made = pages()
    (folder / FOLDER).mkdir(exist_ok=True)
    for path in (folder / FOLDER).glob("*.1"):
        if path.name not in made:
            path.unlink()
    for name, text in made.items():
        (folder / FOLDER / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    write(Path("docs"))
