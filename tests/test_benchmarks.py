"""The benchmarks measure what they say: their files are flow logs, and every tool answers alike."""

from __future__ import annotations

from pathlib import Path

import pytest

import flowlocal
from benchmarks import generate, opened, race, tools
from flowlocal import importing

QUESTIONS = tools.questions()
LINES = 3_000


SHAPES = ["lines", "s3", "export", "parquet"]
RACES = [("lines", question) for question in QUESTIONS]
RACES += [(shape, QUESTIONS[number]) for shape in [*SHAPES[1:], "dataset"] for number in (0, 5)]
"""Every question over plain lines; one that counts and one that shows lines over the other shapes."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Small files of every shape, three of each."""
    folder = tmp_path_factory.mktemp("benchmarks")
    for shape in SHAPES:
        generate.write(folder / shape, LINES * generate.BYTES_A_LINE, files=3, shape=shape)
    importing.import_logs([folder / "lines"], folder / "dataset")
    return folder


@pytest.mark.parametrize("shape", SHAPES)
def test_files_are_flow_logs(folder: Path, shape: str) -> None:
    """Every line is a record, and the values are as skewed as promised."""
    result = flowlocal.query(
        "stats count(*) as lines, sum(action = 'REJECT') / count(*) as rejected, count_distinct(interfaceId) as enis",
        folder / shape,
    )
    row = result.rows[0]
    assert row["lines"] == str(LINES)
    assert 0.1 < float(row["rejected"]) < 0.14
    assert row["enis"] == "400"
    assert result.report.odd_count == 0


@pytest.mark.parametrize(("shape", "question"), RACES, ids=lambda part: getattr(part, "name", part))
def test_tools_answer_alike(
    folder: Path, shape: str, question: tools.Question, capsys: pytest.CaptureFixture[str]
) -> None:
    """Every tool that can answer a question answers as flowlocal does."""
    commands = race.able(question, tools.Files(folder / shape, shape), tools.available(list(tools.TOOLS)))
    assert tools.OURS in commands
    said = [line for line in capsys.readouterr().err.splitlines() if not line.endswith("is left out")]
    assert said == []


@pytest.mark.parametrize("shape", ["lines", "dataset"])
def test_asking_again(folder: Path, shape: str, capsys: pytest.CaptureFixture[str]) -> None:
    """All questions are asked of both sides in one process."""
    pytest.importorskip("duckdb")
    opened.main(str(folder / shape), shape, "2")
    assert [line.split("|")[1].strip() for line in capsys.readouterr().out.splitlines()[3:]] == [
        question.name for question in QUESTIONS
    ]


@pytest.mark.parametrize(("text", "size"), [("112KB", 112_000), ("100MB", 10**8), ("1g", 10**9), ("5", 5)])
def test_sizes(text: str, size: int) -> None:
    """Sizes are read as people write them."""
    assert generate.size(text) == size


def test_ratio_is_pair_by_pair() -> None:
    """The ratio is the median of the ratios of each round, not the ratio of the medians."""
    ours, theirs = race.Timing([1.0, 2.0, 30.0], [2.0, 2.0, 2.0]), race.Timing([1.0, 1.0, 10.0], [4.0, 4.0, 4.0])
    assert race.ratio(ours, theirs) == "2.00 / 0.50"


def test_questions_file_names_what_there_is() -> None:
    """Each question has its words in Insights, SQL and Polars, under a name of its own."""
    assert len({question.name for question in QUESTIONS}) == len(QUESTIONS)
    assert all(question.insights and question.sql and question.polars for question in QUESTIONS)
    assert Path(tools.HERE / "README.md").exists()
