"""Outcomes of cases for people, for JUnit readers and for GitHub."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from xml.etree import ElementTree

from flowlocal.ansi import one_line, painter, visible
from flowlocal.github import annotation, inert
from flowlocal.testing.case import WrongCase
from flowlocal.testing.difference import render
from flowlocal.testing.run import CaseStatus, Outcome

_RED, _GREEN = "1;31", "1;32"


def place(outcome: Outcome) -> str:
    """Return the file and line of a case."""
    return f"{one_line(str(outcome.case.path))}:{outcome.case.line}"


def headline(outcome: Outcome) -> str:
    """Return the place and the title of a case on one line."""
    return f"{place(outcome)}: {one_line(outcome.case.title)}"


def explained(outcome: Outcome, *, color: bool = False) -> list[str]:
    """Return lines on what is wrong with a case, harmless to terminals and CI systems; none if nothing is wrong."""
    if outcome.status is CaseStatus.PASSED:
        return []
    told = [one_line(text) for text in (outcome.message, *outcome.details)]
    return [inert(line) for line in (*told, *render(outcome.differences, color=color))]


def lines(outcomes: Sequence[Outcome], wrong: Sequence[WrongCase], *, color: bool) -> Iterator[str]:
    """Yield what went wrong, one case after the other."""
    paint = painter(color)
    for error in wrong:
        where = f"{error.path}:{error.line}" if error.line else str(error.path)
        yield f"{paint('wrong case', _RED)} {inert(one_line(f'{where}: {error}'))}"
    for outcome in outcomes:
        if outcome.status is not CaseStatus.PASSED:
            yield f"{paint('failed', _RED)} {inert(headline(outcome))}"
            yield from (f"  {line}" for line in explained(outcome, color=color))


def summary(outcomes: Sequence[Outcome], wrong: Sequence[WrongCase], recorded: int, *, color: bool) -> str:
    """One line on all cases: ``3 cases: 2 passed, 1 recorded in 0.15 s; look at the change before you commit it``."""
    failed = sum(outcome.status is not CaseStatus.PASSED for outcome in outcomes)
    counts = {
        "passed": len(outcomes) - failed - recorded,
        "failed": failed,
        "wrong": len(wrong),
        "recorded": recorded,
    }
    parts = ", ".join(f"{count:,} {word}" for word, count in counts.items() if count)
    seconds = sum(outcome.seconds for outcome in outcomes)
    total = len(outcomes) + len(wrong)
    cases = "1 case" if total == 1 else f"{total:,} cases"
    painted = painter(color)(f"{cases}: {parts or 'nothing to run'}", _RED if failed or wrong else _GREEN)
    return f"{painted} in {seconds:.2f} s" + ("; look at the change before you commit it" if recorded else "")


def github(outcomes: Sequence[Outcome], wrong: Sequence[WrongCase]) -> Iterator[str]:
    """Yield an annotation for each case that went wrong."""
    for error in wrong:
        yield annotation("error", str(error), title="flowlocal test: wrong case", file=str(error.path), line=error.line)
    for outcome in outcomes:
        if outcome.status is not CaseStatus.PASSED:
            text, title = "\n".join(explained(outcome)), f"flowlocal test: {outcome.case.title}"
            yield annotation("error", text, title=title, file=str(outcome.case.path), line=outcome.case.line)


def junit(outcomes: Sequence[Outcome], wrong: Sequence[WrongCase]) -> str:
    """All cases as JUnit's XML: a suite for each file."""
    root = ElementTree.Element("testsuites", name="flowlocal test")
    suites: dict[str, ElementTree.Element] = {}
    for error in wrong:
        suite = _suite(root, suites, str(error.path))
        _problem(_test(suite, str(error.path), str(error.path), 0.0), "error", str(error), str(error))
    for outcome in outcomes:
        path = str(outcome.case.path)
        test = _test(_suite(root, suites, path), path, outcome.case.title, outcome.seconds)
        if outcome.status is not CaseStatus.PASSED:
            kind = "failure" if outcome.status is CaseStatus.FAILED else "error"
            _problem(test, kind, outcome.message, "\n".join(explained(outcome)))
    for suite in suites.values():
        _count(suite)
    ElementTree.indent(root)
    return ElementTree.tostring(root, encoding="unicode", xml_declaration=True) + "\n"


def _suite(root: ElementTree.Element, suites: dict[str, ElementTree.Element], path: str) -> ElementTree.Element:
    if path not in suites:
        suites[path] = ElementTree.SubElement(root, "testsuite", name=_xml(path))
    return suites[path]


def _test(suite: ElementTree.Element, path: str, title: str, seconds: float) -> ElementTree.Element:
    where = path.removesuffix(".toml").removesuffix(".insights").replace("/", ".").strip(".")
    return ElementTree.SubElement(
        suite, "testcase", classname=_xml(where), name=_xml(title), file=_xml(path), time=f"{seconds:.3f}"
    )


def _problem(test: ElementTree.Element, kind: str, message: str, text: str) -> None:
    ElementTree.SubElement(test, kind, message=_xml(message), type=kind).text = _xml(text)


def _count(suite: ElementTree.Element) -> None:
    suite.set("tests", str(len(suite)))
    suite.set("failures", str(len(suite.findall("testcase/failure"))))
    suite.set("errors", str(len(suite.findall("testcase/error"))))
    suite.set("skipped", "0")
    suite.set("time", f"{sum(float(test.get('time', '0')) for test in suite):.3f}")


def _xml(text: str) -> str:
    """Return the text without workflow commands, control characters, and whatever else XML cannot hold."""
    return inert(visible(text)).replace("\ufffe", "\ufffd").replace("\uffff", "\ufffd")
