"""Queries under test: cases in files, their expectations, and the ways to run them.

``flowlocal test`` and the pytest plugin both run the cases of this package. Nothing here is loaded before it is used,
because the plugin is imported by every pytest run of every environment that has flowlocal.
"""
