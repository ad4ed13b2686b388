"""Tells what kind of line it is by its form: general or about one's own things, a wish, a request for a person."""

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path

import yaml

_FILE = Path(__file__).with_name("forms.yml")


def is_general(text: str) -> bool:
    """Return whether a line asks how things are or are done in general."""
    return _form("general").search(text) is not None and _form("how_long_own").search(text) is None


def is_own(text: str) -> bool:
    """Return whether a line speaks of the customer's own things."""
    return _form("own").search(text) is not None


def refers(text: str) -> bool:
    """Return whether a line means something that was said before it."""
    return _form("refers").search(text) is not None


def goes_on(text: str) -> bool:
    """Return whether a line goes on from the one before."""
    return _form("goes_on").match(text) is not None


def is_wish(text: str) -> bool:
    """Return whether a part of a line asks for something by itself."""
    return "?" in text or _form("begins").match(text) is not None or _form("asks_for").search(text) is not None


def asks(text: str) -> bool:
    """Return whether a line begins as a question that wants to know something, not to have something done."""
    return _form("question").match(text) is not None


def may(text: str) -> bool:
    """Return whether a line asks whether the customer may have something done."""
    return _form("may").search(text) is not None


def begins_wish(text: str) -> bool:
    """Return whether what follows an "and" asks for something of its own."""
    return _form("begins").match(text) is not None or _form("asks_for").match(text.lstrip()) is not None


def wants_person(text: str) -> bool:
    """Return whether the customer asks for a person."""
    return _form("wants_person").search(text) is not None


def asks_who(text: str) -> bool:
    """Return whether the customer asks whom they are talking to."""
    return _form("who").search(text) is not None


def asks_what_can_be_done(text: str) -> bool:
    """Return whether the customer asks what they may ask for here."""
    return _form("what_can_you").search(text) is not None


def is_angry(text: str) -> bool:
    """Return whether the customer is angry."""
    return _form("angry").search(text) is not None


def was_misunderstood(text: str) -> bool:
    """Return whether the customer says that we answered something else than what was asked."""
    return _form("misunderstood").search(text) is not None


def holds_back(text: str) -> bool:
    """Return whether the customer wants something not to be done."""
    return _form("holds_back").search(text) is not None


def knows_not(text: str) -> bool:
    """Return whether the customer cannot say what was asked."""
    return _form("knows_not").search(text) is not None


def pushes_back(text: str) -> bool:
    """Return whether the words do not accept what was said before them."""
    return _form("pushes_back").search(text) is not None


def _form(name: str) -> re.Pattern[str]:
    return _forms()[name]


@cache
def _forms() -> Mapping[str, re.Pattern[str]]:
    rows = yaml.safe_load(_FILE.read_text("utf-8"))
    person = rows.pop("person")
    return {
        name: re.compile("|".join(rows[name]).replace("@person@", person), re.IGNORECASE | re.DOTALL) for name in rows
    }
