"""``flowlocal fields`` as a user runs it."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from tests import in_process

SAMPLES = Path(__file__).parent.parent.parent / "sample_logs"
LINE = (
    "2 123456789010 eni-1235b8ca123456789 172.31.16.139 172.31.16.21 20641 22 6 20 4249 1418530010 1418530070 ACCEPT OK"
)


def run(*arguments: object, stdin: str = "") -> subprocess.CompletedProcess[str]:
    """Run ``flowlocal fields``."""
    return in_process.flowlocal("fields", *arguments, stdin=stdin)


@pytest.mark.parametrize(("shape", "files"), [("s3", 12), ("cloudwatch-export", 15), ("lines", 1)])
def test_samples(shape: str, files: int) -> None:
    """The three shapes of the sample logs hold the same."""
    found = json.loads(run(SAMPLES / shape, "-o", "json").stdout)
    assert len(found["files"]) == files
    assert (found["events"], found["records"], found["odd_count"]) == (2751, 2751, 0)
    assert (found["first"], found["last"]) == ("2026-05-01T00:00:00.000Z", "2026-05-01T23:53:22.000Z")
    assert (len(found["interfaces"]), len(found["accounts"])) == (15, 2)
    coverage = {field["name"]: field["coverage"] for field in found["fields"]}
    assert coverage["logStatus"] == 1.0
    assert coverage["dstPort"] == pytest.approx(2598 / 2751)


def test_table() -> None:
    """People are shown how many files there are, then fields, interfaces and accounts."""
    done = run(SAMPLES / "article" / "flow.log")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("1 file (records), plain, 1 event\n1 flow log record, 115 B; log group flowlocal\n")
    titles = {"fields", "network interfaces", "accounts", "files"}
    assert [line for line in done.stdout.splitlines() if line in titles] == ["fields", "network interfaces", "accounts"]
    assert "\n123456789010       1\n" in done.stdout


def test_files_are_summed_up() -> None:
    """Files of the same format are one line; --files lists each."""
    done = run(SAMPLES / "s3", SAMPLES / "cloudwatch-export")
    assert done.stdout.splitlines()[:4] == [
        "12 S3 deliveries, gzip, 2,751 events",
        "15 files (export task or short tail), gzip, 2,751 events",
        "5,502 flow log records, 670.4 kB; log group flowlocal",
        "from 2026-05-01 00:00:00 to 2026-05-01 23:53:22 UTC",
    ]
    assert done.stdout.count(".gz") == 0
    assert run(SAMPLES / "s3", SAMPLES / "cloudwatch-export", "--files").stdout.count(".gz") == 27


def test_long_lists_are_cut(tmp_path: Path) -> None:
    """Twenty interfaces are shown, and the others are counted."""
    (tmp_path / "flow.log").write_text("".join(LINE.replace("456789 ", f"4567{n:02} ") + "\n" for n in range(27)))
    assert "and 7 more; --format json has them all" in run(tmp_path / "flow.log").stdout


def test_odd_lines() -> None:
    """Odd lines are counted, and shown on standard error with file and line."""
    done = run(stdin=f"{LINE}\nwhat is this\n")
    assert done.returncode == 0
    assert "1 flow log record, 1 other line, " in done.stdout
    assert "-:2: " in done.stderr


def test_missing_path(tmp_path: Path) -> None:
    """A path that is not there is exit code 3."""
    done = run(tmp_path / "nowhere")
    assert (done.returncode, done.stdout) == (3, "")
    assert "nowhere" in done.stderr
