"""Text in which backticks mark code, as in notes and errors; it is shown as text, whatever it contains."""

from __future__ import annotations

import re

from nicegui import ui
from nicegui.elements.mixins.text_element import TextElement

_CODE = re.compile(r"(?<!`)(`+)(?!`)(.+?)(?<!`)\1(?!`)")


class CodeText(ui.element):
    """An element with such a text.

    Args:
        text: the text.
    """

    def __init__(self, text: str = "") -> None:
        super().__init__("div")
        self.set_text(text)

    def set_text(self, text: str) -> None:
        """Show another text."""
        self.clear()
        with self:
            for tag, part in parts(text):
                TextElement(tag=tag, text=part)


def parts(text: str) -> list[tuple[str, str]]:
    """Return the parts of a text, each with its tag: ``span``, or ``code`` for what was between backticks.

    As in Markdown, code that contains a backtick is between two of them, with blanks.
    """
    found, end = [], 0
    for match in _CODE.finditer(text):
        found += [("span", text[end : match.start()]), ("code", match[2].strip())]
        end = match.end()
    return [each for each in [*found, ("span", text[end:])] if each[1]]
