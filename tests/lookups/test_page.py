"""The page on lookup tables is that of the definitions."""

from __future__ import annotations

from pathlib import Path

from tools.lookup_tables_page import NAME, page

DOCS = Path(__file__).parents[2] / "docs"


def test_page() -> None:
    """The committed page is what the generator writes."""
    assert (DOCS / NAME).read_text(encoding="utf-8") == page(), "write it anew: python -m tools.language_pages"
