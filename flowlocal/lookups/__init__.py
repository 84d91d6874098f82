"""Lookup tables: CSV files, what AWS prints and publishes, address databases, and folders of all of these."""

from flowlocal.lookups.folder import Names
from flowlocal.lookups.reading import LARGEST, parse_csv
from flowlocal.lookups.tables import Table, Tables

__all__ = ["LARGEST", "Names", "Table", "Tables", "parse_csv"]
