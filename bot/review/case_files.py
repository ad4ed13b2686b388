"""Writes an answer that people found wrong as a case of the desk: it fails until the desk does better."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from bot.domain.review import ReviewEntry, Verdict

CASES = "cases"
_SENTENCE = re.compile(r"(?<=[.!?])\s+|\n+")
_MASKED = re.compile(r"\[[a-z ]+-\d+\]|\[removed\]|\[address removed\]")
_OF_ITS_DAY = re.compile(r"\b\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2})?)?\b")
_GONE = re.compile(rf"{_MASKED.pattern}|{_OF_ITS_DAY.pattern}")
_SHORTEST = 12
_TONE = "Is the tone of the last answer friendly, plain and fitting for what the customer wrote?"
_SAID: Mapping[Verdict, str] = {
    Verdict.WRONG_FACT: "wrong fact",
    Verdict.WRONG_TONE: "wrong tone",
    Verdict.HUMAN: "should have been a human",
}


@dataclass(frozen=True)
class CaseShelf:
    """Where wrong answers become cases.

    Args:
        folder: of the case files.
        desk: the desk's name.
    """

    folder: Path
    desk: str


def case_text(entry: ReviewEntry, verdict: Verdict, right: str = "") -> str:
    """Return the file's text. Pure.

    Args:
        right: what the answer has to say, in its own words; empty where nobody said.
    """
    case: dict[str, Any] = {"name": f"review {entry.id}: {_SAID[verdict]}"}
    if entry.customer:
        case["customer"] = entry.customer
    earlier = [{"says": text} for text in entry.earlier]
    case["turns"] = [*earlier, {"says": entry.question, **_expected(entry, verdict, right)}]
    if verdict is Verdict.WRONG_TONE:
        case["judge"] = [_TONE]
    head = f"# From the console's review ({entry.why}), personal data masked.\n# Answered: {_comment(entry.answer)}\n"
    why = f"# What was said of it: {_comment(entry.reason)}\n" if entry.reason else ""
    body: str = yaml.safe_dump({"cases": [case]}, allow_unicode=True, sort_keys=False, width=110)
    return head + why + body


def write_case(shelf: CaseShelf, entry: ReviewEntry, verdict: Verdict, right: str = "") -> Path:
    """Write the file, in one step, and return where it stands; the same entry has one file.

    Raises:
        OSError: it cannot be written there.
    """
    shelf.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = shelf.folder / f"{shelf.desk}-review-{entry.id}.yml"
    part = path.with_suffix(".part")
    part.write_text(case_text(entry, verdict, right), "utf-8")
    part.replace(path)
    return path


def _expected(entry: ReviewEntry, verdict: Verdict, right: str) -> Mapping[str, Any]:
    """Return what has to follow, and does not today."""
    telling = _telling(entry.answer)
    if verdict is Verdict.HUMAN or not (telling or right):
        return {"effects": [{"kind": "escalate"}]}
    return {"answer": {**({"has": [right]} if right else {}), **({"lacks": [telling]} if telling else {})}}


def _telling(answer: str) -> str:
    """Return the longest part of today's answer by which it is recognised on any day: nothing masked, and no date.

    A whole sentence where there is one; where each has something of that kind, the longest piece of one.
    """
    sentences = [part.strip() for part in _SENTENCE.split(answer)]
    whole = [part for part in sentences if not _GONE.search(part)]
    pieces = [piece.strip(" ,;:.!?()") for part in sentences for piece in _GONE.split(part)]
    return _longest(whole) or _longest(pieces)


def _longest(parts: Sequence[str]) -> str:
    return max((part for part in parts if len(part) >= _SHORTEST), key=len, default="")


def _comment(text: str) -> str:
    """YAML takes no control character, not in a comment either."""
    return " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())[:600]
