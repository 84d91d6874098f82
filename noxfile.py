"""Sessions for development: ``nox -l`` lists them, ``nox -s tests`` runs one."""

from __future__ import annotations

import nox

nox.options.default_venv_backend = "uv|virtualenv"
nox.options.sessions = ["lint", "types", "tests"]
PYTHONS = ["3.11", "3.12", "3.13", "3.14"]
PYPROJECT = nox.project.load_toml("pyproject.toml")


def _install(session: nox.Session, *groups: str) -> None:
    """Install the checkout and groups of tools."""
    session.install("-e", ".", *nox.project.dependency_groups(PYPROJECT, *groups))


@nox.session
def lint(session: nox.Session) -> None:
    """Check style and format."""
    _install(session, "lint")
    session.run("ruff", "check", ".")
    session.run("ruff", "format", "--check", ".")


@nox.session
def types(session: nox.Session) -> None:
    """Check types."""
    _install(session, "dev")
    session.run("mypy")


@nox.session(python=PYTHONS)
def tests(session: nox.Session) -> None:
    """Run the tests, or those that the arguments name: ``nox -s tests-3.13 -- tests/language``."""
    _install(session, "test")
    session.run("pytest", *(session.posargs or ["-n", "2"]))


@nox.session
def docs(session: nox.Session) -> None:
    """Write the generated pages and the golden files anew, and build the site."""
    _install(session, "docs", "test")
    session.run("python", "-m", "tools.language_pages")
    session.run("pytest", "tests/golden", env={"FLOWLOCAL_UPDATE": "1"})
    session.run("mkdocs", "build", "--strict", env={"NO_MKDOCS_2_WARNING": "1"})


@nox.session
def fuzz(session: nox.Session) -> None:
    """Fuzz the native reader for ten minutes with each variant."""
    _install(session, "test")
    session.run("pytest", "tests/native/test_building.py", env={"FLOWLOCAL_FUZZ_SECONDS": "600"})


@nox.session
def benchmarks(session: nox.Session) -> None:
    """Measure against DuckDB, Polars by hand and others: ``nox -s benchmarks -- --size 100MB``."""
    _install(session, "test")
    session.install("flowlocal[bench]")
    session.run("python", "-m", "benchmarks.run", *session.posargs)
