"""Compile the native reader when a wheel is built or an editable installation is made.

The compiler is what the environment variable CC names, else the one of the ``ziglang`` package, which is then a build
requirement: it needs no system compiler or headers, and builds for every platform. FLOWLOCAL_TARGET names another
platform to build for, by its wheel tag (see TARGETS).
"""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
import sysconfig
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

LIBRARIES = {"win32": "flowlocal.dll", "darwin": "libflowlocal.dylib", "linux": "libflowlocal.so"}
TARGETS = {
    "manylinux_2_17_x86_64.manylinux2014_x86_64": ("x86_64-linux-gnu.2.17", "linux"),
    "manylinux_2_17_aarch64.manylinux2014_aarch64": ("aarch64-linux-gnu.2.17", "linux"),
    "musllinux_1_2_x86_64": ("x86_64-linux-musl", "linux"),
    "musllinux_1_2_aarch64": ("aarch64-linux-musl", "linux"),
    "macosx_11_0_x86_64": ("x86_64-macos.11.0", "darwin"),
    "macosx_11_0_arm64": ("aarch64-macos.11.0", "darwin"),
    "win_amd64": ("x86_64-windows-gnu", "win32"),
}
"""Wheel tags: the compiler's target and the operating system."""
FLAGS = (
    *("-O3", "-std=c11", "-Wall", "-Wextra", "-Werror"),
    *("-fPIC", "-shared", "-fvisibility=hidden", "-fno-sanitize=undefined", "-s"),
)


class NativeReader(BuildHookInterface):  # type: ignore[type-arg]
    """The build hook of hatchling."""

    def dependencies(self) -> list[str]:
        """Return the build requirements: a compiler unless CC names one."""
        return [] if self.target_name != "wheel" or os.environ.get("CC") else ["ziglang>=0.13"]

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Compile the library into the package, and give the wheel its platform's tag."""
        if self.target_name != "wheel":
            return
        tag = os.environ.get("FLOWLOCAL_TARGET") or sysconfig.get_platform().replace("-", "_").replace(".", "_")
        target, system = TARGETS.get(tag, ("", sys.platform))
        root = Path(self.root)
        name = LIBRARIES.get(system, LIBRARIES["linux"])
        build_data["pure_python"] = False
        build_data["tag"] = f"py3-none-{tag}"
        if version == "editable":
            compile_library(root / "native", root / "flowlocal" / "native" / name)
            return
        self._folder = TemporaryDirectory()
        for page in sorted((root / "docs" / "man").glob("*.1")):  # not in the context of the Containerfile
            build_data["shared_data"][str(page)] = f"share/man/man1/{page.name}"
        output = Path(self._folder.name) / name
        compile_library(root / "native", output, target)
        build_data["force_include"][str(output)] = f"flowlocal/native/{name}"

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:
        """Remove what was compiled for a wheel."""
        if hasattr(self, "_folder"):
            self._folder.cleanup()


def compile_library(sources: Path, output: Path, target: str = "", compiler: str = os.environ.get("CC", "")) -> None:
    """Compile all C files of a folder to a shared library.

    Raises:
        RuntimeError: the compiler cannot be run or refuses the sources; its own words are in the message.
    """
    command = shlex.split(compiler) if compiler else [sys.executable, "-m", "ziglang", "cc"]
    if not compiler:  # Zig compiles for the processor that it runs on unless it is told otherwise
        command += ["-target", target] if target else ["-mcpu=baseline"]
    command += [*FLAGS, "-o", str(output), *map(str, sorted(sources.glob("*.c")))]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - the builder's choice
    except OSError as error:
        raise RuntimeError(f"cannot run the C compiler {command[0]}: {error.strerror}") from None
    if done.returncode:
        raise RuntimeError(f"the native reader does not compile: {shlex.join(command)}\n{done.stderr[-4000:]}")
