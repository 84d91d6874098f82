"""The command line: one module a subcommand.

A module of this package whose name has no leading underscore is a subcommand: it holds ``command``, a click
command. Nothing here may import Polars when it is imported, so that ``flowlocal --help`` and completion are quick;
subcommands import what they need when they run.
"""

from __future__ import annotations

import atexit
import gc
import os
import sys
import threading
from typing import NoReturn


def main() -> NoReturn:
    """Run the command line with the arguments of this process, and exit with its code."""
    if sys.argv[1:2] == ["query"]:  # short, and what it makes does not go in circles; looking for it takes 12 ms
        gc.disable()
    try:
        from flowlocal.cli._guard import run  # noqa: PLC0415 - keeps `import flowlocal.cli` free of click

        code = run(sys.argv[1:])
        leave(code)
    except KeyboardInterrupt:  # before or after run() could see it
        sys.exit(130)


def leave(code: int) -> NoReturn:
    """End this process as ``sys.exit`` does, but without finalising Polars, a tenth of the time of a short query."""
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    except (OSError, ValueError):  # as Python itself says it
        sys.exit(code)
    threading._shutdown()  # type: ignore[attr-defined]  # waits for threads, as the interpreter itself does
    atexit._run_exitfuncs()
    os._exit(code)
