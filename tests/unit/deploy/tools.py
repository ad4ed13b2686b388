"""The folder `deploy` read as programs read it, and the tools that check it, where this machine has them."""

import shutil
import subprocess
import sys
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.cli.main import main

ROOT = Path(__file__).resolve().parents[3]
DEPLOY = ROOT / "deploy"
PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]


def tool(name: str, where: str = "make deploy-tools") -> str:
    """Return the path of a tool; skip where it is not installed."""
    beside = Path(sys.executable).with_name(name)
    found = str(beside) if beside.exists() else shutil.which(name)
    if not found:
        pytest.skip(f"not checked: no {name} here ({where})")
    return found


def run(*command: str) -> subprocess.CompletedProcess[str]:
    """Run to the end, and return what it said."""
    return subprocess.run(
        command, capture_output=True, encoding="utf-8", timeout=250, check=False, cwd=ROOT, stdin=subprocess.DEVNULL
    )


def is_command(arguments: Sequence[str]) -> bool:
    """Whether the command line takes these arguments."""
    with pytest.raises(SystemExit) as ended:
        main([*arguments, "--help"])
    return not ended.value.code


def documents(text: str) -> list[dict[str, Any]]:
    """Return the documents of a YAML text."""
    return [each for each in yaml.safe_load_all(text) if each]
