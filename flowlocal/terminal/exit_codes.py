"""Exit codes and their messages."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable

import click

from flowlocal import ansi
from flowlocal.extras import MissingExtra
from flowlocal.terminal import errors, memory, screen

DONE, DIFFERENT, USAGE, UNREADABLE = 0, 1, 2, 3
INTERNAL = 70
"""A defect of ours; the number is EX_SOFTWARE of sysexits.h."""
INTERRUPTED = 130


def debugging() -> bool:
    """Return True if tracebacks are wanted."""
    return bool(os.environ.get("FLOWLOCAL_DEBUG"))


def code_of(error: BaseException) -> int:
    """Print on standard error what ended a run, and return the exit code."""
    if debugging():
        _print_traceback()
    for kinds, answer in _ANSWERS:
        if isinstance(error, kinds):
            return answer(error)
    return _code_of_ours(error)


def _code_of_ours(error: BaseException) -> int:
    from flowlocal.events import UnreadableInput  # noqa: PLC0415 - not for --help
    from flowlocal.language.errors import MalformedQuery  # noqa: PLC0415

    if isinstance(error, MalformedQuery):
        _say(errors.malformed(error))
        return USAGE
    if isinstance(error, UnreadableInput):
        _say(errors.unreadable(error))
        return UNREADABLE
    if isinstance(error, MissingExtra):
        _say(f"flowlocal: {error}")
        return USAGE
    if isinstance(error, ImportError) and _is_of_native_reader(error):
        _say(f"flowlocal: {error}")
        return UNREADABLE
    if message := memory.exhausted(error):
        _say(message)
        return UNREADABLE
    return _defect(error)


def _is_of_native_reader(error: ImportError) -> bool:
    """Return True if the compiled library is missing or wrong, which is a fault of the installation."""
    from flowlocal.native.library import MissingLibrary  # noqa: PLC0415 - not for --help

    return isinstance(error, MissingLibrary)


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
    screen.abandon(sys.stdout)
    return DONE


def _interrupted(_error: BaseException) -> int:
    return INTERRUPTED


def _exit(error: BaseException) -> int:
    code = getattr(error, "exit_code", getattr(error, "code", DONE))
    return code if isinstance(code, int) else DONE


def _wrong_usage(error: BaseException) -> int:
    assert isinstance(error, click.ClickException)  # noqa: S101 - as _ANSWERS says
    error.show()
    return USAGE


def _not_text(error: BaseException) -> int:
    assert isinstance(error, UnicodeEncodeError)  # noqa: S101 - as _ANSWERS says
    _say(f"flowlocal: {ansi.one_line(error.object[:200])} is not valid UTF-8 text")
    return USAGE


def _not_readable(error: BaseException) -> int:
    assert isinstance(error, OSError)  # noqa: S101 - as _ANSWERS says
    _say(errors.failed(error))
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
