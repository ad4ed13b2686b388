"""Words answers from tool results and from the conversation, and from nothing else."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from integrations.models.rules.talk import Talk
from integrations.models.rules.text import shorten, stems

HELLO = "How can I help you today?"
WELCOME = "You're welcome{name}! Just write here if anything else comes up."
ALL_RIGHT = "All right{name}. Just write here if anything else comes up."
WHO = (
    "I'm this front desk's offline rule model: I follow written rules and look things up, there is no AI model "
    "behind me. A colleague can take over whenever you like; just ask."
)
OFFER = "Shall I bring in a colleague?"
HANDED_OVER = "I've handed this to a colleague, with everything you told me; they will answer you here."
NO_ARTICLE = f"I have no article that answers this, and I don't want to guess. {OFFER}"
NOT_VERIFIED = (
    "I can't look into orders or accounts here until it is certain who you are. General questions I can answer; "
    f"for anything else a colleague can check who you are. {OFFER}"
)
NOT_HERE = (
    "People of other companies read this channel, so I say nothing personal in it. Please write me a direct message, "
    "and I'll look into it there at once."
)
UNAVAILABLE = f"I can't look that up at the moment. {OFFER}"
PROPOSED = "I've looked it up, and this is what I can do for you:"
NEEDS_COLLEAGUE = f"What you describe has to be looked at by a person. {OFFER}"
OUTSIDE = "outside the"
WHICH = "Which of your orders do you mean?"
WHICH_SEAT = "Which seat would you like? Row and letter, for example 12C."
NO_ORDERS = f"There are no orders on your account. {OFFER}"
ASK_FACTS = (
    "So that our technical team can look into it, please send me, as far as you know: the steps that lead to it, "
    "what you expected, what happened instead, and the exact error text."
)

_STATUS: Mapping[str, str] = {
    "pending": "is pending: it is not being prepared yet",
    "processing": "is being prepared for shipping",
    "shipped": "has been shipped",
    "delivered": "was delivered",
    "cancelled": "was cancelled",
}
_WINDOW = re.compile(r"\b(?:within|in) (?:the )?(?:first )?(\d{1,3}) days\b", re.IGNORECASE)
_LONGEST_ARTICLE = 420
_ENOUGH_SHARED = 2


def order_line(order: Mapping[str, Any]) -> str:
    """Return an order's state in a sentence or two, with every date and number the tool gave."""
    status = str(order.get("status", "unknown"))
    state = f"Order {order.get('order_id')}{_contents(order)} "
    if given_back := _given_back(order):
        state += f"{given_back}. It "
    state += _STATUS.get(status, f"has the status “{status}”")
    if order.get("delivered_on"):
        state += f" on {order['delivered_on']}"
    if order.get("carrier"):
        state += f" with {order['carrier']}"
    if order.get("tracking_number"):
        state += f", tracking number {order['tracking_number']}"
    dates = []
    if order.get("placed_on"):
        dates.append(f"was placed on {order['placed_on']}")
    if order.get("expected_on"):
        dates.append(f"is expected on {order['expected_on']}{_in_days(order)}")
    return f"{state}. It {' and '.join(dates)}." if dates else f"{state}."


def order_list(orders: Sequence[Mapping[str, Any]]) -> str:
    """Return the customer's orders, one per line."""
    rows = [
        f"- {row.get('order_id')}{_contents(row)}: {row.get('status')}, placed on {row.get('placed_on')}"
        + (f", {given_back}" if (given_back := _given_back(row)) else "")
        for row in orders
    ]
    return "\n".join(rows)


def which_order(orders: Sequence[Mapping[str, Any]]) -> str:
    """Return the question which of several orders is meant."""
    return f"{WHICH}\n{order_list(orders)}"


def not_found(thing: str, orders: Sequence[Mapping[str, Any]]) -> str:
    """Return that an id is not on the customer's account, with the ids that are."""
    text = f"I can't find an order {thing} on your account."
    return f"{text} These are your orders:\n{order_list(orders)}" if orders else text


def account(customer: Mapping[str, Any]) -> str:
    """Return what is known of the customer."""
    text = f"You are on the {customer['plan']} plan" if customer.get("plan") else "You have no plan"
    since = customer.get("customer_since")
    return f"{text} and have been a customer since {since}." if since else f"{text}."


def article(passages: Sequence[Mapping[str, str]]) -> str:
    """Return what the articles say, with their titles."""
    return "\n\n".join(f"{_flat(p['text'])} (from our article “{p['title']}”)" for p in passages)


