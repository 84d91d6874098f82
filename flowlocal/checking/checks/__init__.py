"""The checks. A module here is found by its presence; each of its decorated functions is a kind of finding.

Codes: FL0xx the query cannot be checked, FL1xx portability, FL2xx texts and patterns, FL3xx times, FL4xx the order of
stages, FL5xx names, FL6xx values.
"""

from __future__ import annotations

from functools import cache
from importlib import import_module
from pkgutil import iter_modules


@cache
def load() -> None:
    """Import every module here, which defines its checks."""
    for module in iter_modules(__path__):
        import_module(f"{__name__}.{module.name}")
