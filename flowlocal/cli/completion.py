"""``flowlocal completion``: the script with which a shell completes flowlocal's command line."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class

_HOW = {
    "bash": 'eval "$(flowlocal completion bash)"  in ~/.bashrc',
    "fish": "flowlocal completion fish > ~/.config/fish/completions/flowlocal.fish",
    "zsh": 'eval "$(flowlocal completion zsh)"  in ~/.zshrc',
}

_WHOLE_WORDS = "COMP_WORDBREAKS=${COMP_WORDBREAKS//:}  # cookbook:NAME is one word"


@click.command(
    name="completion",
    short_help="Print the completion script for a shell.",
    epilog="\b\nTo load it in every session:\n" + "\n".join(f"  {how}" for how in _HOW.values()),
)
@click.argument("shell", type=click.Choice(sorted(_HOW)))
@click.pass_context
def command(context: click.Context, shell: str) -> None:
    """Print the script with which SHELL completes flowlocal's command line."""
    kind = get_completion_class(shell)
    assert kind is not None  # noqa: S101 - click knows these three
    if shell == "bash":
        click.echo(_WHOLE_WORDS)
    click.echo(kind(context.find_root().command, {}, "flowlocal", "_FLOWLOCAL_COMPLETE").source())
