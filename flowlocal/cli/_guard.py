"""Run subcommands so that whatever they raise becomes a message and an exit code, never a traceback."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import click
from click.shell_completion import shell_complete

from flowlocal.cli import _mistakes
from flowlocal.cli._group import flowlocal
from flowlocal.cli._options import RENAMED
from flowlocal.terminal import screen
from flowlocal.terminal.exit_codes import DONE, code_of, debugging

_NAME = "flowlocal"
_COMPLETE = "_FLOWLOCAL_COMPLETE"
"""The variable in which a shell asks for completions; `flowlocal completion` prints the script that sets it."""

_SOON = 0.02
"""Seconds after which an interrupt that was dropped is sent again."""


def run(arguments: Sequence[str]) -> int:
    """Run a command line and return its exit code.

    Exit codes: 0 done; 1 a check or a test found a difference; 2 malformed query or wrong usage; 3 input could not
    be read; 130 interrupted; 70 a defect. A closed pipe (``| head``) is not an error.
    """
    sys.unraisablehook = unraisable
    _reopen()
    with screen.guarded():
        return _run(arguments)


def _run(arguments: Sequence[str]) -> int:
    try:
        if instruction := os.environ.get(_COMPLETE):
            return shell_complete(flowlocal, {}, _NAME, _COMPLETE, instruction)
        with flowlocal.make_context(
            _NAME, list(arguments)
        ) as context:  # click's own main handles signals in its own way
            code = flowlocal.invoke(context)
        sys.stdout.flush()
    except BaseException as error:  # noqa: BLE001 - the last resort; a panic of Polars is a BaseException
        return code_of(_explained(error))
    return code if isinstance(code, int) else DONE


def _reopen() -> None:
    """Open the null device for standard streams that are closed (``>&-``)."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, Path(os.devnull).open(mode, encoding="utf-8"))  # noqa: SIM115 - until the end


def unraisable(what: sys.UnraisableHookArgs) -> None:
    """Send Ctrl-C again if Python dropped it, as it does in finalisers; ignore what else Python ignores."""
    if debugging():
        sys.__unraisablehook__(what)
    if isinstance(what.exc_value, KeyboardInterrupt):
        _interrupt_soon()


def _interrupt_soon() -> None:
    """Send the signal of Ctrl-C from another thread: if sent from this one, it would be dropped as well."""
    again = threading.Timer(_SOON, _interrupt)
    again.daemon = True
    with suppress(RuntimeError):  # the interpreter is ending, and starts no more threads
        again.start()


def _interrupt() -> None:
    if hasattr(signal, "pthread_kill"):  # what the main thread waits for ends only if the signal is its own
        signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)
    else:
        signal.raise_signal(signal.SIGINT)


def _explained(error: BaseException) -> BaseException:
    """Return the error; for an option that was renamed, or is another tool's, one that says what to write."""
    if not isinstance(error, click.NoSuchOption) or error.ctx is None:
        return error
    name = RENAMED.get(error.option_name)
    known = {spelling for parameter in error.ctx.command.params for spelling in parameter.opts}
    if name in known:
        return click.UsageError(f"{error.option_name} is now {name}", error.ctx)
    query = flowlocal.get_command(error.ctx, "query")
    options = {spelling for parameter in (query.params if query else ()) for spelling in parameter.opts}
    return _mistakes.unknown_option(error, options)
