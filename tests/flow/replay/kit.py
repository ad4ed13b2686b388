"""Runs `frontdesk replay` as a person does, and looks at what it leaves behind."""

import asyncio
import json
import re
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from bot.app.store import WallClock
from bot.cli.main import main
from bot.desk.database import Database
from bot.desk.loading.loader import load_desk

SAMPLE = Path(__file__).with_name("tickets.jsonl")

PRIVATE = re.compile(
    r"\b(?:sarah|chen|marcus|johnson|lindqvist|anna|jonas|weber|priya|raman|katrin|vogel|o'hara|luis|ortega|nadia|rossi|"
    r"felix|brandt|petersen|maple|springfield|62704|gartenstraße|10115|1z999aa10123456784)\b"
    r"|@example|\b555[ -]?01|010-7788|4111 1111|de89 3704",
    re.IGNORECASE,
)
"""Whatever in the sample somebody is known by."""


def run(*arguments: object) -> int:
    """Return the exit code of a command."""
    with pytest.raises(SystemExit) as stopped:
        main([str(argument) for argument in arguments])
    return int(stopped.value.code or 0)


async def replay(*arguments: object) -> int:
    """Return the exit code of a replay, beside whatever else runs in this process."""
    return await asyncio.to_thread(run, "replay", *arguments)


def report(folder: Path) -> Any:
    """Return the report in a folder."""
    return json.loads((folder / "report.json").read_text("utf-8"))


def verdicts(folder: Path) -> list[tuple[str, str, str]]:
    """Return each ticket's topic and verdict."""
    return [(each["ticket"], each["topic"], each["verdict"]) for each in report(folder)["tickets"]]


def leaks(*folders: Path) -> list[str]:
    """Return what in the files of some folders somebody is known by."""
    files = [path for folder in folders for path in folder.rglob("*") if path.is_file() and path.suffix != ".db"]
    return [f"{path.name}: {found[0]}" for path in files for found in PRIVATE.finditer(path.read_text("utf-8"))]


async def desk_with_data(folder: Path) -> Path:
    """Make the store desk's database, as a first start does; return its file."""
    file = folder / "desk.db"
    database = await Database.open(f"sqlite+aiosqlite:///{file}", load_desk("store"), WallClock())
    await database.close()
    return file


def rows_of(file: Path) -> list[str]:
    """Return everything that a database holds."""
    connection = sqlite3.connect(file)
    try:
        return list(connection.iterdump())
    finally:
        connection.close()
