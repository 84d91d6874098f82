"""Make the pictures of this documentation from the real thing: run flowlocal on a terminal, draw what it shows.

    python -m tools.make_images

Runs on systems with pseudo-terminals; those of the console need Chromium.
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
from shutil import which
from typing import Literal

from playwright.sync_api import Page, sync_playwright
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
_SECONDS = re.compile(r" in [\d.]+ s\b")
"""How long a query took; it says more about the machine that draws."""


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
    return _SECONDS.sub("", text.decode()).replace("\r\n", "\n").rstrip("\n")


def draw(commands: list[str], name: str) -> str:
    """Return the commands and what they show, as SVG."""
    console = Console(record=True, width=COLUMNS, file=io.StringIO(), force_terminal=True)
    for number, command in enumerate(commands):
        prompt = Text("\n$ " if number else "$ ", style="bold green")
        console.print(prompt.append(command, style="bold white"))
        console.print(Text.from_ansi(shown(command)))
    svg = console.export_svg(title="flowlocal", theme=MONOKAI, unique_id=name)
    return re.sub(r"\s*@font-face \{.*?\}", "", svg, flags=re.DOTALL)  # no fonts from elsewhere


def photograph_console() -> None:
    """Take pictures of the console: a query with its values in light, a whole row in dark."""
    command = [sys.executable, "-m", "flowlocal", "console", "--no-browser", "--keep", "--port", "0", "sample_logs/s3"]
    with (
        subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as console,  # noqa: S603 - it is above
        sync_playwright() as driver,
    ):
        assert console.stdout is not None  # noqa: S101 - it is a pipe
        address = re.findall(r"http://\S+/", console.stdout.readline())[0]
        browser = driver.chromium.launch(executable_path=which("chromium"), args=["--no-sandbox"])
        scheme: Literal["light", "dark"]
        for scheme, take in (("light", _with_values), ("dark", _with_row)):
            page = browser.new_page(viewport={"width": 1280, "height": 800}, color_scheme=scheme)
            page.goto(address)
            page.wait_for_selector(".fl-field")
            take(page)
            page.wait_for_timeout(1000)  # until nothing moves
            page.screenshot(path=IMAGES / f"console-{scheme}.png")
        browser.close()
        console.terminate()


def _with_values(page: Page) -> None:
    page.locator(".fl-field", has_text="action").click()
    page.get_by_role("button", name="Include action REJECT").click()
    page.get_by_text("373 of 2,751 records").wait_for()
    page.locator(".fl-field", has_text="dstPort").click()


def _with_row(page: Page) -> None:
    page.locator(".ag-row[row-index='3'] .ag-cell").nth(1).dblclick()
    page.get_by_label("Whole line").wait_for()


def main() -> None:
    """Draw every picture."""
    IMAGES.mkdir(exist_ok=True)
    for name, commands in PICTURES.items():
        (IMAGES / f"{name}.svg").write_text(draw(commands, name), encoding="utf-8")
    shown(f"flowlocal query '{BY_HOUR}' --chart-file docs/images/flows-by-hour.svg sample_logs/s3")
    photograph_console()


if __name__ == "__main__":
    main()
