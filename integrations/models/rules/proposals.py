"""Proposes what the customer asks for, and words what the desk's check says to it."""

import re
from collections.abc import Callable, Mapping
from typing import Any

from integrations.models.rules import wording
from integrations.models.rules.given import Given, Move, Say, Use
from integrations.models.rules.skills import asks_again, asks_for_rule
from integrations.models.rules.talk import RuleCall, Talk
from integrations.models.rules.text import ids, shorten

_MONEY_BACK = re.compile(r"\b(refund\w*|money back|reimburse\w*)\b", re.IGNORECASE)
_HOW = re.compile(r"\b(how|what|when|which|where|why|policy|possible|do you)\b", re.IGNORECASE)
_CANCEL = re.compile(r"\bcancel\w*\b(?!.{0,20}\b(subscription|plan|account)\b)", re.IGNORECASE | re.DOTALL)
_PLAN = re.compile(
    r"\b(upgrade|downgrade|switch|change|move)\b.{0,40}\b(free|pro|enterprise)\b", re.IGNORECASE | re.DOTALL
)
_SEAT = re.compile(r"\b([1-9]\d?[A-Z])\b", re.IGNORECASE)  # whether the plane has it is not for us to say
_OTHER_SEAT = re.compile(r"\b(change|switch|swap|move|another|other|different)\b.{0,30}\bseat\b", re.IGNORECASE)
_AMOUNT = re.compile(r"\$ ?(\d+(?:\.\d\d)?)\b|\b(\d+(?:\.\d\d)?) ?(?:usd|dollars?)\b", re.IGNORECASE)
_LONGEST = 300


def with_proposal(given: Given) -> Move | None:
    """Return the call that proposes what the latest line asks for, or the words for what came of it."""
    made = next((call for call in reversed(given.talk.now) if call.name.startswith("propose_")), None)
    if made is not None:
        return Say(_said(made))
    offered = [wish for tool, wish in _WISHES.items() if tool in given.tools]
    return next((move for wish in offered if (move := wish(given)) is not None), None)


def _plan(given: Given) -> Move | None:
    plan = _PLAN.search(given.talk.latest)
    return Use("propose_plan_change", {"new_plan": plan[2].lower()}) if plan else None


def _seat(given: Given) -> Move | None:
    if seat := _SEAT.search(given.talk.latest):
        return _change_of_seat(given, seat[1].upper())
    return Say(wording.WHICH_SEAT) if _OTHER_SEAT.search(given.talk.latest) else None


def _refund(given: Given) -> Move | None:
    talk = given.talk
    if not wants_money_back(talk):
        return None
    return _about_order(given, "propose_refund", {"reason": _words(talk), "amount": _amount(talk)})


def _reship(given: Given) -> Move | None:
    if not asks_again(given.talk.latest):
        return None
    return _about_order(given, "propose_reship", {"reason": _words(given.talk)})


def _cancel(given: Given) -> Move | None:
    return _about_order(given, "propose_cancel", {}) if _CANCEL.search(given.talk.latest) else None


_WISHES: Mapping[str, Callable[[Given], Move | None]] = {
    "propose_plan_change": _plan,
    "propose_seat_change": _seat,
    "propose_refund": _refund,
    "propose_reship": _reship,
    "propose_cancel": _cancel,
}
"""What may be proposed, by the tool that does it; the first that the line asks for is taken."""


def wants_money_back(talk: Talk) -> bool:
    """Return whether the line asks for a refund, and not only how refunds work."""
    return bool(_MONEY_BACK.search(talk.latest)) and not (asks_for_rule(talk.latest) or _HOW.search(talk.latest))


def _words(talk: Talk) -> str:
    return shorten(talk.latest, _LONGEST)


def _amount(talk: Talk) -> str | None:
    """The amount the customer names, None for all of it."""
    named = _AMOUNT.search(talk.latest)
    return (named[1] or named[2]) if named else None


def _change_of_seat(given: Given, seat: str) -> Move:
    looked = given.talk.called("lookup_booking")
    if looked is None and "lookup_booking" in given.tools:
        return Use("lookup_booking", {})
    bookings = looked.result.get("bookings", ()) if looked and isinstance(looked.result, Mapping) else ()
    named = str(bookings[0]["confirmation_number"]) if bookings else ""
    return Use("propose_seat_change", {"confirmation_number": named, "new_seat": seat})


def _about_order(given: Given, tool: str, more: Mapping[str, Any]) -> Move | None:
    """Propose it for the order that is meant; None where that has to be found out first."""
    named = ids(given.talk.latest) or list(given.talk.things[-1:])
    return Use(tool, {"order_id": named[0], **more}) if named and given.talk.verified else None


def _said(call: RuleCall) -> str:
    if not isinstance(call.result, Mapping):
        if "direct message" in str(call.result):
            return wording.NOT_HERE
        return wording.NOT_VERIFIED if "not verified" in str(call.result) else wording.UNAVAILABLE
    if call.result.get("proposed"):
        return wording.PROPOSED
    return (
        str(call.result.get("message") or wording.UNAVAILABLE)
        .replace("The customer has", "You have")
        .replace("The customer is", "You are")
    )
