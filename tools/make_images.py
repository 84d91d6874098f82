"""Make the pictures of this documentation from the real thing: run flowlocal on a terminal, draw what it shows.

    python -m tools.make_images

Runs on systems with pseudo-terminals.
"""

from __future__ import annotations

import fcntl
import io
import os
import pty
import re
import shlex
import struct
import subprocess
import sys
import termios
from pathlib import Path

from rich.console import Console
from rich.terminal_theme import MONOKAI
from rich.text import Text

ROOT = Path(__file__).parent.parent
IMAGES = ROOT / "docs" / "images"
SCANNER = "filter srcAddr = '203.0.113.66' | stats count(*) as flows by action"
BY_HOUR = "stats count(*) as flows by bin(1h), action"
PICTURES = {
    "port-scan": [
        "flowlocal query -f sample_logs/queries/port-scan.insights sample_logs/s3",
        f'flowlocal query "{SCANNER}" sample_logs/s3',
        "flowlocal query -f sample_logs/queries/newest-rejects.insights sample_logs/s3 --limit 3",
    ],
    "chart": [
        f"flowlocal query '{BY_HOUR}' --chart area sample_logs/s3",
        "flowlocal query -f sample_logs/queries/rejected.insights --limit 8 --chart bar sample_logs/s3",
    ],
    "malformed": ["flowlocal query 'filter dstPort = 22 | stats cuont(*) by srcAddr' sample_logs/s3"],
}
COLUMNS = 104


def shown(command: str) -> str:
    """Return what a command shows on a terminal, with its colours."""
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 50, COLUMNS, 0, 0))
    arguments = [sys.executable, "-m", *shlex.split(command)]
    environment = {**os.environ, "TERM": "xterm-256color"}
    with subprocess.Popen(  # noqa: S603 - the commands are above
        arguments, cwd=ROOT, env=environment, stdin=slave, stdout=slave, stderr=slave
    ):
        os.close(slave)
        text = b""
        try:
            while piece := os.read(master, 65_536):
                text += piece
        except OSError:  # Linux: the last writer has left
            pass
    os.close(master)
    return text.decode().replace("\r\n", "\n").rstrip("\n")


def draw(commands: list[str], name: str) -> str:
    """Return the commands and what they show, as SVG."""
    console = Console(record=True, width=COLUMNS, file=io.StringIO(), force_terminal=True)
    for number, command in enumerate(commands):
        prompt = Text("\n$ " if number else "$ ", style="bold green")
        console.print(prompt.append(command, style="bold white"))
        console.print(Text.from_ansi(shown(command)))
    svg = console.export_svg(title="flowlocal", theme=MONOKAI, unique_id=name)
    return re.sub(r"\s*@font-face \{.*?\}", "", svg, flags=re.DOTALL)  # no fonts from elsewhere


def main() -> None:
    """Draw every picture."""
    IMAGES.mkdir(exist_ok=True)
    for name, commands in PICTURES.items():
        (IMAGES / f"{name}.svg").write_text(draw(commands, name), encoding="utf-8")
    shown(f"flowlocal query '{BY_HOUR}' --chart-file docs/images/flows-by-hour.svg sample_logs/s3")


if __name__ == "__main__":
    main()
