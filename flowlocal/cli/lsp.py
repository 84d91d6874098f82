"""``flowlocal lsp``: the language server for editors."""

from __future__ import annotations

import click

from flowlocal.extras import needed_for


@click.command(name="lsp", short_help="Run the language server for editors.")
def command() -> None:
    """Serve the Language Server Protocol on standard input and output, as editors start it.

    Editors show what `flowlocal check` finds while a query is typed, complete commands, functions and fields, explain
    the word under the cursor, and format. For query files (.insights, .cwli), files of cases (.insights.toml), and the
    templates that `flowlocal check` reads.
    """
    with needed_for("the language server", "lsp"):
        from flowlocal.lsp.server import create  # noqa: PLC0415 - an extra

    create().start_io()
