"""The query language: text to tree and back, with errors that know their place. Pure Python, no Polars."""
