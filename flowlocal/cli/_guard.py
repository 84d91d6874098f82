"""Between the subcommands and the user: whatever is raised becomes a message and an exit code, never a traceback."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

import click
from click.shell_completion import shell_complete

from flowlocal import ansi
from flowlocal.cli import _errors, _memory, _screen
from flowlocal.cli._group import flowlocal
from flowlocal.cli._options import RENAMED

_NAME = "flowlocal"
_COMPLETE = "_FLOWLOCAL_COMPLETE"
"""The variable in which a shell asks for completions; `flowlocal completion` prints the script that sets it."""

DONE, DIFFERENT, USAGE, UNREADABLE = 0, 1, 2, 3
INTERNAL = 70
"""A defect of ours; the number is EX_SOFTWARE of sysexits.h."""
INTERRUPTED = 130
_SOON = 0.02
"""Seconds after which an interrupt that was dropped is sent again."""


def run(arguments: Sequence[str]) -> int:
    """Run a command line and say how it went.

    Exit codes: 0 done; 1 a check or a test found a difference; 2 malformed query or wrong usage; 3 input could not
    be read; 130 interrupted; 70 a defect. A reader that goes away (``| head``) is no error.
    """
    sys.unraisablehook = unraisable
    _reopen()
    with _screen.guarded():
        return _run(arguments)


def _run(arguments: Sequence[str]) -> int:
    try:
        if instruction := os.environ.get(_COMPLETE):
            return shell_complete(flowlocal, {}, _NAME, _COMPLETE, instruction)
        with flowlocal.make_context(_NAME, list(arguments)) as context:  # click's own main handles signals its way
            code = flowlocal.invoke(context)
        sys.stdout.flush()
    except BaseException as error:  # noqa: BLE001 - the last resort; a panic of Polars is a BaseException
        return code_of(error)
    return code if isinstance(code, int) else DONE


def _reopen() -> None:
    """Give standard streams that came closed (``>&-``) a place that takes everything and gives nothing."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, Path(os.devnull).open(mode, encoding="utf-8"))  # noqa: SIM115 - until the end


def unraisable(what: sys.UnraisableHookArgs) -> None:
    """Send Ctrl-C again if Python dropped it, as it does in finalisers; keep quiet about what else Python ignores."""
    if _debugging():
        sys.__unraisablehook__(what)
    if isinstance(what.exc_value, KeyboardInterrupt):
        _interrupt_soon()


def _interrupt_soon() -> None:
    """Send the signal of Ctrl-C from another thread: sent from here, it would be dropped like the one before."""
    again = threading.Timer(_SOON, _interrupt)
    again.daemon = True
    with suppress(RuntimeError):  # the interpreter is ending, and starts no more threads
        again.start()


def _interrupt() -> None:
    if hasattr(signal, "pthread_kill"):  # what the main thread waits for ends only if the signal is its own
        signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)
    else:
        signal.raise_signal(signal.SIGINT)


def _debugging() -> bool:
    return bool(os.environ.get("FLOWLOCAL_DEBUG"))


def code_of(error: BaseException) -> int:
    if _debugging():
        _print_traceback()
    for kinds, answer in _ANSWERS:
        if isinstance(error, kinds):
            return answer(error)
    return _code_of_ours(error)


def _code_of_ours(error: BaseException) -> int:
    from flowlocal.events import UnreadableInput  # noqa: PLC0415 - not for --help
    from flowlocal.language.errors import MalformedQuery  # noqa: PLC0415

    if isinstance(error, MalformedQuery):
        _say(_errors.malformed(error))
        return USAGE
    if isinstance(error, UnreadableInput):
        _say(_errors.unreadable(error))
        return UNREADABLE
    if message := _memory.exhausted(error):
        _say(message)
        return UNREADABLE
    return _defect(error)


def _defect(error: BaseException) -> int:
    import platform  # noqa: PLC0415 - slow, and needed only here

    summary = " ".join(f"{type(error).__name__}: {error}".split())[:300]
    versions = f"flowlocal {_version('flowlocal')}, polars {_version('polars')}, Python {platform.python_version()}"
    _say(
        f"flowlocal: this is a defect of flowlocal, please report it with the query: {summary} ({versions}; "
        "FLOWLOCAL_DEBUG=1 shows the traceback)"
    )
    return INTERNAL


def _version(package: str) -> str:
    from importlib.metadata import PackageNotFoundError, version  # noqa: PLC0415 - slow, and needed only here

    try:
        return version(package)
    except PackageNotFoundError:  # run from a checkout that is not installed
        return "not installed"


def _reader_gone(_error: BaseException) -> int:
    _screen.abandon(sys.stdout)
    return DONE


def _interrupted(_error: BaseException) -> int:
    return INTERRUPTED


def _exit(error: BaseException) -> int:
    code = getattr(error, "exit_code", getattr(error, "code", DONE))
    return code if isinstance(code, int) else DONE


def _wrong_usage(error: BaseException) -> int:
    assert isinstance(error, click.ClickException)  # noqa: S101 - as _ANSWERS says
    _renamed(error).show()
    return USAGE


def _renamed(error: click.ClickException) -> click.ClickException:
    """Return the error; for an option that has another name today, one that gives the name."""
    if not isinstance(error, click.NoSuchOption) or error.ctx is None:
        return error
    name = RENAMED.get(error.option_name)
    known = {spelling for parameter in error.ctx.command.params for spelling in parameter.opts}
    return click.UsageError(f"{error.option_name} is now {name}", error.ctx) if name in known else error


def _not_text(error: BaseException) -> int:
    assert isinstance(error, UnicodeEncodeError)  # noqa: S101 - as _ANSWERS says
    _say(f"flowlocal: {ansi.one_line(error.object[:200])} is not valid UTF-8 text")
    return USAGE


def _not_readable(error: BaseException) -> int:
    assert isinstance(error, OSError)  # noqa: S101 - as _ANSWERS says
    _say(_errors.failed(error))
    return UNREADABLE


def _say(text: str) -> None:
    click.echo(text, err=True)


def _print_traceback() -> None:
    import traceback  # noqa: PLC0415

    traceback.print_exc()


_ANSWERS: list[tuple[type[BaseException] | tuple[type[BaseException], ...], Callable[[BaseException], int]]] = [
    (BrokenPipeError, _reader_gone),
    ((KeyboardInterrupt, click.Abort), _interrupted),
    ((click.exceptions.Exit, SystemExit), _exit),
    (click.ClickException, _wrong_usage),
    (UnicodeEncodeError, _not_text),
    (OSError, _not_readable),
]
