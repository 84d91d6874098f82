"""``flowlocal rules`` on the command line."""

from __future__ import annotations

import csv
import json
from io import StringIO
from pathlib import Path

import hcl2
import pytest
import yaml

from tests.hostile.command import here
from tests.rules.estate import LOGS, NAMES

ASKED: list[str | Path] = ["rules", LOGS, "--names", NAMES]


def test_formats(tmp_path: Path) -> None:
    """Every format has the same proposals; the suffix of a file chooses one."""
    rows = json.loads(here(*ASKED, "-o", "json").out)
    assert next(csv.DictReader(StringIO(here(*ASKED, "-o", "csv").out)))["peer"] == rows[0]["peer"]
    assert "sg-04b5e57f6eb2f42b9" in here(*ASKED, "-o", "table").out
    assert here(*ASKED, "--output", tmp_path / "rules.tf").code == 0
    assert len(hcl2.loads((tmp_path / "rules.tf").read_text())["resource"]) == len(rows)
    assert here(*ASKED, "--output", tmp_path / "rules.yaml").code == 0
    assert len(yaml.safe_load((tmp_path / "rules.yaml").read_text())["Resources"]) == len(rows)
    assert hcl2.loads(here(*ASKED, "-o", "terraform").out)


def test_what_is_said() -> None:
    """The span, and that it proves nothing, is said with every answer, and in code as comments."""
    done = here(*ASKED, "-o", "terraform")
    for text in (done.err, done.out):
        assert "2026-05-04 00:00 to 2026-05-05 23:40 UTC" in text
        assert "no proof" in text
    assert "rejected traffic is no basis for rules (records: 151)" in done.err
    assert "no proof" in here(*ASKED, "--existing").err


def test_existing() -> None:
    """``--existing`` shows rules with their state; ``--start`` and ``--end`` bound what counts as seen."""
    rows = json.loads(here(*ASKED, "--existing", "-o", "json").out)
    states = {(row["name"], row["direction"], row["ports"]): row["state"] for row in rows}
    assert states["bastion", "ingress", "3389"] == "unused"
    assert states["alb", "ingress", "443"] == "used"
    short = json.loads(here(*ASKED, "--existing", "-o", "json", "--end", "2026-05-04T00:05:00Z").out)
    assert {row["state"] for row in short if row["name"] == "bastion"} <= {"unused", "unknown"}


def test_by_interface() -> None:
    """Interfaces have their own rules without names, or with ``--by interface``."""
    ids = {json.loads(line)["id"][:4] for line in here("rules", LOGS).out.splitlines()}
    assert ids == {"eni-"}
    ids = {json.loads(line)["id"][:4] for line in here(*ASKED, "--by", "interface").out.splitlines()}
    assert ids == {"eni-"}


def test_blocks() -> None:
    """``--blocks`` bounds the blocks of a port."""
    rows = json.loads(here(*ASKED, "--blocks", "40", "-o", "json").out)
    assert not [row for row in rows if row["peer"] == "0.0.0.0/0"]


REFUSED = [
    ([LOGS, "--existing"], "--existing needs --names with describe-network-interfaces"),
    ([LOGS, "--by", "group"], "--by group needs the groups of interfaces"),
    ([LOGS, "--names", NAMES, "--existing", "-o", "terraform"], "--existing shows rules, not code"),
    ([LOGS, "--start", "2026-05-05", "--end", "2026-05-04"], "--start is later than --end"),
]


@pytest.mark.parametrize(("arguments", "message"), REFUSED)
def test_refused(arguments: list[str | Path], message: str) -> None:
    """What cannot be answered is refused with what to write."""
    done = here("rules", *arguments)
    assert done.code == 2
    assert message in " ".join(done.err.split())


def test_other_logs(tmp_path: Path) -> None:
    """Logs that are no flow logs are refused, damaged names are named, and a missing path is."""
    (tmp_path / "other.json").write_text('{"message": "hello"}\n')
    done = here("rules", tmp_path / "other.json")
    assert (done.code, "rules need srcAddr" in done.err) == (2, True)
    (tmp_path / "names").mkdir()
    (tmp_path / "names" / "cut.json").write_text('{"NetworkInterfaces": [')
    done = here("rules", LOGS, "--names", tmp_path / "names")
    assert (done.code, "cut off" in done.err) == (3, True)
    assert here("rules", "nowhere").code == 3
