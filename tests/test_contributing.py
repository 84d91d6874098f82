"""The pages for contributors name what exists."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from tests.test_layers import PACKAGE

ROOT = Path(__file__).parent.parent
PAGES = [ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs/development").glob("*.md"))]
NAMED = re.compile(r"`([a-zA-Z_./*-]+(?:\.(?:py|c|h|toml|txt|md)|/))`")
MADE_BY_READERS = {
    "flowlocal/commands/NAME.py",
    "tests/cases/commands/NAME.insights.toml",
    "flowlocal/functions/FAMILY.py",
}


SYMBOL = re.compile(r"`([a-z_/*]+\.py): ([A-Za-z_.]+)`")
USES = re.compile(r"uses: *(\S+)")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_files_exist(page: Path) -> None:
    """Every file and folder that a page names is there, relative to the checkout, the package, or its sources."""
    text = re.sub(r"(?m)^New file `.*`:$", "", page.read_text(encoding="utf-8"))
    for name in set(NAMED.findall(text)) - MADE_BY_READERS:
        roots = (
            ROOT,
            PACKAGE,
            PACKAGE / "sources",
            PACKAGE / "language",
            ROOT / "docs/development",
            ROOT / "native",
        )
        assert any(next(root.glob(name.rstrip("/")), None) for root in roots), name


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_symbols_exist(page: Path) -> None:
    """What a page names in a file (``engine.py: QueryPlan.run``) is defined there."""
    for file, name in SYMBOL.findall(page.read_text(encoding="utf-8")):
        text = "".join(path.read_text(encoding="utf-8") for path in PACKAGE.glob(file))
        for part in name.split("."):
            assert re.search(rf"(def|class) {part}\b", text), f"{file}: {name}"


def test_workflows() -> None:
    """Workflows are valid YAML, and every action is pinned by the hash of its commit."""
    for path in [ROOT / "action.yml", *(ROOT / ".github/workflows").glob("*.yml")]:
        text = path.read_text(encoding="utf-8")
        assert isinstance(yaml.safe_load(text), dict)
        for action in USES.findall(text):
            assert action.startswith("./") or re.fullmatch(r"[\w./-]+@[0-9a-f]{40}", action), f"{path.name}: {action}"
