"""Everything about getting logs into events: files, containers, shapes and layouts."""

from flowlocal.sources.memory import events_of_batches, events_of_records
from flowlocal.sources.opening import open_events

__all__ = ["events_of_batches", "events_of_records", "open_events"]
