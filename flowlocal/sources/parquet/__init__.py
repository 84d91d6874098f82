"""Parquet: files of untrusted bytes and of any Arrow type, read as records or as events.

The native library reads what deliveries contain, Arrow's own reader everything else: that of Polars panics, or ends the
process, on some damaged files.
"""
