"""``flowlocal lsp``: the language server for editors."""

from __future__ import annotations

import click

_INSTALL = "pip install 'flowlocal[lsp]'"


@click.command(name="lsp", short_help="Run the language server for editors.")
def command() -> None:
    """Serve the Language Server Protocol on standard input and output, as editors start it.

    Editors show what `flowlocal check` finds while a query is typed, complete commands, functions and fields, explain
    the word under the cursor, and format. For query files (.insights, .cwli), files of cases (.insights.toml), and the
    templates that `flowlocal check` reads.
    """
    try:
        import pygls  # noqa: F401, PLC0415 - an extra
    except ImportError:
        raise click.UsageError(f"the language server needs the package pygls; install it with: {_INSTALL}") from None
    from flowlocal.lsp.server import create  # noqa: PLC0415 - an extra

    create().start_io()
