"""``flowlocal help``: explain the language and the fields of flow logs in the terminal."""

from __future__ import annotations

import sys

import click
from click.shell_completion import CompletionItem

from flowlocal.terminal import markdown, screen

_WIDEST = 100


def _complete(_context: click.Context, _parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Complete the name of a page."""
    from flowlocal.handbook.pages import pages  # noqa: PLC0415 - loads every definition

    start = incomplete.lower()
    found = {page.name: page.summary for page in pages() if page.name.lower().startswith(start)}
    return [CompletionItem(name, help=markdown.plain(summary)) for name, summary in sorted(found.items())]


@click.command(name="help", short_help="Explain a command, function, operator, field or topic.")
@click.argument("word", required=False, shell_complete=_complete)
@click.pass_context
def command(context: click.Context, word: str | None) -> None:
    """Explain WORD: a command, function or operator of the query language, a flow log field, or a topic.

    Of another word, list the pages that mention it; without WORD, list everything.

    \b
    Examples:
      flowlocal help stats
      flowlocal help isIpv4InSubnet
      flowlocal help tcpFlags
      flowlocal help subnet
    """  # noqa: D301 - \b is click's mark for text that keeps its lines
    from flowlocal.handbook import pages as handbook  # noqa: PLC0415 - not for --help

    if word is None:
        _show(handbook.overview())
        return
    pages, subcommand = handbook.find(word), _subcommand(context, word)
    for page in pages:
        _show(page.text)
    if subcommand:
        click.echo(f"To run it from a shell: flowlocal {word}\n" if pages else "", nl=False)
        click.echo(subcommand)
    if pages or subcommand:
        return
    found = handbook.search(word)
    if not found:
        near = handbook.neighbour(word)
        hint = f"did you mean {near}?" if near else "`flowlocal help` lists what there is"
        raise click.UsageError(f"nothing is known about {word}; {hint}")
    _show("\n".join([f"# Pages that mention {word}", "", *(f"- `{each.name}`: {each.summary}" for each in found), ""]))


def _subcommand(context: click.Context, name: str) -> str:
    """Return the help of a subcommand of flowlocal itself; empty if there is none of that name."""
    group = context.find_root().command
    found = group.get_command(context, name) if isinstance(group, click.Group) else None
    if found is None:
        return ""
    return found.get_help(click.Context(found, info_name=name, parent=context.find_root()))


def _show(page: str) -> None:
    """Print Markdown: formatted on a terminal, as plain text in a pipe."""
    if not screen.terminal(sys.stdout):
        click.echo(markdown.plain(page))
        return
    from rich.console import Console  # noqa: PLC0415 - slow to import
    from rich.markdown import Markdown  # noqa: PLC0415

    width = min(_WIDEST, screen.width(sys.stdout) or _WIDEST)
    stream = screen.unguarded(sys.stdout)  # pages are our own
    console = Console(file=stream, width=width, no_color=not screen.color(sys.stdout))
    console.print(Markdown(page, code_theme="bw" if console.no_color else "ansi_dark"))
