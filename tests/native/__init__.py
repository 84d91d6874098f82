"""The native reader against a plain reading of the same bytes."""
