"""Commands, one module each: its syntax, and what it does to a frame, side by side."""

from importlib import import_module
from pkgutil import iter_modules

_MACHINERY = {
    "clusters",
    "comparing",
    "elements",
    "extraction",
    "frame",
    "options",
    "parse_forms",
    "registry",
    "source_forms",
    "subqueries",
    "tables",
}

for _module in iter_modules(__path__):
    if _module.name not in _MACHINERY:
        import_module(f"{__name__}.{_module.name}")
