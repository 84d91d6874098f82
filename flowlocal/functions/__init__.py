"""Scalar and aggregate functions, one decorated definition each, in one module a family."""

from importlib import import_module
from pkgutil import iter_modules

_MACHINERY = {
    "registry",
    "scope",
    "compile",
    "call",
    "patterns",
    "periods",
    "zones",
    "java_dates",
    "strftime",
    "moments",
}

for _module in iter_modules(__path__):
    if _module.name not in _MACHINERY:
        import_module(f"{__name__}.{_module.name}")
