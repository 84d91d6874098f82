"""The options of a query that runs in other processes or on a cluster."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click

from flowlocal.cli import _options
from flowlocal.cluster.runners import ClusterAddress, EngineUnavailable, engines, opened
from flowlocal.moments import to_range

if TYPE_CHECKING:
    from flowlocal.api import Logs

options: Callable[[Any], Any] = _options.together(
    [
        click.option(
            "--engine",
            type=click.Choice(engines()),
            help="Run the query in processes of this machine, on Dask or on Spark (default: in this process).",
        ),
        click.option(
            "--master", metavar="URL", help="Spark master or Dask scheduler (default: a cluster on this machine)."
        ),
        click.option("--remote", metavar="URL", help="Spark Connect server: sc://HOST:PORT."),
    ]
)


@contextmanager
def logs(paths: _options.Paths, asked: Mapping[str, Any], held: Mapping[str, Any]) -> Iterator[Logs]:
    """Yield the opened logs; with ``--engine``, those of a cluster.

    Args:
        paths: the paths to read.
        asked: the values of options.
        held: the time range outside which files may be left out.
    """
    from flowlocal import api  # noqa: PLC0415 - not for --help

    reading = _options.opening(asked)
    if asked["engine"] is None:
        if asked["master"] or asked["remote"]:
            raise click.UsageError("--master and --remote need --engine")
        yield api.scan(paths, **reading, **held)
        return
    from flowlocal.cluster.opening import scan  # noqa: PLC0415 - only for other engines

    try:
        with opened(asked["engine"], ClusterAddress(asked["master"], asked["remote"])) as runner:
            yield scan(paths, runner, span=to_range(held.get("start"), held.get("end")), **reading)
    except EngineUnavailable as error:
        raise click.UsageError(
            f"--engine {asked['engine']}: {error}" + (f"; {error.hint}" if error.hint else "")
        ) from error
