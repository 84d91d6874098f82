"""The query language: parser, printer, and errors with their position. Pure Python, without Polars."""
