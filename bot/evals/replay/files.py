"""Writes the files of a replay: the report for people, for programs and for the console, and the cases."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from bot.data_folder import chosen_folder, own_folder, usable
from bot.evals.replay.recordings import FOLDER
from bot.replay.markdown import markdown

OUT = "--out"


def write_all(data_folder: Path, out: Path | None, report: Mapping[str, Any], cases: Mapping[str, str]) -> Path:
    """Write them; return the folder. The console finds the report in the data folder, wherever else it goes.

    Raises:
        ConfigError: a folder cannot be used.
    """
    kept = data_folder / FOLDER / str(report["id"])
    folder = chosen_folder(out, OUT) if out else own_folder(kept)
    _write(folder, report)
    _write_cases(folder / "cases", cases)
    if folder.resolve() != kept.resolve():
        _write(own_folder(kept), report)
    return folder


def _write(folder: Path, report: Mapping[str, Any]) -> None:
    with usable(folder, OUT):
        (folder / "report.json").write_text(json.dumps(report, indent=1, ensure_ascii=False) + "\n", "utf-8")
        (folder / "report.md").write_text(markdown(report), "utf-8")


def _write_cases(folder: Path, cases: Mapping[str, str]) -> None:
    """Write the cases; what an earlier run left there under our names goes."""
    with usable(folder, OUT):
        folder.mkdir(exist_ok=True)
        for old in folder.glob("ticket-*.yml"):
            old.unlink()
        for name, text in cases.items():
            (folder / name).write_text(text, "utf-8")
