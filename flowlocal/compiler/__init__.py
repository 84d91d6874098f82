"""Compile expressions of the language to typed values over Polars expressions."""
