"""Write Homebrew's formula and conda's recipe from the metadata and a source distribution.

python -m tools.recipes dist/flowlocal-0.2.0.tar.gz dist
"""

from __future__ import annotations

import json
import re
import sys
import tomllib
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from packaging.requirements import Requirement

ROOT = Path(__file__).parent.parent
REPOSITORY = "https://github.com/flowlocal/flowlocal"
_PYTHON = "3.13"
"""Of the formula."""
_CONDA_NAMES = {"isal": "python-isal"}
"""Packages of conda-forge whose names differ."""
_QUESTION, _ANSWER = "stats count(*) as n by dstPort", '{"dstPort": "22", "n": "1"}'
_RECORD = "2 123456789010 eni-1 172.31.16.139 172.31.16.21 20641 22 6 20 4249 1418530010 1418530070 ACCEPT OK"
"""What both try after an installation."""


@dataclass(frozen=True)
class Release:
    """What the recipes are made from.

    Attributes:
        project: the table of that name in `pyproject.toml`.
        url: where the source distribution will be.
        checksum: its SHA-256.
    """

    project: dict[str, Any]
    url: str
    checksum: str

    @property
    def summary(self) -> str:
        """The description without its full stop."""
        return str(self.project["description"]).rstrip(".")


def release(archive: Path) -> Release:
    """Return the release of a source distribution; it is attached to the release on GitHub."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    url = f"{REPOSITORY}/releases/download/v{project['version']}/{archive.name}"
    return Release(project, url, sha256(archive.read_bytes()).hexdigest())


def formula(of: Release) -> str:
    """Return Homebrew's formula, for a tap: dependencies are installed from their wheels."""
    title = of.summary.partition(":")[0]
    return f"""\
# Made by `python -m tools.recipes`.
class Flowlocal < Formula
  desc "{title}"
  homepage "{of.project["urls"]["Documentation"]}"
  url "{of.url}"
  sha256 "{of.checksum}"
  license "{of.project["license"]}"

  depends_on "python@{_PYTHON}"

  def install
    system "python{_PYTHON}", "-m", "venv", libexec
    system libexec/"bin/pip", "install", "--prefer-binary", buildpath
    bin.install_symlink libexec/"bin/flowlocal"
    man1.install Dir["docs/man/*.1"]
    generate_completions_from_executable(bin/"flowlocal", "completion")
  end

  test do
    (testpath/"flow.log").write <<~LOG
      {_RECORD}
    LOG
    answer = shell_output("#{{bin}}/flowlocal query '{_QUESTION}' flow.log")
    assert_equal '{_ANSWER}', answer.strip
  end
end
"""


def recipe(of: Release) -> str:
    """Return conda's recipe in the format of rattler-build."""
    python = of.project["requires-python"]
    lines = [_conda(Requirement(each)) for each in of.project["dependencies"]]
    return f"""\
# Made by `python -m tools.recipes`.
schema_version: 1

package:
  name: flowlocal
  version: "{of.project["version"]}"

source:
  url: {of.url}
  sha256: {of.checksum}

build:
  number: 0
  python:
    entry_points:
      - flowlocal = {of.project["scripts"]["flowlocal"]}
  script: ${{{{ PYTHON }}}} -m pip install . --no-deps --no-build-isolation -vv

requirements:
  build:
    - ${{{{ stdlib("c") }}}}
    - ${{{{ compiler("c") }}}}
  host:
    - python {python}
    - pip
    - hatchling
  run:
    - python {python}
{chr(10).join(f"    - {line}" for line in lines)}

tests:
  - python:
      imports: [flowlocal]
      pip_check: true
  - script:
      - flowlocal --version

about:
  homepage: {of.project["urls"]["Homepage"]}
  documentation: {of.project["urls"]["Documentation"]}
  repository: {REPOSITORY}
  license: {of.project["license"]}
  license_file: LICENSE
  summary: {json.dumps(of.summary)}

extra:
  recipe-maintainers:
    - flowlocal
"""


def _conda(requirement: Requirement) -> str:
    """Return a requirement for conda; one with a marker of a platform is for all, since conda-forge has it for all."""
    written = f"{_CONDA_NAMES.get(requirement.name, requirement.name)} {requirement.specifier}".strip()
    versions = re.fullmatch(r'python_version (\S+) "([0-9.]+)"', str(requirement.marker))
    return f'if: match(python, "{versions[1]}{versions[2]}")\n      then: {written}' if versions else written


def main(archive: Path, folder: Path) -> None:
    """Write both files into a folder."""
    found = release(archive)
    (folder / "flowlocal.rb").write_text(formula(found), encoding="utf-8")
    (folder / "recipe.yaml").write_text(recipe(found), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
