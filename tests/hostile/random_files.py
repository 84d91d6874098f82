"""Random files of log lines in every container, for the comparison with plain Python in ``tests.hostile.model``.

A longer run, which prints how much it compared: ``python -m tests.hostile.random_files --minutes 10``; one case again:
``--seed N``.
"""

from __future__ import annotations

import argparse
import bz2
import gzip
import lzma
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random

import lz4.frame
import zstandard

from flowlocal.sources.records.catalog import DEFAULT, INTEGERS, KNOWN
from tests.hostile.test_archives import tarred, zipped

ODD_VALUES = ["-1", "65536", "1.5", "x", "22\0", "9" * 30, "\N{LATIN SMALL LETTER E WITH ACUTE}", '"22"', "0x16"]
ODD_LINES = [
    *(b"", b" ", b"\t", b"# a note", b"//", b'"', b"\0", b"\0\0\0", b"\xfd\xff", b"a\xc3", b"-", b"- -", b"x" * 5000),
    *(
        b"ACCEPT OK",
        b"2026-05-01T00:00:00.000Z",
        b"x{}",
        b"START of log",
        "\u2028\U0001f600".encode(),
        b",,,,",
        b"\x0b",
    ),
]
TEXTS = {
    "action": ["ACCEPT", "REJECT", "-"],
    "log-status": ["OK", "NODATA", "SKIPDATA"],
    "interface-id": ["eni-0123456789abcdef0", "eni-1"],
    "account-id": ["123456789010", "unknown", "-"],
    "type": ["IPv4", "IPv6", "-"],
    "resource-type": ["TransitGateway"],
}
NUMBERS = ["0", "22", "443", "-", "+5", "007", "200"]
ADDRESSES = ["10.0.0.1", "2001:db8::1", "-"]


@dataclass(frozen=True)
class File:
    """A file as it was made.

    Attributes:
        text: its text, before it was stored.
        layout: the fields of its records.
        timed: True if there is a time before each record.
    """

    text: bytes
    layout: tuple[str, ...]
    timed: bool


@dataclass(frozen=True)
class Case:
    """Files of one query.

    Attributes:
        stored: the files to write, by name.
        files: what is in them, by the path that reports name.
        log_format: the format that the user gives; None for files that need none.
        block: bytes of text that are read at a time; None for the usual number.
    """

    stored: dict[str, bytes]
    files: dict[str, File]
    log_format: str | None
    block: int | None


def case(seed: int) -> Case:
    """Return the case of a seed."""
    random = Random(seed)
    given = _layout(random) if random.random() < 0.3 else None
    stored: dict[str, bytes] = {}
    files: dict[str, File] = {}
    for number in range(random.choice([1, 1, 1, 2, 3])):
        name, data, inside = _container(random, f"{number}.log", given)
        stored[name] = data
        files |= inside
    log_format = None if given is None else " ".join(f"${{{name}}}" for name in given)
    return Case(stored, files, log_format, random.choice([None, None, 100, 2000, 30_000]))


def _layout(random: Random) -> tuple[str, ...]:
    """Return a custom layout that no layout without a header can be taken for: of another length than any of them."""
    asked = ["bytes", "dstport", "action"]
    names = asked + random.sample(sorted(KNOWN.difference(asked)), random.choice([2, 4, 5, 7, 9, 10, 13]))
    return tuple(random.sample(names, len(names)))


def _container(random: Random, name: str, given: tuple[str, ...] | None) -> tuple[str, bytes, dict[str, File]]:
    """Return a stored file: its name, its bytes, and the files of text that are in it."""
    if random.random() < 0.3:
        members = {f"{number}.txt": _file(random, given) for number in range(random.choice([1, 2, 3]))}
        pack, ending = random.choice([(zipped, ".zip"), (tarred, ".tar"), (_tar_gz, ".tar.gz")])
        packed = pack({member: file.text for member, file in members.items()})
        return name + ending, packed, {f"{name}{ending}/{member}": file for member, file in members.items()}
    file = _file(random, given)
    store = random.choice(STORES)
    if store in (_utf_16, _utf_16_gz):
        file = File(file.text.decode(errors="replace").encode(), file.layout, file.timed)
    return name, store(file.text, random), {name: file}


