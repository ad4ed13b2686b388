"""Answers with tools: asks for what is missing, then words what came back."""

from collections.abc import Mapping
from typing import Any

from integrations.models.rules import wording
from integrations.models.rules.given import ESCALATE, SEARCH, Face, Given, Move, Say, Use
from integrations.models.rules.skills import SKILLS, Skill, asks_for_rule
from integrations.models.rules.talk import RuleCall, Talk
from integrations.models.rules.text import days_ago, ids, shorten, stems
from integrations.models.rules.wishes import current_wish

ORDERS = "lookup_orders"
_KNOWN = {ESCALATE, SEARCH, ORDERS} | {name for skill in SKILLS for names in skill.tools for name in names}
_LONGEST_QUERY = 200
_TELLING = 2  # words a tool's description must share with the customer's to be worth a guess


def with_skill(given: Given) -> Move | None:
    """Return the next step of the wish that the words reveal; None where they reveal none."""
    skill = current_wish(given.talk)
    if skill is None:
        return None
    for alternatives in skill.tools:
        tool = next((name for name in alternatives if name in given.tools), None)
        if tool is None or given.talk.called(tool):
            continue
        if (move := _ask(given, skill, tool)) is not None:
            return move
    return _missed(given) or _worded(given, skill)


def _ask(given: Given, skill: Skill, tool: str) -> Move | None:
    """Return the step that gets the tool's answer; None to do without."""
    if tool == SEARCH:
        return Use(SEARCH, {"query": skill.query or shorten(given.talk.latest, _LONGEST_QUERY)})
    if not given.tools[tool].properties:
        return Use(tool, {})
    return _about_thing(given, skill, tool)


def _about_thing(given: Given, skill: Skill, tool: str) -> Move | None:
    """Ask a tool about one order: the one named, the one talked about, or the only one; None to do without."""
    talk = given.talk
    is_refund = skill.name == "refund"
    if is_refund and _asks_for_refund_rule(talk):
        return None
    listed = talk.called(ORDERS)
    if listed and listed.refused:
        return Say(_excuse(listed))

    if thing := _thing(talk, listed):
        return Use(tool, _under_every_id(given.tools[tool], thing))
    if listed is None:
        return Use(ORDERS, {}) if ORDERS in given.tools else Say(wording.WHICH)
    return None if is_refund else Say(_which(_orders(listed)))


def _under_every_id(tool: Face, thing: str) -> Mapping[str, str]:
    return {name: thing for name in tool.properties if name.endswith("_id")}


def _asks_for_refund_rule(talk: Talk) -> bool:
    """Whether the rule answers it: no order is named, and it is told how long ago it was, or the rule is asked for."""
    return not ids(talk.latest) and (days_ago(talk.latest) is not None or asks_for_rule(talk.latest))


def _which(orders: list[Mapping[str, Any]]) -> str:
    return wording.which_order(orders) if orders else wording.NO_ORDERS


def _thing(talk: Talk, listed: RuleCall | None) -> str:
    if named := ids(talk.latest):
        return named[0]
    if talk.things:
        return talk.things[-1]
    orders = _orders(listed)
    by_item = [order for order in orders if stems(" ".join(map(str, order.get("items", ())))) & stems(talk.latest)]
    only = by_item if len(by_item) == 1 else orders
    return str(only[0]["order_id"]) if len(only) == 1 else ""


def _missed(given: Given) -> Move | None:
    """An id that is not on the account: say so, with those that are."""
    talk = given.talk
    missed = next((call for call in talk.now if call.missed), None)
    if missed is None:
        return None
    listed = talk.called(ORDERS)
    if listed is None and ORDERS in given.tools:
        return Use(ORDERS, {})
    return Say(wording.not_found(str(next(iter(missed.arguments.values()), "")), _orders(listed)))


def _worded(given: Given, skill: Skill) -> Move | None:
    talk = given.talk
    asked = [call for names in skill.tools if (call := talk.called(*names)) is not None]
    refused = next((call for call in asked if call.refused), None)
    if refused:
        return Say(_excuse(refused))
    if skill.name == "refund":
        return _refund(talk)
    return Say(_told(skill.name, asked[-1], talk)) if asked else None


