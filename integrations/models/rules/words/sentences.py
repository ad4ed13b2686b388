"""Says the offline model's own sentences in the customer's language; `sentences.yml` and `labels.yml` hold them."""

from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from bot.desk.language import NAMES

LANGUAGES = ("en", "de", "fr", "es")
"""Those that a desk may claim, as in `bot/turn/texts.yml`."""

_FOLDER = Path(__file__).parent


def language_for(spoken: str, claimed: Sequence[str]) -> str:
    """Return the language in which somebody is answered.

    Args:
        spoken: the customer's, by its English name or its two letters; empty while it is not known.
        claimed: those of the desk, its first one first; none claims all of ours.
    """
    letters = {name: code for code, name in NAMES.items()}.get(spoken, spoken)
    ours = [each for each in claimed if each in LANGUAGES] or LANGUAGES
    return letters if letters in ours else ours[0]


def say(key: str, language: str, **values: object) -> str:
    """Return a sentence with its values; in English where a language has none."""
    row = sentences()[key]
    return row.get(language, row["en"]).format(**values)


def label(kind: str, key: str, language: str) -> str:
    """Return what a field, thing, day or state is called, empty where nobody has a word for it."""
    row = labels()[kind].get(key)
    return row.get(language, row["en"]) if row else ""


def humanised(key: str) -> str:
    """Return a name of a program's as people write it: `pickup_place` → `pickup place`."""
    spaced = "".join(f" {sign.lower()}" if sign.isupper() else sign for sign in key)
    return " ".join(spaced.replace("_", " ").replace("-", " ").split())


def says(text: str, key: str) -> bool:
    """Return whether an earlier answer holds this sentence, in whatever language."""
    return any(each and each in text for each in sentences()[key].values())


@cache
def sentences() -> Mapping[str, Mapping[str, str]]:
    """Return key → language → the sentence."""
    rows: Mapping[str, Mapping[str, str]] = _read("sentences.yml")
    return rows


@cache
def labels() -> Mapping[str, Mapping[str, Mapping[str, str]]]:
    """Return kind → key → language → the words."""
    rows: Mapping[str, Mapping[str, Mapping[str, str]]] = _read("labels.yml")
    return rows


def _read(name: str) -> Any:
    return yaml.safe_load((_FOLDER / name).read_text("utf-8"))
