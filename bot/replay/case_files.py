"""Writes a disagreement as a case for `frontdesk eval`: it fails until the desk does what people did. Pure."""

import re
from collections.abc import Collection, Mapping
from typing import Any

import yaml

from bot.desk.policy.sections import PRIORITIES
from bot.replay.deeds import deeds_in, kind_of
from bot.replay.facts import facts_in
from bot.replay.report import Judged

_MOST_FACTS = 3
_SAFE = re.compile(r"[^A-Za-z0-9_-]+")


def file_name(ticket: str) -> str:
    """Return the name of a ticket's case file."""
    return f"ticket-{_SAFE.sub('-', ticket)}.yml"


def case_file(judged: Judged, actions: Collection[str], groups: Collection[str], customer: str) -> str:
    """Return the file's text.

    Args:
        actions: names of the desk's tools that propose something.
        groups: names of the desk's groups: a case may name no other.
        customer: the desk's id of who wrote, empty where they are not proven.
    """
    case: dict[str, Any] = {"name": f"past ticket {judged.ticket}"}
    if customer:
        case["customer"] = customer
    case["turns"] = [{"says": judged.question, **_expected(judged, actions, groups)}]
    why = "; ".join(judged.verdict.why) or judged.judge_reason or "the judge sees a contradiction"
    head = f"# From a replay, personal data masked. {_comment(why)}\n# People answered: {_comment(judged.human)}\n"
    body: str = yaml.safe_dump({"cases": [case]}, allow_unicode=True, sort_keys=False, width=110)
    return head + body


def _expected(judged: Judged, actions: Collection[str], groups: Collection[str]) -> Mapping[str, Any]:
    """Return what people did, as a case asks for it."""
    if judged.verdict.outcome == "hands_over":
        return {"effects": [_hand_over(judged, groups)]}
    done = [deed for deed in deeds_in(judged.human, actions) if deed.is_done]
    if done:
        tool = next(name for name in actions if kind_of(name) == done[0].action)
        return {"effects": [{"kind": "propose", "action": tool, **_object_of(done[0].sentence)}]}
    return _answered(judged)


def _answered(judged: Judged) -> Mapping[str, Any]:
    """Return that the answer holds the human's figures, and that nothing is offered where people offered nothing."""
    facts = [fact.shown for fact in facts_in(judged.human) if not fact.shown.startswith("[")][:_MOST_FACTS]
    nothing = {"no_effects": ["propose"]} if judged.answer.proposed else {}
    said = {"answer": {"has": facts}} if facts else {}
    return {**nothing, **said} or {"no_effects": ["escalate"]}


def _object_of(sentence: str) -> Mapping[str, Any]:
    facts = facts_in(sentence)
    amount = next((fact.value.split()[0] for fact in facts if fact.kind == "amount"), "")
    subject = next((fact.shown for fact in facts if fact.is_object), "")
    return ({"subject": subject} if subject else {}) | ({"amount": amount} if amount else {})


def _hand_over(judged: Judged, groups: Collection[str]) -> Mapping[str, Any]:
    group = {"group": judged.group} if judged.group in groups else {}
    priority = {"priority": judged.priority} if judged.priority in PRIORITIES else {}
    return {"kind": "escalate", **group, **priority}


def _comment(text: str) -> str:
    """YAML takes no control character, not in a comment either."""
    return " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())[:600]
