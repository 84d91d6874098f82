"""Notes that explain an empty or odd answer: code, message and fix, in the library and on standard error."""

from __future__ import annotations

import pickle
import sys
from pathlib import Path

import pytest

import flowlocal
from tests.cli.test_query import run
from tests.terminal import on_terminal

LOGS = Path(__file__).parents[1] / "sample_logs" / "s3"
NOTES = [
    ("filter action = REJECT", "FL502", "is read as the name of a field", 'write `"REJECT"`'),
    ('filter srcAddr = "10.0.0.0/8"', "FL204", "no value equals a range of addresses", "isIpv4InSubnet"),
    ('filter @timestamp > "2026-05-01 14:00"', "FL301", "a time cannot be compared with a text", "time range"),
    ('filter protocol = "TCP"', "FL601", "the number of the protocol", "write `6`"),
    ('filter @message like "%REJECT%"', "FL203", "it is not a pattern", "write the text alone"),
    ("stats count(*) as n by dstPort | limit 3 | sort n desc", "FL401", "cut off before they are sorted", "limit"),
    ("stats count(*) by dst_port", "FL703", "no field `dst_port` in these logs", "did you mean `dstPort`?"),
    ("stats sum(byte) by dstPort", "FL703", "no field `byte` in these logs", "did you mean `bytes`?"),
    ("stats sum(total-bytes)", "FL703", "no field `total` in these logs", "write `` `total-bytes` ``"),
    ("filter srcPort or dstPort = 22", "FL607", "`srcPort` is a value, not a condition", "write `srcPort = 22`"),
    ("filter dstPort = 22 or 3389 | limit 1", "FL607", "`3389` is a value", "write `dstPort = 3389`"),
    ("filter isPublicIP(srcAddr) | stats count(*)", "FL704", "no address here is public", "not isPrivateIP(srcAddr)"),
    ('filter instanceId = "i-1"', "FL703", "a field of version 3", "create the flow log"),
    ('# {{id}} = i-1\nfilter instanceId = "{{id}}"', "FL703", "a field of version 3", "create the flow log"),
]
CLEAN = [
    'filter action = "REJECT" | stats count(*) as n, sum(bytes) / 1024 as kb by srcAddr, bin(1h) as hour | sort n desc',
    "filter ispresent(instanceId) or dstPort = 22 | stats count(*)",
    "fields coalesce(instanceId, interfaceId) as place | stats count(*) by place",
    'parse @message "* * * *" as version, account, eni, source | stats count(*) by eni, source | limit 5',
    "fields srcaddr, tomillis(@timestamp) % 1000 as rest | limit 1",
]


@pytest.mark.parametrize(("query", "code", "message", "fix"), NOTES)
def test_notes(query: str, code: str, message: str, fix: str) -> None:
    """The result has the note, and the command says it on standard error, in a pipe and on a terminal."""
    note = next(note for note in flowlocal.query(query, LOGS).notes if note.code == code)
    assert message in note.message
    assert fix in note.fix
    done = run(query, LOGS)
    assert done.returncode == 0
    assert f"note: {note.on_command_line} ({code})" in done.stderr
    assert "note:" not in run(query, LOGS, "--quiet").stderr


@pytest.mark.parametrize(
    ("query", "start", "code"),
    [
        ("filter action = REJECT", None, "FL502"),
        ("limit 1", "2027-01-01", "FL702"),
        ("filter @timestamp > '2026-05-01'", None, "FL301"),
        ("filter nowhere = 1", None, "FL703"),
    ],
)
def test_advice_for_command_lines(query: str, start: str | None, code: str) -> None:
    """Quotes of a shell, and options, are named only where a query was written in a command line."""
    note = next(note for note in flowlocal.query(query, LOGS, start=start).notes if note.code == code)
    for word in ("shell", "--start", "flowlocal"):
        assert word not in str(note)
    assert note.on_command_line != str(note)


@pytest.mark.parametrize("query", CLEAN)
def test_no_notes(query: str) -> None:
    """What is meant as it is written is answered without a word."""
    assert flowlocal.query(query, LOGS).notes == ()
    assert run(query, LOGS).stderr == ""


def test_on_a_terminal() -> None:
    """There the notes come after the rows."""
    code, shown = on_terminal([sys.executable, "-m", "flowlocal", "query", NOTES[5][0], str(LOGS)], columns=200)
    assert code == 0
    assert "(FL401)" in shown.partition("443")[2]


def test_the_range_is_compared_with_the_logs() -> None:
    """Nothing lies in the range: the note says which time the logs span."""
    note = flowlocal.query("stats count(*)", LOGS, start="2027-01-01").notes[0]
    assert note.code == "FL702"
    assert "2026-05-01 00:00 to 2026-05-01 23:53" in note.message


def test_nothing_was_read(tmp_path: Path) -> None:
    """An empty folder, and one in which everything is skipped, are named with the reason."""
    assert flowlocal.query("stats count(*)", tmp_path).notes[0].code == "FL701"
    assert "there is no file under the paths" in str(flowlocal.query("stats count(*)", tmp_path).notes[0])
    (tmp_path / "b").mkdir()
    (tmp_path / "a").symlink_to(tmp_path / "b")
    assert "link to a folder" in str(flowlocal.query("stats count(*)", tmp_path).notes[0])


def test_notes_survive_pickling() -> None:
    """A result of another process explains itself, too."""
    result = pickle.loads(pickle.dumps(flowlocal.query(NOTES[0][0], LOGS)))
    assert result.notes[0].code == "FL502"
