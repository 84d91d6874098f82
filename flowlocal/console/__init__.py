"""The console in the browser: an editor, a histogram and results over local logs. Needs the extra ``console``."""

import os

os.environ.setdefault("NICEGUI_STORAGE_PATH", os.path.join(os.devnull, "nothing-is-stored"))  # read by its import
os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")  # finding them reads the metadata of every package
