"""The summary of paths: input formats, layouts, fields, time span, interfaces, accounts, unparsed lines."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest

from flowlocal.sources.inspect import inspect_paths
from flowlocal.values.kinds import FieldKind
from tests.sources.conftest import ACCEPTED, HEADER, NO_DATA, REJECTED


def test_inspection(write: Callable[..., Path], tmp_path: Path) -> None:
    """Everything about two files of different shape."""
    write("1.log", [HEADER, ACCEPTED, NO_DATA, "odd"])
    write("2.json.gz", '{"events": [{"timestamp": 1, "message": "' + REJECTED.replace("8ca", "8cb") + '"}]}')
    found = inspect_paths([tmp_path])
    assert [(Path(f.path).name, f.shape, f.container, f.events, f.records) for f in found.files] == [
        ("1.log", "S3 delivery", "plain", 3, 2),
        ("2.json.gz", "JSON", "gzip", 1, 1),
    ]
    assert found.files[0].layouts == (tuple(HEADER.split()),)
    assert found.files[0].last == datetime(2015, 5, 10, 18, 1, 16)
    assert (found.events, found.records, found.odd_count) == (4, 3, 1)
    fields = {field.name: field for field in found.fields}
    assert (fields["dstPort"].filled, fields["dstPort"].coverage, fields["dstPort"].spelling) == (2, 0.5, "dstport")
    assert (fields["action"].filled, fields["action"].kind) == (2, FieldKind.TEXT)
    assert fields["@message"].coverage == 1.0
    assert found.interfaces == {"eni-1235b8ca": 2, "eni-1235b8cb": 1}
    assert found.accounts == {"123456789010": 3}
    assert found.odd_lines[0].line == 4
    assert found.first == datetime(1970, 1, 1, 0, 0, 0, 1000)


@pytest.mark.parametrize("content", ["", "a b\n"])
def test_little_in_it(content: str, write: Callable[..., Path]) -> None:
    """Empty files and files without records can be looked at, too."""
    found = inspect_paths([write("x.log", content)])
    assert (found.events, found.records, found.first) == (content.count("\n"), 0, None)
