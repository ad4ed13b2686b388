"""Lists what the offline model can do: one row per wish, most specific first."""

import re
from dataclasses import dataclass

from integrations.models.rules.text import ids


@dataclass(frozen=True)
class Skill:
    """A wish that words reveal, and the tools that answer it.

    Args:
        cue: finds the wish in the customer's lines.
        topic: words of the specialist it belongs to.
        tools: asked one after the other; of alternatives in one entry the first that the specialist has.
        query: what the articles are searched for; empty searches for the customer's own words.
        group: topic of the escalation.
        follows: whether the wish goes on from one message to the next ("and what about ord_1002?").
        human: why only a person can settle it; empty where the tools can.
    """

    name: str
    cue: re.Pattern[str]
    topic: str
    tools: tuple[tuple[str, ...], ...]
    group: str
    query: str = ""
    follows: bool = True
    human: str = ""


def _cue(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.IGNORECASE | re.DOTALL)


_THING = r"(order|package|parcel|shipment|delivery|item|headset|keyboard|purchase)s?"

SKILLS: tuple[Skill, ...] = (
    Skill(
        "charge",
        _cue(r"\b(charged|billed|paid) (me )?(twice|double|two times)|\b(double|duplicate|wrong) (charge|payment)"
             r"|\bovercharged\b"),
        topic="payment charge",
        tools=(),
        group="billing",
        human="the customer reports a wrong charge",
    ),
    Skill(
        "address",
        _cue(r"\b(change|update|correct|wrong)\b.{0,25}(?<!mail )\baddress\b"),
        topic="delivery",
        tools=(),
        group="shipping",
        human="the customer wants another delivery address",
    ),
    Skill(
        "refund",
        _cue(r"\b(refund\w*|money back|reimburse\w*|send (it|this|that|them) back|return(?!s? (?:an? )?(?:error|\d{3}))"
             r"(s|ed|ing|able)?)\b"),
        topic="refunds returns",
        tools=(("lookup_order",), ("search_knowledge",)),
        query="refund return window",
        group="billing",
    ),
    Skill(
        "cancel",
        _cue(r"\bcancel\w*\b.{0,30}(\b" + _THING + r"\b|[A-Za-z_]+\d{3,})"),
        topic="order status",
        tools=(("lookup_order",),),
        group="shipping",
    ),
    Skill(
        "plan",
        _cue(r"\b(upgrade|downgrade|switch|change|move)\b.{0,40}\b(plan|free|pro|enterprise)\b"),
        topic="subscriptions plans",
        tools=(("lookup_customer",),),
        group="billing",
        follows=False,
    ),
    Skill(
        "reship",
        _cue(r"\b(send|ship)\b.{0,30}\bagain\b|\b(resend|re-?ship)\b|\breplacement\b"),
        topic="tracking a parcel, shipping",
        tools=(("lookup_order",),),
        group="shipping",
    ),
    Skill(
        "complaint",
        _cue(r"\b(missing|damaged|broken|defective|faulty|incomplete|lost|wrong)\b.{0,40}\b" + _THING + r"\b"
             r"|\b" + _THING + r"\b.{0,40}\b(missing|damaged|broken|defective|faulty|incomplete|lost|wrong)\b"),
        topic="order",
        tools=(("lookup_order",),),
        group="shipping",
    ),
    Skill(
        "problem",
        _cue(r"\b(errors?|bugs?|crash\w*|outage|(throws|raises|unhandled) .{0,10}exception|stack ?trace|"
             r"http [45]\d\d|stopped working|"
             r"(does|do|did|is|are|was)(n'?t| not) (work\w*|load\w*|open\w*|respond\w*|start\w*)|"
             r"(can'?t|cannot|unable to) (log|sign) ?in|(site|website|app|api|page) is down)\b"),
        topic="technical problem error",
        tools=(("search_knowledge",),),
        group="technical",
    ),
    Skill(
        "list",
        _cue(r"\b(my|all|list|show|which)\b.{0,12}\b(orders|purchases)\b|\border history\b"
             r"|\bwhat (did|have) i (order|buy|bought|purchase)"),
        topic="order history",
        tools=(("lookup_orders",),),
        group="shipping",
    ),
    Skill(
        "tracking",
        _cue(r"\btrack(ing)?\b(?! record).{0,30}\b(number|code|link|id|" + _THING + r"|it)\b|\bwhich carrier\b"
             r"|\btrack(ing)? [#A-Za-z_]*\d{3,}"),
        topic="track parcel",
        tools=(("track_shipment", "lookup_order"),),
        group="shipping",
    ),
    Skill(
        "status",
        _cue(r"\b(where|status|arriv\w*|late|delay\w*|when|shipped|receiv\w*|came|come|eta|expected|going on)\b"
             r".{0,40}\b" + _THING + r"\b"
             r"|\b" + _THING + r"\b.{0,40}\b(where|status|arriv\w*|late|delay\w*|when|ship\w*|receiv\w*|came|eta)\b"
             r"|\bwhere('?s| is) (it|that)\b|\b(it|that)('?s| is| has)? (still )?(late|delayed|not (here|arrived))\b"
             r"|\bwhen (will|does|is) it (arriv\w*|com\w*|ship\w*|be)\b"),
        topic="order status",
        tools=(("lookup_order", "track_shipment"),),
        group="shipping",
    ),
    Skill(
        "account",
        _cue(r"\b(which|what) (plan|subscription)\b.{0,15}\b(am i|do i|have i|i have|is mine)\b|\bmy (current )?plan\b"
             r"|\bmy (account|customer) (details|information|info|data)\b|\bhow long have i been\b"),
        topic="plan account",
        tools=(("lookup_customer",),),
        group="billing",
        follows=False,
    ),
)  # fmt: skip

NAMED_THING = next(skill for skill in SKILLS if skill.name == "status")
"""What a bare id ("order A1001") asks for."""

_RULE_ONLY = _cue(r"\b(policy|policies|rules?|how long|how many days|in general|terms)\b")


def skill_of(text: str) -> Skill | None:
    """Return the skill that one message asks for; a bare id asks for its status."""
    return worded_skill(text) or (NAMED_THING if ids(text) else None)


def worded_skill(text: str) -> Skill | None:
    """Return the skill that the message has words for."""
    return next((skill for skill in SKILLS if skill.cue.search(text)), None)


def asks_again(text: str) -> bool:
    """Return whether the message asks for the same thing once more."""
    return (skill := worded_skill(text)) is not None and skill.name == "reship"


def asks_for_rule(text: str) -> bool:
    """Return whether the message asks how things are in general, not about one order."""
    return _RULE_ONLY.search(text) is not None
