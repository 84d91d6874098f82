"""The failure of an engine; apart from the names of engines, which ``flowlocal --help`` lists without Polars."""

from __future__ import annotations

from flowlocal.events import UnreadableInput


class EngineFailed(UnreadableInput):
    """An engine that did not run the tasks of a query to their end; ``path`` names the engine."""

    kind = "the engine failed"
