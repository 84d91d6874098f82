"""The examples in docstrings run as shown, and every public part has one."""

from __future__ import annotations

import doctest
import importlib
import inspect
import re
import sys
import textwrap
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from types import FunctionType, ModuleType

import pytest
from IPython.core.interactiveshell import InteractiveShell

import flowlocal
import flowlocal.aws
import flowlocal.namespace
from flowlocal.display.picture import Picture
from flowlocal.testing import pytest_plugin
from tests.test_layers import PACKAGE, files, module

pytest_plugins = ["pytester"]

FLOW_LOG = """\
2 123456789010 eni-1 10.0.0.1 10.0.0.9 49152 22 6 20 4249 1777600000 1777600060 ACCEPT OK
2 123456789010 eni-1 10.0.0.2 10.0.0.9 49153 443 6 12 9000 1777600600 1777600660 ACCEPT OK
2 123456789010 eni-1 203.0.113.7 10.0.0.9 49154 3389 6 2 120 1777603600 1777603660 REJECT OK
"""
"""The file ``flow.log`` of the examples."""
TEST = re.compile(r"(?m)^::\n\n((?: {4}.*\n|\n)+)")
FIXTURES = ("insights", "insights_aws", "insights_endpoint")
PUBLIC = {
    **{f"flowlocal.{name}": getattr(flowlocal, name) for name in flowlocal.__all__ if name != "__version__"},
    **{f"flowlocal.aws.{name}": getattr(flowlocal.aws, name) for name in flowlocal.aws.__all__},
    "flowlocal.load_ipython_extension": flowlocal.load_ipython_extension,
    "flowlocal.namespace.Insights": flowlocal.namespace.Insights,
    "flowlocal.namespace.LazyInsights": flowlocal.namespace.LazyInsights,
    "flowlocal.namespace.logs_of": flowlocal.namespace.logs_of,
    "flowlocal.display.picture.Picture": Picture,
}
"""What users call, by name."""
SHOWN_BY_THE_CLASS = {"flowlocal.aws.MockInsights.start", "flowlocal.aws.MockInsights.stop"}
HOOKS = {"on_bytes", "on_times"}
"""Arguments of front ends that show progress."""


def members() -> Iterator[tuple[str, object]]:
    """Yield the public parts, and the public methods and properties of those that are classes; fields are neither."""
    for name, each in PUBLIC.items():
        yield name, each
        for member, value in vars(each).items() if inspect.isclass(each) else ():
            if not member.startswith("_") and isinstance(value, FunctionType | property | cached_property):
                yield f"{name}.{member}", value


def fixture_example(name: str) -> str:
    """Return the test that the docstring of a fixture shows."""
    found = TEST.search(inspect.cleandoc(getattr(pytest_plugin, name).__doc__) + "\n")
    assert found, f"{name} has no example"
    return textwrap.dedent(found[1])


@pytest.mark.parametrize(("name", "public"), [pytest.param(*each, id=each[0]) for each in members()])
def test_every_public_part_has_an_example(name: str, public: object) -> None:
    """A public class, function, method or property has an example, except if the example of its class shows it."""
    assert name in SHOWN_BY_THE_CLASS or ">>> " in (public.__doc__ or "")


@pytest.mark.parametrize(("name", "public"), [pytest.param(*each, id=each[0]) for each in members()])
def test_arguments_are_documented(name: str, public: object) -> None:
    """Every argument of a public function is described, and none is a hook of a front end."""
    if not isinstance(public, FunctionType) or name in SHOWN_BY_THE_CLASS:
        return
    for argument in inspect.signature(public).parameters.keys() - {"self"}:
        assert argument not in HOOKS
        assert re.search(rf"(?m)^ *\**{argument}: ", public.__doc__ or ""), f"{name} does not describe {argument}"


def with_examples() -> list[Path]:
    """Return the modules that have an example."""
    return [path for path in files() if ">>> " in path.read_text(encoding="utf-8")]


def found_examples(imported: ModuleType) -> Iterator[doctest.DocTest]:
    """Yield the examples of a module; doctest itself leaves those of cached properties out."""
    finder = doctest.DocTestFinder()
    yield from finder.find(imported)
    for each in vars(imported).values():
        if inspect.isclass(each) and each.__module__ == imported.__name__:
            for value in vars(each).values():
                if isinstance(value, cached_property):
                    yield from finder.find(value.func)


@pytest.mark.parametrize("path", with_examples(), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_examples_run(path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The examples of a module print what they show, in a folder with ``flow.log``."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path))
    monkeypatch.setitem(sys.modules, "__main__", sys.modules["__main__"])  # a shell of IPython puts its own there
    Path("flow.log").write_text(FLOW_LOG)
    said: list[str] = []
    runner = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS)
    for example in found_examples(importlib.import_module(module(path))):
        runner.run(example, out=said.append)
    InteractiveShell.clear_instance()
    assert not said, "".join(said)


@pytest.mark.parametrize("name", FIXTURES)
def test_examples_of_fixtures(name: str, pytester: pytest.Pytester) -> None:
    """The test that a fixture shows passes."""
    pytester.path.joinpath("flow.log").write_text(FLOW_LOG)
    pytester.makepyfile(fixture_example(name))
    pytester.runpytest("-p", "no:cacheprovider").assert_outcomes(passed=1)
