"""Manual pages, Homebrew's formula and conda's recipe: made from the metadata and the help, and checked by linters."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tools import man_pages
from tools.recipes import formula, recipe, release

ROOT = Path(__file__).parent.parent
MAN = ROOT / "docs" / man_pages.FOLDER
_VARIANTS = "python: ['3.11.*', '3.14.*']\nc_compiler: [gcc]\nc_stdlib: [sysroot]\n"


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a file in place of the source distribution."""
    path = tmp_path_factory.mktemp("dist") / "flowlocal-9.9.9.tar.gz"
    path.write_bytes(b"source")
    return path


def linted(*command: str | Path) -> str:
    """Return what a linter prints, with the exit code if it is not 0; skip the test if it is not installed."""
    if shutil.which(str(command[0])) is None:
        pytest.skip(f"{command[0]} is not installed")
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    return done.stdout + done.stderr + (f"exit code {done.returncode}" if done.returncode else "")


def test_committed_manual_pages() -> None:
    """The committed pages are those that the help makes, no more and no less."""
    assert {path.name: path.read_text(encoding="utf-8") for path in MAN.glob("*.1")} == man_pages.pages()


def test_manual_pages_are_well_formed() -> None:
    """Mandoc finds no error; a date would change pages that say the same."""
    said = linted("mandoc", "-Tlint", "-Wwarning", *sorted(MAN.glob("*.1")))
    assert [line for line in said.splitlines() if "missing date" not in line and "exit code 2" not in line] == []


def test_a_page_for_each_command() -> None:
    """Every page names its command and its options, and refers to pages that exist."""
    for path in MAN.glob("*.1"):
        text = path.read_text(encoding="utf-8").replace("\\-", "-")
        assert f".SH NAME\n{path.stem} - " in text
        assert "\n.B -h, --help\n" in text
        assert all((MAN / f"{name}.1").is_file() for name in re.findall(r"(?m)^\.BR (\S+) \(1\)", text))


def test_roff_of_hostile_text() -> None:
    """Text of the help is never read as a request or an escape of roff."""
    assert man_pages._text(".SH x\\fB\n'b -c") == "\\&.SH x\\efB\n\\&'b \\-c"


def test_formula(archive: Path, tmp_path: Path) -> None:
    """The formula is valid Ruby with the checksum of the archive, and RuboCop finds no fault in it."""
    path = tmp_path / "flowlocal.rb"
    path.write_text(formula(release(archive)), encoding="utf-8")
    assert "41cf6794ba4200b839c53531555f0f3998df4cbb01a4d5cb0b94e3ca5e23947d" in path.read_text(encoding="utf-8")
    assert re.search(r'desc "[A-Z][^"]{0,78}[^."]"', path.read_text(encoding="utf-8"))
    homebrew = "Layout/SpaceAroundOperators"  # `libexec/"bin"` is Homebrew's own style
    said = linted("rubocop", "--cache", "false", "--only", "Layout,Lint", "--except", homebrew, path)
    assert "no offenses detected" in said


@pytest.mark.parametrize(("python", "has_backport"), [("3.11", True), ("3.14", False)])
def test_recipe(archive: Path, python: str, has_backport: bool) -> None:
    """The recipe renders for every Python with the requirements of the metadata."""
    rattler = pytest.importorskip("rattler_build")
    found = rattler.Stage0Recipe.from_yaml(recipe(release(archive)))
    variants = rattler.VariantConfig.from_yaml(_VARIANTS.replace("'3.11.*', '3.14.*'", f"'{python}.*'"))
    rendered: Any = found.render(variants)[0].recipe.to_dict()
    run = [each if isinstance(each, str) else str(each) for each in rendered["requirements"]["run"]]
    assert "polars >=2.1" in run
    assert "python-isal >=1.7" in run
    assert ("backports.zstd >=1.0" in run) is has_backport
