"""``flowlocal fmt``: format query files."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from flowlocal.cli import _options
from flowlocal.terminal import errors, exit_codes, screen

if TYPE_CHECKING:
    from flowlocal.checking.files import Allowed

_CASES = ".toml"
_ENDS = (".insights", ".cwli", ".insights.toml")
"""Ends of the names of files that are formatted in folders."""


@click.command(name="fmt", short_help="Format query files.")
@click.argument("files", nargs=-1, shell_complete=_options.files, metavar="[FILE]...")
@click.option("--check", is_flag=True, help="Write nothing; exit with 1 if a file is not formatted.")
@click.option("--diff", is_flag=True, help="Write nothing; print what would change; exit with 1 if anything would.")
@_options.no_color
def command(files: tuple[str, ...], check: bool, diff: bool, no_color: bool) -> int:
    """Format the queries in each FILE: one stage per line, even spacing, keywords in lowercase.

    A FILE is a query (.insights, .cwli), a file of cases (.insights.toml), or a folder with such files; with -, or
    without any in a pipe, one query is read from standard input and printed. What a query answers never changes:
    comments stay, and so does the text of a column without a name, because it is the name.

    Exit codes: 0 done; 1 with --check or --diff, a file is not formatted; 2 a query is malformed; 3 a file could not
    be read.

    \b
    Examples:
      flowlocal fmt queries/
      flowlocal fmt --check .
      echo 'filter dstPort=22|stats count(*)' | flowlocal fmt -
    """  # noqa: D301 - \b is click's mark for text that keeps its lines
    if not files and screen.terminal(sys.stdin):
        raise click.UsageError("name a file or folder with queries, or - for standard input")
    results = [*_formatted(files or ("-",))]
    color = screen.color(sys.stdout, not no_color)
    for each in results:
        _deliver(each, check=check, diff=diff, color=color)
    problems = [each.problem for each in results if each.problem]
    changed = [each for each in results if each.changed]
    if files and tuple(files) != ("-",):
        click.echo(_summary(results, changed, unwritten=check or diff), err=True)
    different = exit_codes.DIFFERENT if changed and (check or diff) else exit_codes.DONE
    return max([different, *problems])


@dataclass(frozen=True)
class _Result:
    """A file, its text, and the formatted text; or the exit code of what is wrong with it."""

    name: str
    before: str = ""
    after: str = ""
    problem: int = 0
    allowed: Allowed | None = None

    @property
    def changed(self) -> bool:
        return self.before != self.after


def _formatted(files: Sequence[str]) -> Iterator[_Result]:
    """Yield what becomes of each file; errors are printed and counted."""
    from flowlocal.checking.files import Allowed, expand, notes, read, read_standard_input, search  # noqa: PLC0415
    from flowlocal.events import UnreadableInput  # noqa: PLC0415

    named = [file for file in files if file != "-"]
    walk, allowed = search(_ENDS), Allowed.by(named)
    for path in expand(named, walk):
        try:
            host = read(path, allowed)
        except UnreadableInput as error:
            click.echo(errors.unreadable(error), err=True)
            yield _Result(str(path), problem=exit_codes.UNREADABLE)
            continue
        if host.refused:
            click.echo(f"flowlocal: {path} was left out: {host.refused}", err=True)
        else:
            yield _format(str(path), host.text, allowed)
    for note in notes(walk):
        click.echo(f"flowlocal: {note}", err=True)
    if "-" in files:
        yield _format("-", read_standard_input("-").text, None)


def _format(name: str, text: str, allowed: Allowed | None) -> _Result:
    from flowlocal.formatting.cases import format_cases  # noqa: PLC0415 - not for --help
    from flowlocal.formatting.query import format_query  # noqa: PLC0415
    from flowlocal.language.errors import MalformedQuery  # noqa: PLC0415

    try:
        return _Result(name, text, format_cases(text) if name.endswith(_CASES) else format_query(text), allowed=allowed)
    except MalformedQuery as error:
        error.text = error.text or text
        click.echo(errors.malformed(error, "query" if name == "-" else name), err=True)
    except ValueError as error:
        click.echo(f"flowlocal: {name}: not TOML: {error}", err=True)
    return _Result(name, text, text, problem=exit_codes.USAGE)


def _deliver(result: _Result, *, check: bool, diff: bool, color: bool) -> None:
    from flowlocal.small_files import write_bytes  # noqa: PLC0415 - not for --help

    if diff and result.changed:
        click.echo("".join(_difference(result, color=color)), nl=False, color=True)
    if check and result.changed:
        click.echo(f"not formatted: {result.name}", err=True)
    if result.problem or check or diff:
        return
    if result.name == "-":
        click.echo(result.after, nl=False)
    elif result.changed and result.allowed:
        write_bytes(Path(result.name), result.after.encode(), within=result.allowed.places)


def _difference(result: _Result, *, color: bool) -> Iterator[str]:
    import difflib  # noqa: PLC0415 - not for --help

    from flowlocal import ansi  # noqa: PLC0415

    paint, codes = ansi.painter(color), {"+": "32", "-": "31", "@": "36"}
    before, after = result.before.splitlines(), result.after.splitlines()
    for line in difflib.unified_diff(before, after, result.name, result.name, lineterm=""):
        shown = ansi.one_line(line)
        yield (paint(shown, codes[line[:1]]) if line[:1] in codes else shown) + "\n"


def _summary(results: Sequence[_Result], changed: Sequence[_Result], *, unwritten: bool) -> str:
    if not results:
        return "flowlocal: no query file was found (.insights, .cwli, .insights.toml)"
    files = "1 file" if len(results) == 1 else f"{len(results):,} files"
    if not changed:
        return f"{files}: nothing to change"
    verb = "would be formatted" if unwritten else "formatted"
    return f"{files}: {len(changed):,} {verb}"