def refund(talk: Talk, days: int | None, order: Mapping[str, Any] | None, passages: Sequence[Mapping[str, str]]) -> str:
    """Return what the refund rule means for this customer; it promises nothing."""
    if order and (given_back := _given_back(order)):
        rest = " Nothing is left of it to refund." if order.get("refund") == "in full" else ""
        return f"Order {order.get('order_id')}{_contents(order)} {given_back}.{rest}"
    if not passages:
        return NO_ARTICLE
    rule = next((p for p in passages if _WINDOW.search(p["text"])), passages[0])
    window = _WINDOW.search(rule["text"])
    if window is None or days is None:
        return article([rule])

    bought = _bought(order, days)
    if days <= int(window[1]):
        return f"{bought[0].upper()}{bought[1:]}, which is within the {window[1]}-day window. {article([rule])}"
    return (
        f"I'm sorry{_comma(talk.first_name)}: {bought}. That is {OUTSIDE} {window[1]}-day window, so "
        f"I can't offer you a refund for it. {article(_beside(rule, passages))}\n\n{OFFER}"
    )


def _bought(order: Mapping[str, Any] | None, days: int) -> str:
    when = f"{days} day{'' if days == 1 else 's'} ago"
    if order is None:
        return f"as you say, you bought it {when}"
    return f"order {order.get('order_id')}{_contents(order)} was placed {when}"


def _beside(rule: Mapping[str, str], passages: Sequence[Mapping[str, str]]) -> list[Mapping[str, str]]:
    """Return the rule's own sentence, and what its file says besides, such as who decides on an exception."""
    file = rule.get("source", "").partition("#")[0]
    sentences = re.split(r"(?<=[.!?])\s+", _flat(rule["text"]))
    sentence = next((each for each in sentences if _WINDOW.search(each)), rule["text"])
    others = [p for p in passages if p is not rule and p.get("source", "").partition("#")[0] == file]
    return [{**rule, "text": sentence}, *others]


def anything(result: Any) -> str:
    """Return a result of a tool without words of its own in this file, field by field."""
    if isinstance(result, Mapping):
        rows = [
            f"{name.replace('_', ' ')}: {_value(value)}"
            for name, value in result.items()
            if value not in (None, "", [])
        ]
        return "Here is what I found: " + "; ".join(rows) + "." if rows else NO_ARTICLE
    return f"Here is what I found: {shorten(_value(result), 600)}" if result else NO_ARTICLE


def fitting(query: str, passages: Sequence[Mapping[str, str]]) -> list[Mapping[str, str]]:
    """Return the passages that speak of the question: they share enough of its telling words."""
    asked = stems(query)

    def shared(passage: Mapping[str, str]) -> int:
        return len(asked & stems(passage["text"])) + len(asked & stems(passage["title"]))

    enough = min(_ENOUGH_SHARED, max(1, len(asked)))
    ranked = [passage for passage in passages if shared(passage) >= enough]
    best = max((shared(passage) for passage in ranked), default=0)
    return [passage for passage in ranked if shared(passage) == best][:2]


def addressed(talk: Talk, text: str) -> str:
    """Return the answer as it goes out: greeting by name at first, and enterprise customers told once."""
    if not talk.answer:
        name = talk.first_name if talk.first_name not in text else ""
        text = f"Hi {name}! {text}" if name else f"Hello! {text}"
    if talk.plan == "enterprise" and not talk.answer:
        text += "\n\nAs an enterprise customer you have priority support."
    return text


def with_name(text: str, talk: Talk) -> str:
    """Return a line with the customer's first name in its place."""
    return text.format(name=_comma(talk.first_name))


def _given_back(order: Mapping[str, Any]) -> str:
    """What was refunded on an order, as its state; empty where nothing was."""
    if not order.get("refunded"):
        return ""
    amount = f"{order['refunded']} {order.get('currency', '')}".strip()
    if order.get("refund") == "in full":
        return f"has been refunded in full ({amount})"
    return f"has been refunded in part ({amount})"


def _comma(name: str) -> str:
    return f", {name}" if name else ""


def _contents(order: Mapping[str, Any]) -> str:
    names = [str(item["name"] if isinstance(item, Mapping) else item) for item in order.get("items") or ()]
    total = f"{order['total']} {order.get('currency', '')}".strip() if order.get("total") else ""
    inside = ", ".join([*names, *([total] if total else [])])
    return f" ({inside})" if inside else ""


def _in_days(order: Mapping[str, Any]) -> str:
    days = order.get("expected_in_days")
    return f" (in {days} day{'' if days == 1 else 's'})" if isinstance(days, int) and days > 0 else ""


def _flat(text: str) -> str:
    return shorten(re.sub(r"[*`]+|^[#>]+\s*", "", text, flags=re.MULTILINE), _LONGEST_ARTICLE)


def _value(value: Any) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{name.replace('_', ' ')} {_value(part)}" for name, part in value.items())
    return ", ".join(_value(part) for part in value) if isinstance(value, list) else str(value)
