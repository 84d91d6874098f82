"""The pages for contributors name what exists."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PAGES = [ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs/development").glob("*.md"))]
NAMED = re.compile(r"`([a-zA-Z_./*-]+(?:\.(?:py|c|h|toml|txt|md)|/))`")
MADE_BY_READERS = {
    "flowlocal/commands/NAME.py",
    "tests/cases/commands/NAME.insights.toml",
    "flowlocal/functions/FAMILY.py",
}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_files_exist(page: Path) -> None:
    """Every file and folder that a page names is there, relative to the checkout, the package, or its sources."""
    text = re.sub(r"(?m)^New file `.*`:$", "", page.read_text(encoding="utf-8"))
    for name in set(NAMED.findall(text)) - MADE_BY_READERS:
        roots = (
            ROOT,
            ROOT / "flowlocal",
            ROOT / "flowlocal/sources",
            ROOT / "flowlocal/language",
            ROOT / "docs/development",
            ROOT / "native",
        )
        assert any(next(root.glob(name.rstrip("/")), None) for root in roots), name
