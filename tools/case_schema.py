"""Write the JSON Schema of case files: ``python -m tools.case_schema``."""

from __future__ import annotations

import json
from pathlib import Path

import flowlocal.testing
from flowlocal.testing.keys import case_schema

PATH = Path(flowlocal.testing.__file__).with_name("case.schema.json")


def text() -> str:
    """Return the text of the schema file."""
    return json.dumps(case_schema(), indent=2) + "\n"


if __name__ == "__main__":
    PATH.write_text(text(), encoding="utf-8")
