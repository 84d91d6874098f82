"""``flowlocal help``: explain a command or a function of the language in the terminal."""

from __future__ import annotations

import sys

import click

from flowlocal.terminal import markdown, screen

_WIDEST = 100


@click.command(name="help", short_help="Explain a command or function of the query language.")
@click.argument("name", required=False)
@click.pass_context
def command(context: click.Context, name: str | None) -> None:
    r"""Explain the command or function NAME of the query language; list them all without NAME.

    \b
    Examples:
      flowlocal help stats
      flowlocal help isIpv4InSubnet
    """
    if name is None:
        from flowlocal.reference import overview  # noqa: PLC0415 - not for --help

        _show(overview())
        return
    from flowlocal.reference import find_pages, nearest_name  # noqa: PLC0415 - not for --help

    pages = list(find_pages(name))
    subcommand = _subcommand(context, name)
    if not pages and not subcommand:
        near = nearest_name(name)
        hint = f"did you mean {near}?" if near else "`flowlocal help` lists what there is"
        raise click.UsageError(f"no command or function is called {name}; {hint}")
    for page in pages:
        _show(page)
    if subcommand:
        click.echo(f"To run it from a shell: flowlocal {name}\n" if pages else "", nl=False)
        click.echo(subcommand)


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
