"""Write the JSON Schema of the configuration file: ``python -m tools.configuration_schema``."""

from __future__ import annotations

import json
from pathlib import Path

from flowlocal import configuration

PATH = Path(configuration.__file__).with_name("configuration.schema.json")


def text() -> str:
    """Return the text of the schema file."""
    return json.dumps(configuration.schema(), indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    PATH.write_text(text(), encoding="utf-8")
