"""A manifest is data from outside: whatever it contains, it leads to no other file and to no defect."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

import flowlocal
from flowlocal.cli._guard import run
from flowlocal.events import UnreadableInput
from flowlocal.importing import import_logs
from flowlocal.sources.files.paths import MANIFEST
from tests.hostile.command import RECORD
from tests.hostile.command import here as command

QUERY = "fields @timestamp, @message, srcAddr, bytes, action, @log, @ptr | sort @timestamp"
ODD: list[Any] = [None, True, -1, 2**70, 1e300, "", "x\ud800", "../x", [], [[]], [None], {}, {"a": 1}]


@pytest.fixture(scope="module")
def dataset(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a dataset of two files, one of them with an odd line."""
    folder = tmp_path_factory.mktemp("manifest")
    (folder / "a.log").write_text(f"{RECORD}\n" * 3)
    (folder / "b.log").write_text(f"{RECORD}\nodd\n")
    import_logs([folder / "a.log", folder / "b.log"], folder / "set")
    return folder / "set"


@pytest.fixture
def copied(dataset: Path, tmp_path: Path) -> Path:
    """Return a copy of the dataset."""
    return Path(shutil.copytree(dataset, tmp_path / "copied"))


def places(value: object, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Yield the paths of everything in a JSON value."""
    children = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, child in children:
        yield (*path, key)
        yield from places(child, (*path, key))


def changed(content: Any, path: tuple[Any, ...], value: object) -> Any:
    """Return the content with another value at a path."""
    whole = json.loads(json.dumps(content))
    inner = whole
    for key in path[:-1]:
        inner = inner[key]
    inner[path[-1]] = value
    return whole


def test_odd_values_anywhere(copied: Path) -> None:
    """Each value of a manifest is replaced by each odd one: the dataset is refused, or answers with all its events."""
    content = json.loads((copied / MANIFEST).read_text())
    tried = 0
    for path in places(content):
        for value in ODD:
            if (path, value) == (("parts",), []):  # an empty dataset
                continue
            (copied / MANIFEST).write_text(json.dumps(changed(content, path, value)))
            tried += 1
            with suppress(UnreadableInput):
                assert len(flowlocal.query(QUERY, copied)) == 5, (path, value)
    assert tried > 500


@pytest.mark.parametrize("text", ["[" * 100_000, '{"version": 1', "\ud800", '{"version": 1e999}', "1" * 5000])
def test_odd_texts(text: str, copied: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """A manifest that is not JSON, or not of this world, is refused by the command in a sentence."""
    (copied / MANIFEST).write_bytes(text.encode(errors="surrogatepass"))
    assert run(["query", QUERY, str(copied)]) == 3
    assert str(copied / MANIFEST) in capfd.readouterr().err


def _rename(dataset: Path, name: str) -> None:
    content = json.loads((dataset / MANIFEST).read_text())
    content["parts"][0] |= {"name": name, "stored": None}
    (dataset / MANIFEST).write_text(json.dumps(content))


@pytest.mark.parametrize("name", ["{other}", "../other/part-000000.parquet", "./part-000000.parquet", "a/../b", ".."])
def test_parts_elsewhere(name: str, copied: Path, dataset: Path) -> None:
    """A part is a file in the dataset's directory, and nothing of another file is shown."""
    _rename(copied, name.format(other=dataset / "part-000000.parquet"))
    with pytest.raises(UnreadableInput, match="not the name of a part"):
        flowlocal.query(QUERY, copied)


def _link(part: Path, dataset: Path) -> None:
    part.symlink_to(dataset / part.name)


def _pipe(part: Path, _dataset: Path) -> None:
    os.mkfifo(part)


def _folder(part: Path, _dataset: Path) -> None:
    part.mkdir()


def _nothing(_part: Path, _dataset: Path) -> None:
    pass


def _half(part: Path, dataset: Path) -> None:
    content = (dataset / part.name).read_bytes()
    part.write_bytes(content[: len(content) // 2])


def _damage(part: Path, dataset: Path) -> None:
    """Zeros in the pages, with the size and the footer as they were."""
    content = bytearray((dataset / part.name).read_bytes())
    content[8 : len(content) // 2] = bytes(len(content) // 2 - 8)
    part.write_bytes(content)


@pytest.mark.parametrize("make", [_link, _pipe, _folder, _nothing, _half, _damage])
def test_parts_of_another_kind(make: Any, copied: Path, dataset: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """A link that leads elsewhere, a pipe, a folder, and a part that is damaged are refused by name."""
    part = copied / "part-000000.parquet"
    part.unlink()
    make(part, dataset)
    assert run(["query", QUERY, str(copied)]) == 3
    output = capfd.readouterr()
    assert output.out == ""
    assert "part-000000.parquet" in output.err


def test_a_link_within_the_dataset(copied: Path) -> None:
    """A dataset that is itself reached by a link is read."""
    (copied.parent / "link").symlink_to(copied)
    assert len(flowlocal.query(QUERY, copied.parent / "link")) == 5


def test_names_that_are_not_text(tmp_path: Path) -> None:
    """Files whose names are not UTF-8 are imported, and named by pointers as they are."""
    name = os.fsencode(tmp_path) + b"/\xff.log"
    with open(name, "wb") as file:
        file.write(f"{RECORD}\n".encode())
    assert command("import", name, "-o", tmp_path / "set").code == 0
    assert command("import", name, "-o", tmp_path / "set").code == 0
    logs, imported = flowlocal.query(QUERY, os.fsdecode(name)), flowlocal.query(QUERY, tmp_path / "set")
    assert imported.pointers == logs.pointers


def _flip(content: bytes, at: float) -> bytes:
    flipped = bytearray(content)
    flipped[int(at * len(flipped))] ^= 255
    return bytes(flipped)


@pytest.mark.parametrize(
    "damage",
    [
        *(lambda content, at=tenth / 20: _flip(content, at) for tenth in range(20)),
        lambda content: content[:-1],
        lambda content: content[:100],
        lambda content: bytes(len(content)),
        lambda content: b"time,message\n" * (len(content) // 13 + 1),
        lambda content: b"",
    ],
)
def test_damaged_parts(damage: Any, copied: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """Whatever happens to the bytes of a part on the disk, no command answers from them, and each names the part."""
    part = copied / "part-000000.parquet"
    part.write_bytes(damage(part.read_bytes()))
    for line in (["query", "limit 1", str(copied)], ["query", QUERY, str(copied)], ["fields", str(copied)]):
        assert run(line) == 3
        output = capfd.readouterr()
        assert output.out == ""
        assert "part-000000.parquet" in output.err
        assert "panicked" not in output.err


def test_copied_parts(copied: Path) -> None:
    """A copy whose times are others is compared by its contents."""
    os.utime(copied / "part-000000.parquet", (1, 1))
    assert len(flowlocal.query(QUERY, copied)) == 5
