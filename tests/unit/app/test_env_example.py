"""`deploy/env.example` and `deploy/configuration.md` name every variable that is read, and no other."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from dotenv import dotenv_values

from bot.app.settings import Settings, load_settings

ROOT = Path(__file__).resolve().parents[3]
EXAMPLE = ROOT / "deploy" / "env.example"
PAGE = ROOT / "deploy" / "configuration.md"
NAMES = {name.upper() for name in Settings.model_fields}


def test_the_example_names_every_variable_and_no_other() -> None:
    assert set(dotenv_values(EXAMPLE)) == NAMES | {"POSTGRES_PASSWORD"}  # which the compose file reads


def test_the_examples_values_are_the_defaults(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)

    assert load_settings(_env_file=EXAMPLE) == load_settings(_env_file=None)


def test_every_variable_of_the_example_has_its_comment() -> None:
    blocks = re.split(r"\n\n|^# ---.*\n", EXAMPLE.read_text(), flags=re.MULTILINE)
    for block in blocks:
        lines = block.strip().splitlines()
        if any("=" in line and not line.startswith("#") for line in lines):
            assert lines[0].startswith("#"), block


def _table_rows() -> Iterator[Any]:
    for line in PAGE.read_text("utf-8").splitlines():
        first = line.split("|")[1] if line.startswith("|") else ""
        yield from re.findall(r"`([A-Z][A-Z0-9_]+)`", first)


def test_the_pages_table_names_every_variable_and_no_other() -> None:
    assert set(_table_rows()) == NAMES


def test_the_contract_names_every_variable(shared: Path) -> None:
    environment = (shared / "CONTRACT.md").read_text().partition("## Environment")[2].partition("\n## ")[0]
    rows = [line.split("|")[1] for line in environment.splitlines() if line.startswith("| `")]

    assert {name for row in rows for name in re.findall(r"`([A-Z][A-Z0-9_]+)`", row)} >= NAMES
