"""Parquet: files of untrusted bytes and of any Arrow type, read as records or as events.

Everything is read through Arrow's own reader: that of Polars panics, or ends the process, on some damaged files.
"""
