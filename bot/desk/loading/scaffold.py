"""`frontdesk desk new`: copies the starter desk, a small one that works, into an empty folder."""

import json
import shutil
from pathlib import Path

from bot.desk.policy.policy import Policy
from bot.desk.reference.schema import json_schema
from bot.domain.errors import ConfigError

SCHEMA = "desk.schema.json"
"""What editors check `desk.yml` with: its first line names this file."""

_STARTER = Path(__file__).with_name("starter")


def new_desk(folder: Path) -> list[Path]:
    """Write the starter into a new or an empty folder; return its files.

    Raises:
        ConfigError: there is something in the folder, or it cannot be written.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise ConfigError(f"DIR: {folder} is not empty; name a new folder")
    try:
        shutil.copytree(_STARTER, folder, dirs_exist_ok=True, ignore=shutil.ignore_patterns("__pycache__"))
        (folder / SCHEMA).write_text(schema_text(), "utf-8")
    except OSError as error:
        raise ConfigError(f"DIR: {folder} cannot be written ({error.strerror})") from error
    return sorted(path for path in folder.rglob("*") if path.is_file())


def schema_text() -> str:
    """Return the JSON Schema of `desk.yml`."""
    return json.dumps(json_schema(Policy), indent=1, ensure_ascii=False) + "\n"
