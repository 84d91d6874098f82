"""Lookup tables: CSV files, what AWS prints and publishes, address databases, and folders of all of these."""
