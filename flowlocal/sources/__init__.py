"""Find and open log files, and read their events: files, containers, input formats and field layouts."""

from flowlocal.sources.events import open_events

__all__ = ["open_events"]
