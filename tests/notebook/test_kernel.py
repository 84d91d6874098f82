"""A notebook that is executed in a kernel of Jupyter, and the page that is made of it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("ipykernel")
nbformat = pytest.importorskip("nbformat")
nbclient = pytest.importorskip("nbclient")
nbconvert = pytest.importorskip("nbconvert")

SAMPLES = Path(__file__).parents[2] / "sample_logs" / "s3"
CELLS = {
    "load": f"%load_ext flowlocal\n%insights {SAMPLES}",
    "magic": "%%insights --as totals\nstats count(*) as n by action | sort n",
    "malformed magic": "%%insights\nstats cuont(*)",
    "library": f"import flowlocal; logs = flowlocal.scan({str(SAMPLES)!r}); logs.query('limit 3')",
    "logs": "logs",
    "plain": "print(totals)",
    "malformed": "logs.query('stats cuont(*)')",
    "unreadable": "flowlocal.scan('nowhere.log')",
    "rows": "[row['n'] for row in totals], totals[0]['action'], len(totals[:2])",
}
RULE = re.compile(r"([^{}]+)\{([^{}]*)\}")
ELEMENT = re.compile(r"(?:^|[\s>])([a-z]+)")
CELL = re.compile(r"\b(?:table|tr|th|td)(?::[\w-]+(?:\([^)]*\))?)?$")


@pytest.fixture(scope="module")
def notebook(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Return the executed notebook."""
    with pytest.MonkeyPatch.context() as patch:
        for name in ("IPYTHONDIR", "JUPYTER_RUNTIME_DIR", "JUPYTER_CONFIG_DIR"):
            patch.setenv(name, str(tmp_path_factory.mktemp("jupyter")))
        book = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(text) for text in CELLS.values()])
        nbclient.NotebookClient(book, timeout=300, kernel_name="python3", allow_errors=True).execute()
    return book


@pytest.fixture(scope="module")
def outputs(notebook: Any) -> dict[str, Any]:
    """Return the last output of each cell, by the cell's name."""
    return {name: (cell.outputs or [{}])[-1] for name, cell in zip(CELLS, notebook.cells, strict=True)}


def test_results_are_tables(outputs: dict[str, Any]) -> None:
    """Results of the magic and of the library are HTML tables, and text where HTML is not shown."""
    for name in ("magic", "library"):
        assert "<table>" in outputs[name].data["text/html"]
        assert "2,751 of 2,751 records matched" in outputs[name].data["text/plain"]
    assert "-        153\n" in outputs["plain"].text
    assert outputs["logs"].data["text/plain"] == "Logs(12 files (12 S3 delivery), 19 fields, log group flowlocal)"
    assert outputs["rows"].data["text/plain"] == "(['153', '373', '2225'], '-', 2)"


def test_errors_are_short(outputs: dict[str, Any]) -> None:
    """An error of the library is a message with the line of the query and a caret, not a traceback."""
    shown = outputs["malformed"].traceback
    assert len(shown) == 5
    assert [line.strip() for line in shown[2:4]] == ["1 | stats cuont(*)", "|       ^^^^^"]
    assert outputs["unreadable"].traceback[0] == "unreadable input: no such file or directory"
    assert "^^^^^" in outputs["malformed magic"].text


def specificity(selector: str) -> tuple[int, int, int]:
    """Return the weight of a CSS selector: its ids, classes (with pseudo-classes and attributes), and elements."""
    plain = re.sub(r":not\(([^)]*)\)", r"\1", selector)
    return plain.count("#"), len(re.findall(r"[.\[]|(?<!:):(?!:)", plain)), len(ELEMENT.findall(plain))


def rules(css: str, owner: str) -> list[tuple[str, str]]:
    """Return selector and declarations of the rules for tables, rows and cells within a class."""
    bare = re.sub(r"/\*.*?\*/", "", css, flags=re.DOTALL)
    found = [(each.strip(), body) for heads, body in RULE.findall(bare) for each in heads.split(",")]
    return [(head, body) for head, body in found if owner in head and CELL.search(head)]


def test_our_style_outweighs_that_of_jupyter(notebook: Any) -> None:
    """Every rule of JupyterLab's for tables weighs less than ours, so that text is left and values do not break."""
    page, _ = nbconvert.HTMLExporter(template_name="lab").from_notebook_node(notebook)
    theirs = [
        specificity(head) for head, body in rules(page, ".jp-RenderedHTML") if "text-align" in body or "white" in body
    ]
    ours = rules(page, ".flowlocal")
    assert theirs
    assert max(theirs) < min(specificity(head) for head, _ in ours)
    cells = "".join(body for head, body in ours if head.endswith(" td"))
    assert {"text-align:left", "white-space:pre"} <= set(cells.replace("\n", "").split(";"))
