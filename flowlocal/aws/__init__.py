"""CloudWatch Logs without AWS: under moto, and as an endpoint on this machine.

One table of operations serves two kinds of stores (moto's log groups; local files and groups written through the
API) over two transports (moto's own; HTTP). Nothing here is loaded before it is used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flowlocal.aws.emulation import QueryResults, run_query
    from flowlocal.aws.errors import ApiError
    from flowlocal.aws.mocking import MockInsights, mock_insights
    from flowlocal.aws.moto_store import UnsupportedMoto
    from flowlocal.aws.seeding import seed

__all__ = ["ApiError", "MockInsights", "QueryResults", "UnsupportedMoto", "mock_insights", "run_query", "seed"]

_HOMES = {
    "ApiError": "flowlocal.aws.errors",
    "MockInsights": "flowlocal.aws.mocking",
    "QueryResults": "flowlocal.aws.emulation",
    "UnsupportedMoto": "flowlocal.aws.moto_store",
    "mock_insights": "flowlocal.aws.mocking",
    "run_query": "flowlocal.aws.emulation",
    "seed": "flowlocal.aws.seeding",
}


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module 'flowlocal.aws' has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)
