"""Documentation of commands and functions: Markdown, generated from their definitions."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Sequence

import flowlocal.engine  # noqa: F401 - defines the commands and functions
from flowlocal.compiler.registry import Function, all_functions
from flowlocal.planning.registry import CommandDefinition, all_commands

Answer = Callable[[CommandDefinition, str], str]
"""Returns what is shown below an example of a command, as Markdown."""

_PREFIX = "2 123456789010 eni-1235b8ca123456789"
EXAMPLE_LINES = (
    f"{_PREFIX} 172.31.16.139 172.31.16.21 20641 22 6 20 4249 1418530010 1418530070 ACCEPT OK",
    f"{_PREFIX} 172.31.9.12 172.31.9.69 3389 49761 6 1 40 1418530012 1418530070 ACCEPT OK",
    f"{_PREFIX} 172.31.9.69 172.31.9.12 49761 3389 6 20 880 1418530020 1418530070 REJECT OK",
)
"""The events of the examples of functions; the last is the newest."""

_GRADES = {
    "documented": ("\u00b9", "the service documents it"),
    "recorded": ("\u00b2", "seen in answers of the service"),
    "decided": ("\u00b3", "chosen by flowlocal where neither is known"),
}
"""Sources of single statements, as their docstrings write them: the mark of each, and what it means."""

_LITERAL = re.compile(r"``([^`]+)``")
_SENTENCE_END = re.compile(r"(?<=[^.][.:])\s")


def command_page(definition: CommandDefinition, answer: Answer | None = None) -> str:
    """Return the page of a command: its effect, syntax, examples, and sources.

    Args:
        definition: the command.
        answer: returns what to show below each example; None for nothing.
    """
    lines = [f"# {definition.name}", "", _prose(definition.doc), "", "## Syntax", "", *_fenced(definition.syntax)]
    if definition.aliases:
        listed = ", ".join(f"`{alias}`" for alias in definition.aliases)
        lines += ["", f"Also written {listed}."]
    if definition.examples:
        lines += ["", "## Examples"]
        for example in definition.examples:
            lines += ["", *_fenced(example, "insights")]
            lines += ["", answer(definition, example)] if answer else []
    return footnoted("\n".join([*lines, "", _origin(definition.source), ""]))


def function_page(function: Function) -> str:
    """Return the page of a single function, as the terminal shows it."""
    lines = [f"# {function.name}", "", *_fenced(function.signature), "", _prose(function.doc)]
    if function.aliases:
        lines += ["", "Also written " + ", ".join(f"`{alias}`" for alias in function.aliases) + "."]
    if function.examples:
        lines += ["", "## Examples", "", *_fenced("\n".join(_examples(function)))]
    return footnoted("\n".join([*lines, "", f"Family: {function.family}.", "", _origin(function.source), ""]))


def family_page(functions: list[Function]) -> str:
    """Return the page of a family of functions: their common description, and a table of them."""
    doc = inspect.getdoc(inspect.getmodule(functions[0].body)) or ""
    title, _, rest = doc.partition("\n")
    lines = [f"# {title.rstrip('.')}", ""]
    lines += [_prose(rest.strip()), ""] if rest.strip() else []
    lines += ["| function | what it gives | examples | known from |", "|---|---|---|---|"]
    lines += [_table_row(function) for function in functions]
    return footnoted("\n".join([*lines, ""]))


def index_page(topics: Sequence[tuple[str, str]]) -> str:
    """Return the page that lists all commands and families of functions, and topics by name and title."""
    lines = [
        "# The language",
        "",
        "Every command and function that flowlocal knows. The pages are made of the definitions in the program, and",
        "`flowlocal help NAME` prints the same; the answers are those over `sample_logs/`. Each statement names its",
        "source; [What is known, what we chose](semantics.md) lists the decisions on what is not known.",
        "",
        "## Commands",
        "",
        "| command | what it does |",
        "|---|---|",
    ]
    lines += [f"| [{each.name}](commands/{each.name}.md) | {first_sentence(each.doc)} |" for each in all_commands()]
    lines += ["", "## Functions", "", "| family | functions |", "|---|---|"]
    for name, functions in families().items():
        listed = ", ".join(f"`{each.name}`" for each in functions)
        lines.append(f"| [{functions[0].family}](functions/{name}.md) | {listed} |")
    lines += [
        "",
        "## Operators, topics, fields",
        "",
        "[Every field of flow logs](fields.md) has a page of its own. And:",
        "",
    ]
    lines += [f"- [{title}](topics/{name}.md)" for name, title in topics]
    lines += ["", "The examples of functions speak of the last of these events, those of aggregates of all three:", ""]
    return "\n".join([*lines, *_fenced("\n".join(EXAMPLE_LINES)), ""])


def families() -> dict[str, list[Function]]:
    """Return the functions by the name of the module that defines them."""
    found: dict[str, list[Function]] = {}
    for function in all_functions():
        module = inspect.getmodule(function.body)
        found.setdefault(module.__name__.rpartition(".")[2] if module else "", []).append(function)
    return dict(sorted(found.items()))


def footnoted(page: str) -> str:
    """Return a page in which ``(recorded)`` and the like are marks, which are explained at its end."""
    notes = list[str]()
    for grade, (mark, note) in _GRADES.items():
        if f"({grade})" in page:
            page = page.replace(f" ({grade})", mark)
            notes.append(f"{mark} {note}")
    return f"{page}\n{'; '.join(notes)}.\n" if notes else page


def _prose(doc: str) -> str:
    """Return a docstring as Markdown: literals with one backtick, unless they contain one."""
    return _LITERAL.sub(r"`\1`", doc)


def first_sentence(doc: str) -> str:
    """Return the first sentence of a docstring, on one line of Markdown."""
    return _cell(_SENTENCE_END.split(" ".join(doc.split()), maxsplit=1)[0].rstrip(":"))


def _cell(text: str) -> str:
    """Return text for the cell of a table."""
    return " ".join(_prose(text).replace("|", "\\|").split())


def _code(text: str) -> str:
    """Return text as code in a cell; a bar would end the cell even there."""
    fence = "``" if "`" in text else "`"
    return f"{fence}{text}{fence}".replace("|", "\\|").replace("\n", " ")


def _table_row(function: Function) -> str:
    names = "<br>".join([_code(function.signature), *(f"also {_code(alias)}" for alias in function.aliases)])
    examples = "<br>".join(_code(example) for example in _examples(function))
    return f"| {names} | {_cell(function.doc)} | {examples} | {_cell(function.source)} |"


def _examples(function: Function) -> list[str]:
    """Return each example with what it prints."""
    shown = ((each.query, "(missing)" if each.answer is None else each.answer) for each in function.examples)
    return [f"{query} → {answer}" for query, answer in shown]


def _fenced(text: str, language: str = "") -> list[str]:
    return [f"```{language}", *text.split("\n"), "```"]


def _origin(source: str) -> str:
    return f"Known from: {source}."