def _told(wish: str, call: RuleCall, talk: Talk) -> str:
    """Word what a tool answered to a wish."""
    match wish:
        case "list":
            orders = _orders(call)
            return f"These are your orders:\n{wording.order_list(orders)}" if orders else wording.NO_ORDERS
        case "complaint" | "reship":
            return f"{wording.order_line(call.result)} {wording.NEEDS_COLLEAGUE}"
        case "account" | "plan":
            return wording.account(call.result)
        case "problem":
            found = wording.fitting(talk.latest, _passages(call))
            return wording.article(found) if found else wording.ASK_FACTS
        case _:
            return wording.order_line(call.result)


def _refund(talk: Talk) -> Move | None:
    search = talk.called(SEARCH)
    if search is None:
        return None
    order = talk.called("lookup_order")
    found = order.result if order and not order.missed else None
    days = found.get("days_since_placed") if found else days_ago(talk.latest)
    text = wording.refund(talk, days, found, _passages(search))
    if orders := _orders(talk.called(ORDERS)):
        text += f"\n\n{wording.which_order(orders)}" if not found else ""
    return Say(text)


def with_any_tool(given: Given) -> Move | None:
    """Ask a tool without a row in the table, when its own words fit and its arguments are at hand."""
    talk = given.talk
    strangers = [face for name, face in given.tools.items() if name not in _KNOWN]
    for face in strangers:
        if call := talk.called(face.name):
            return Say(_excuse(call) if call.refused else wording.anything(call.result))
    wanted = stems(talk.latest)
    for face in strangers:
        arguments = _arguments(face, talk)
        if (
            arguments is not None
            and len(wanted & stems(f"{face.name.replace('_', ' ')} {face.description}")) >= _TELLING
        ):
            return Use(face.name, arguments)
    return None


def _arguments(face: Face, talk: Talk) -> Mapping[str, Any] | None:
    """Arguments from the customer's words; None where one that is needed is not among them."""
    values: dict[str, Any] = {}
    for name, kind in face.properties.items():
        if _is_optional(kind):
            values[name] = kind.get("default")
        elif value := _argument(name, kind, talk):
            values[name] = value
        else:
            return None
    return values


def _is_optional(kind: Mapping[str, Any]) -> bool:
    return "default" in kind or any(option.get("type") == "null" for option in kind.get("anyOf", ()))


def _argument(name: str, kind: Mapping[str, Any], talk: Talk) -> Any:
    if name.endswith(("_id", "_number")):
        named = ids(talk.latest) or list(talk.things[-1:])
        return named[0] if named else None
    if kind.get("enum"):
        said = talk.latest.lower()
        return next((value for value in kind["enum"] if str(value).lower() in said), None)
    return shorten(talk.latest, _LONGEST_QUERY) if name in {"query", "question", "text", "message"} else None


def with_articles(given: Given) -> Move | None:
    """Return what the articles say to the customer's own words."""
    talk = given.talk
    search = talk.called(SEARCH)
    if search is None:
        return Use(SEARCH, {"query": shorten(talk.latest, _LONGEST_QUERY)}) if SEARCH in given.tools else None
    if search.refused:
        return Say(_excuse(search))
    passages = _passages(search)
    found = wording.fitting(talk.latest, passages) or (passages[:1] if _compared_meaning(search) else [])
    return Say(wording.article(found) if found else wording.NO_ARTICLE)


def _excuse(call: RuleCall) -> str:
    if "direct message" in str(call.result):
        return wording.NOT_HERE
    return wording.NOT_VERIFIED if "not verified" in str(call.result) else wording.UNAVAILABLE


def _orders(call: RuleCall | None) -> list[Mapping[str, Any]]:
    return list(call.result.get("orders", ())) if call and isinstance(call.result, Mapping) else []


def _compared_meaning(call: RuleCall) -> bool:
    """Return whether what was found means what was asked; where words alone were compared, we read them ourselves."""
    return isinstance(call.result, Mapping) and "meaning" in str(call.result.get("compared", ""))


def _passages(call: RuleCall) -> list[Mapping[str, str]]:
    return list(call.result.get("passages", ())) if isinstance(call.result, Mapping) else []
