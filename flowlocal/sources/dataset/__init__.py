"""Datasets of ``flowlocal import``: Parquet parts with a manifest."""
