"""The C files as tests compile them: most of them once, those that depend on the processor for each variant."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Sequence
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
SOURCES = sorted((ROOT / "native").glob("*.c"))
COMPILER = os.environ.get("CC") or shutil.which("cc")
VARIANTS = ("FL_AVX2", "FL_SSE2", "FL_SCALAR")
"""What is defined to compile for a processor with no more than that; else it is asked what it has."""
_DEPENDS = re.compile(rf"\b(FL_X86|{'|'.join(VARIANTS)})\b")


class Objects:
    """Compiled files in a folder.

    Args:
        folder: an empty folder.
        options: what the compiler is told of all files.
    """

    def __init__(self, folder: Path, options: Sequence[str]) -> None:
        self._folder, self._options = folder, ["-std=c11", *options]
        self._compiled = cache(self._compile)

    def link(self, name: str, variant: str = "", sources: Sequence[Path] = (), options: Sequence[str] = ()) -> Path:
        """Return a program or a library of all files.

        Args:
            name: its name.
            variant: what is defined.
            sources: further files.
            options: of the linker.
        """
        path = self._folder / f"{variant}{name}"
        objects = [self._compiled(each, variant if _depends(each) else "") for each in (*SOURCES, *sources)]
        self._run([*options, "-o", str(path), *map(str, objects)])
        return path

    def _compile(self, source: Path, variant: str) -> Path:
        path = self._folder / f"{variant}{source.stem}.o"
        self._run(["-c", *([f"-D{variant}"] if variant else []), "-o", str(path), str(source)])
        return path

    def _run(self, arguments: Sequence[str]) -> None:
        assert COMPILER is not None
        subprocess.run([COMPILER, *self._options, *arguments], check=True, timeout=120)


def _depends(source: Path) -> bool:
    return _DEPENDS.search(source.read_text(encoding="utf-8")) is not None
