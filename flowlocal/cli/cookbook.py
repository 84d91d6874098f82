"""``flowlocal cookbook``: list the shipped queries, or print one."""

from __future__ import annotations

import click
from click.shell_completion import CompletionItem


def _complete(_context: click.Context, _parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Complete the name of a query."""
    from flowlocal.cookbook import recipes  # noqa: PLC0415 - not for --help

    found = recipes().items()
    return [CompletionItem(name, help=each.title) for name, each in found if name.startswith(incomplete)]


@click.command(name="cookbook", short_help="List shipped queries for common questions, or print one.")
@click.argument("words", nargs=-1, shell_complete=_complete, metavar="[WORD]...")
def command(words: tuple[str, ...]) -> None:
    """List the shipped queries, one per line, with group and title: all, or those that have each WORD.

    WORD, or its beginning, is searched in names, titles, descriptions, groups (network, security, cost, platform,
    compliance) and the fields that a query needs. If it is the name of a query, the query is printed instead.
    To run a query, give its name after "cookbook:" where a query file is expected; {{placeholders}} are set with
    -p NAME=VALUE.

    \b
    Examples:
      flowlocal cookbook ssh
      flowlocal cookbook nat-by-source
      flowlocal query -f cookbook:nat-by-source -p usd_per_gb=0.052 logs/
    """  # noqa: D301 - \b is click's mark for text that keeps its lines
    from flowlocal.cookbook import recipe, recipes, search  # noqa: PLC0415 - not for --help

    known = recipes()
    if len(words) == 1 and words[0] in known:
        click.echo(known[words[0]].query, nl=False)
        return
    found = search(words)
    if not found:
        try:
            recipe("-".join(words))
        except LookupError as error:
            raise click.UsageError(str(error)) from error
    width = max(map(len, known))
    for each in found:
        click.echo(f"{each.name.ljust(width)}  {each.group.ljust(10)}  {each.title}")