def _file(random: Random, given: tuple[str, ...] | None) -> File:
    """Return a text of records and odd lines, most of them records, in a form that can be found out."""
    kind = random.choice(["header", "given"] if given else ["header", "default", "timed"])
    layout = {"header": _layout(random), "given": given or ()}.get(kind, DEFAULT)
    header = " ".join(layout).encode()
    timed = kind == "timed"
    lines = [header] if kind == "header" else []
    count = random.choice([*([1, 2, 3, 5, 10, 30, 100] * 8), 2000])
    records = [_record(random, layout, timed) for _ in range(count)]
    odd = [_odd(random, layout, timed, header) for _ in range(random.randrange(count // 2 + 1))]
    body = [*records, *odd]
    random.shuffle(body)
    body = [b"# a note"] * random.choice([*([0] * 9), 3, 60, 1000]) + body
    if kind == "header" and not random.randrange(4):
        body.insert(random.randrange(len(body) + 1), header)
    ends = random.choice([[b"\n"], [b"\n"], [b"\r\n"], [b"\n", b"\r\n"]])
    text = b"".join(line + random.choice(ends) for line in [*lines, *body])
    return File(text if random.randrange(3) else text.rstrip(b"\r\n") or text, layout, timed)


def _record(random: Random, layout: Sequence[str], timed: bool) -> bytes:
    gap = random.choice([" ", " ", " ", "  ", "    "])
    values = gap.join(_value(random, name) for name in layout)
    before = f"2026-05-01T00:0{random.randrange(10)}:00.{random.randrange(1000):03}Z " if timed else ""
    return (before + values + random.choice(["", "", "", "", " "])).encode()


def _value(random: Random, name: str) -> str:
    if name in {"start", "end"}:
        return random.choice([str(1777600000 + random.randrange(5000)), "-", "1777600000123", "1777600000123456"])
    if name in INTEGERS:
        return random.choice(NUMBERS)
    if name.endswith("addr"):
        return random.choice(ADDRESSES)
    return random.choice(TEXTS.get(name, ["-", "a", "vpc-1", "x" * 40, "\N{GREEK SMALL LETTER LAMDA}"]))


def _odd(random: Random, layout: Sequence[str], timed: bool, header: bytes) -> bytes:
    """Return a line that is not a record: one that resembles a record, or something else."""
    record = _record(random, layout, timed)
    integer = next((position for position, name in enumerate(layout) if name in INTEGERS), 0) + timed
    values = record.decode().split()
    mutated = [*values[:integer], random.choice(ODD_VALUES), *values[integer + 1 :]]
    broken = bytearray(record)
    broken[random.randrange(len(broken))] = random.choice([0xFF, 0, 0x80, 0x20])
    return random.choice(
        [
            " ".join(mutated).encode(),
            " ".join(values[:-1]).encode(),
            record + b" 1",
            bytes(broken),
            random.choice(ODD_LINES),
            random.choice(ODD_LINES),
        ]
    )


def _parts(text: bytes, random: Random) -> list[bytes]:
    """Return a text cut at random places, which may be within a line."""
    cuts = sorted(random.randrange(len(text) + 1) for _ in range(random.choice([0, 0, 1, 3])))
    return [text[start:end] for start, end in zip([0, *cuts], [*cuts, len(text)], strict=True)]


def _each(compress: Callable[[bytes], bytes]) -> Callable[[bytes, Random], bytes]:
    """Return a container of several members, one after the other."""
    return lambda text, random: b"".join(map(compress, _parts(text, random)))


def _utf_16(text: bytes, random: Random) -> bytes:
    mark, name = random.choice([(b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be")])
    return mark + text.decode().encode(name)


def _utf_16_gz(text: bytes, random: Random) -> bytes:
    return gzip.compress(_utf_16(text, random))


def _tar_gz(files: dict[str, bytes]) -> bytes:
    return gzip.compress(tarred(files))


STORES: list[Callable[[bytes, Random], bytes]] = [
    lambda text, _: text,
    lambda text, _: b"\xef\xbb\xbf" + text,
    *map(_each, [gzip.compress, zstandard.compress, bz2.compress, lzma.compress, lz4.frame.compress]),
    lambda text, _: gzip.compress(gzip.compress(text)),
    _utf_16,
    _utf_16_gz,
]


def main() -> None:
    """Compare random cases until the time is over, and print how many there were."""
    from tests.hostile.model import Compared, compare  # noqa: PLC0415 - it imports this module

    parser = argparse.ArgumentParser(description="Compare random files with plain Python.")
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--seed", type=int, help="compare this case alone, in a folder that is kept")
    options = parser.parse_args()
    if options.seed is not None:
        folder = Path(tempfile.mkdtemp())
        print(folder)
        compare(case(options.seed), folder)
        return
    total, first, end = Compared(), time.time_ns(), time.monotonic() + 60 * options.minutes
    seed = first
    while time.monotonic() < end:
        with tempfile.TemporaryDirectory() as name:
            try:
                total += compare(case(seed), Path(name), everything=seed % 20 == 0)
            except BaseException:
                print(f"seed {seed}", file=sys.stderr)
                raise
        seed += 1
    print(f"{seed - first:,} cases: {total}")


if __name__ == "__main__":
    main()
