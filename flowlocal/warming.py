"""Make Polars ready while modules are loaded."""

from __future__ import annotations

import sys
from contextlib import suppress
from functools import partial
from importlib import import_module
from threading import Thread
from types import ModuleType
from typing import Any

_UNREAD = (
    *("polars.catalog.unity", "polars.convert.normalize", "polars.dataframe._html", "polars.dataframe.plotting"),
    *("polars.io.cloud", "polars.io.lines"),
    *(
        f"polars.io.{name}"
        for name in (
            *("arrow_c_stream", "avro", "clipboard", "csv", "database", "delta", "external_reader.api", "iceberg"),
            *("ipc", "json", "lance", "ndjson", "pyarrow_dataset", "spreadsheet"),
        )
    ),
    *(
        f"polars.series.{name}"
        for name in ("array", "binary", "categorical", "datetime", "ext", "list", "map", "plotting", "string", "struct")
    ),
)
"""Modules of Polars that most queries do not use; with what they import, a third of its import."""
_CREDENTIALS = "polars.io.cloud.credential_provider._builder"


def warm_up() -> None:
    """Load Polars, and start a thread in which it runs a plan, so that its own threads and code are there for the next.

    That takes 12 ms, in which the caller keeps one processor busy by loading modules.
    """
    _import_polars()
    import polars as pl  # noqa: PLC0415 - entry points are light

    rows = pl.LazyFrame({"a": [0]}).filter(pl.col("a") >= 0).group_by("a").agg(pl.len()).sort("a")

    def run() -> None:
        with suppress(BaseException):  # the query says what is wrong
            rows.collect(engine="streaming")

    Thread(target=run, name="flowlocal-warm-up", daemon=True).start()


class _Later(ModuleType):
    """Stands in for a module while another one imports functions of it; it is loaded when one of these is called."""

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever the module has
        if name.startswith("__"):
            raise AttributeError(name)
        return partial(_call, self.__name__, name)


class _Credentials(_Later):
    """Stands in for what finds credentials for the files of a scan; without a URL they need none."""

    def _init_credential_provider_builder(self, provider: object, source: object, *more: Any) -> Any:  # noqa: ANN401
        if provider == "auto" and isinstance(source, list) and not any("://" in str(each) for each in source):
            return None
        return _call(_CREDENTIALS, "_init_credential_provider_builder", provider, source, *more)


def _call(module: str, name: str, *arguments: Any, **options: Any) -> Any:  # noqa: ANN401 - those of any function
    return getattr(import_module(module), name)(*arguments, **options)


def _import_polars() -> None:
    """Import Polars without these modules; with them if it does more than to import their functions."""
    if "polars" in sys.modules:
        return
    later = {name: _Later(name) for name in _UNREAD} | {_CREDENTIALS: _Credentials(_CREDENTIALS)}
    sys.modules.update(later)
    try:
        import_module("polars")
    except Exception:  # noqa: BLE001 - whatever a version of Polars makes of them
        for name in [name for name in sys.modules if name.partition(".")[0] == "polars"]:
            del sys.modules[name]
        import_module("polars")
    finally:
        for name, module in later.items():
            if sys.modules.get(name) is module:
                del sys.modules[name]
