"""How the library shows itself in plain Python."""

from __future__ import annotations

import copy
import subprocess
import sys
import weakref
from pathlib import Path

import polars as pl
import pyarrow as pa  # type: ignore[import-untyped]
import pytest
from rich.pretty import pretty_repr

import flowlocal
from flowlocal.importing import import_logs
from flowlocal.namespace import logs_of

SAMPLES = Path(__file__).parents[1] / "sample_logs" / "s3"


@pytest.fixture
def result() -> flowlocal.Result:
    """Return 25 rows, one of them with a missing cell."""
    frame = pl.DataFrame({"n": range(25), "name": [None, *(f"x{n}" for n in range(1, 25))]})
    return logs_of(frame).query("fields n, name")


def test_a_result_prints_its_first_rows(result: flowlocal.Result) -> None:
    """`repr` and `print` show the first rows, and how many there are."""
    lines = str(result).splitlines()
    assert lines[0].split() == ["n", "name"]
    assert [line.split()[0] for line in lines[2:-1]] == [str(n) for n in range(20)]
    assert lines[-1].startswith("25 rows, the first 20 of them shown; to_polars() has them all")
    assert repr(result) == str(result)


def test_a_result_is_a_sequence_of_rows(result: flowlocal.Result) -> None:
    """Indexes, slices, loops and `in` are those of `rows`."""
    assert result[0] == {"n": "0"}
    assert result[-1] == {"n": "24", "name": "x24"}
    assert result[1:3] == result.rows[1:3]
    assert list(result) == result.rows
    assert {"n": "3", "name": "x3"} in result
    with pytest.raises(IndexError):
        result[25]


def test_frames_of_other_libraries() -> None:
    """Arrow and pandas get the typed columns."""
    pytest.importorskip("pandas")
    answer = flowlocal.query("stats count(*) as n by bin(6h)", SAMPLES)
    assert answer.to_arrow().schema.field("n").type == pa.int64()
    assert answer.to_pandas().dtypes.astype(str).to_list() == ["datetime64[ms]", "int64"]


def test_logs_print_in_one_line(tmp_path: Path) -> None:
    """Opened logs say what they are: files by format, fields, log group."""
    assert repr(flowlocal.scan(SAMPLES, log_group="vpc")) == "Logs(12 files (12 S3 delivery), 19 fields, log group vpc)"
    both = flowlocal.scan({"a": SAMPLES, "b": SAMPLES})
    assert repr(both) == "Logs(24 files (24 S3 delivery), 19 fields, log group a, b)"
    assert repr(logs_of(pl.DataFrame({"n": [1]}))).startswith("Logs(1 file (1 Polars frame), 6 fields")
    assert repr(flowlocal.scan(tmp_path)) == "Logs(0 files, 5 fields, log group flowlocal)"


def test_rich_shows_what_repr_does() -> None:
    """Rich, which knows the fields of structs, shows logs and results as everyone else does."""
    logs = flowlocal.scan(SAMPLES)
    result = logs.query("stats count(*) as n by action")
    assert [pretty_repr(each) for each in (logs, result)] == [repr(logs), repr(result)]


def test_logs_and_results_are_values() -> None:
    """Logs and results cannot be changed, can be copied, and can be referred to weakly."""
    logs = flowlocal.scan(SAMPLES)
    result = logs.query("stats count(*) as n by action")
    for each, name in ((logs, "strict"), (result, "truncated"), (result, "nothing")):
        with pytest.raises(AttributeError):
            setattr(each, name, 1)
        assert weakref.ref(each)() is each
    assert copy.copy(logs) is logs
    assert copy.deepcopy(result).rows == copy.copy(result).rows == result.rows


def test_kinds_of_fields() -> None:
    """`fields` has the kind of each field."""
    fields = flowlocal.scan(SAMPLES).fields
    assert (fields["bytes"], fields["srcAddr"], fields["@timestamp"]) == ("integer", "text", "time")


def test_only_public_names_are_listed() -> None:
    """`dir` shows what users call, whatever was imported before; every name can be used."""
    code = (
        "import flowlocal, flowlocal.cli; print(*dir(flowlocal)); [getattr(flowlocal, name) for name in dir(flowlocal)]"
    )
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert {*flowlocal.__all__, "aws", "load_ipython_extension", "namespace", "spark"} == set(shown)


def test_names_with_nul(tmp_path: Path) -> None:
    """Names of Arrow have none: a replacement character takes its place, in JSON keys as soon as they are found."""
    (tmp_path / "app.log").write_text('{"a": 1, "k\\u0000x": 2}\n')
    result = flowlocal.query("fields `k\ufffdx`, a as `b\0c`", tmp_path / "app.log")
    assert result.rows == [{"k\ufffdx": "2", "b\0c": "1"}]
    assert result.to_arrow().column_names == ["k\ufffdx", "b\ufffdc"]
    assert [*result.to_pandas().columns] == ["k\ufffdx", "b\ufffdc"]
    done = import_logs([tmp_path / "app.log"], tmp_path / "dataset")
    assert done.events == 1
    assert flowlocal.query("fields `k\ufffdx`", tmp_path / "dataset").rows == [{"k\ufffdx": "2"}]
