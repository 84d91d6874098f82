"""The command line: one module a subcommand.

A module of this package whose name has no leading underscore is a subcommand: it holds ``command``, a click
command. Nothing here may import Polars when it is imported, so that ``flowlocal --help`` and completion are quick;
subcommands import what they need when they run.
"""

from __future__ import annotations

import sys
from typing import NoReturn


def main() -> NoReturn:
    """Run the command line with the arguments of this process, and leave with its exit code."""
    try:
        from flowlocal.cli._guard import run  # noqa: PLC0415 - keeps `import flowlocal.cli` free of click

        sys.exit(run(sys.argv[1:]))
    except KeyboardInterrupt:  # before or after run() could see it
        sys.exit(130)
