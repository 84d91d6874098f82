"""Everything about getting logs into events: files, containers, shapes and layouts."""

from flowlocal.sources.opening import open_events

__all__ = ["open_events"]
