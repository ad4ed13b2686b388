"""Judges what the desk would have done by the hard facts of what people did. Pure.

Sound, not complete: a contradiction is only what two figures or two actions about one thing show. Two answers
without a common figure are not told apart here; with a real model a judge reads them too.
"""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal, get_args

from bot.replay.answers import DeskAnswer, Proposed
from bot.replay.deeds import Deed, deeds_in, kind_of
from bot.replay.facts import Contradiction, compare, facts_in

Outcome = Literal["settles", "asks_back", "hands_over", "acts", "wrong", "not_comparable"]
OUTCOMES: tuple[Outcome, ...] = get_args(Outcome)
HELPFUL: frozenset[Outcome] = frozenset({"settles", "acts"})

_COURTESY = re.compile(
    r"anything else|something else|any (?:other|further|more) question|(?:does|did|has) (?:this|that) help|"
    r"let (?:me|us) know if|if you (?:have|need) (?:any|further|more|other)|feel free|don't hesitate|"
    r"sonst noch|noch etwas|(?:weitere|noch) fragen|hilft ihnen|autre chose|d'autres questions|n'hésitez pas|"
    r"algo más|alguna otra|otra pregunta|no dude|anything about|anything (?:you'd|you would) like to add",
    re.IGNORECASE,
)
_OFFER = re.compile(
    r"would you like (?:me|us) to|shall (?:i|we)|should (?:i|we)|do you want (?:me|us) to|may i|soll ich|sollen wir|"
    r"möchten sie, dass|souhaitez-vous que|voulez-vous que|quiere que|desea que",
    re.IGNORECASE,
)
_REQUEST = re.compile(
    r"\b(?:please|could you|can you)\b[^.?!\n]{0,20}\b(?:send|tell|give|share|provide|reply|write|confirm|"
    r"let (?:me|us) know)\b|"
    r"\b(?:senden|schicken|nennen|teilen|schreiben|sagen|geben) sie (?:mir|uns|bitte|hier)\b|"
    r"\bbitte\b[^.?!\n]{0,30}\b(?:senden|schicken|nennen|mitteilen|schreiben|angeben)\b|\bteilen sie (?:mir|uns)\b|"
    r"\b(?:merci de|veuillez|pourriez-vous|pouvez-vous)\b[^.?!\n]{0,20}\b"
    r"(?:envoyer|indiquer|donner|préciser|confirmer)\b|"
    r"\b(?:envíe|indique|díga|confirme|por favor,? (?:envíe|indique|confirme))\w*\b|"
    r"\bwrite the e-mail address\b|\bas soon as i know that it's you\b",
    re.IGNORECASE,
)
_SENTENCE_END = re.compile(r"(?<=[.!?])\s+|\n+")


@dataclass(frozen=True)
class Verdict:
    """What became of one ticket.

    Args:
        agrees: whether it is what people did; None where that cannot be told.
        why: in a few words, each one thing.
        agreed: facts that both state.
        contradictions: what the desk states otherwise.
        is_about_money: whether a contradiction is about an amount, or about an action.
        same_group, same_priority: of a hand-over, None where the human's is not known.
    """

    outcome: Outcome
    agrees: bool | None = None
    why: tuple[str, ...] = ()
    agreed: tuple[str, ...] = ()
    contradictions: tuple[str, ...] = ()
    is_about_money: bool = False
    same_group: bool | None = None
    same_priority: bool | None = None

    def dump(self) -> dict[str, Any]:
        """Return it as JSON has it."""
        raw = {name: value for name, value in asdict(self).items() if name != "outcome"}
        return {"verdict": self.outcome, **raw}


@dataclass(frozen=True)
class Human:
    """What people did.

    Args:
        group, priority: the ticket's at the end, empty where not known.
    """

    text: str
    group: str = ""
    priority: str = ""


def judge(human: Human, answer: DeskAnswer, actions: Collection[str]) -> Verdict:
    """Return the verdict.

    Args:
        actions: names of the desk's tools that propose something.
    """
    if answer.trouble:
        return Verdict("not_comparable", why=(answer.trouble,))
    if answer.handed:
        return _handed(human, answer.handed.group, answer.handed.priority)
    deeds = deeds_in(human.text, actions)
    return _asked(human, deeds) if asks_back(answer) else _said(human, answer, deeds, actions)


def _said(human: Human, answer: DeskAnswer, deeds: Sequence[Deed], actions: Collection[str]) -> Verdict:
    """Judge an answer that says something, or offers to do it."""
    agreed, against = compare(facts_in(human.text), facts_in(answer.text))
    other_deeds = list(_deeds_against(deeds, answer, actions))
    shown = (*other_deeds, *(_told(each) for each in against))
    stated = tuple(fact.shown for fact in agreed)
    if not shown:
        return _agreeing(deeds, answer, stated)
    is_money = bool(other_deeds) or any(each.kind == "amount" for each in against)
    return Verdict("wrong", False, shown, stated, shown, is_about_money=is_money)


def asks_back(answer: DeskAnswer) -> bool:
    """Return whether the customer has no answer yet: something is asked of them, or their wish was declined."""
    if answer.proposed:
        return False
    return not answer.specialist or is_question(answer.text)


def is_question(text: str) -> bool:
    """Return whether a text asks something of its reader, beyond courtesy; what it offers counts if that is all."""
    sentences = [part for part in _SENTENCE_END.split(text.replace("’", "'").strip()) if not _COURTESY.search(part)]
    asking = [part for part in sentences if part.endswith("?") or _REQUEST.search(part)]
    return bool(asking) and not (all(map(_OFFER.search, asking)) and facts_in(text))


def _handed(human: Human, group: str, priority: str) -> Verdict:
    same_group = _same(human.group, group)
    same_priority = _same(human.priority, priority)
    why = [
        f"{name}: people had {theirs}, the desk {ours}"
        for name, theirs, ours, same in (
            ("group", human.group, group, same_group),
            ("priority", human.priority, priority, same_priority),
        )
        if same is False
    ]
    known = [same for same in (same_group, same_priority) if same is not None]
    agrees = all(known) if known else None
    return Verdict("hands_over", agrees, tuple(why), same_group=same_group, same_priority=same_priority)


def _same(theirs: str, ours: str) -> bool | None:
    return theirs.casefold() == ours.casefold() if theirs else None


def _asked(human: Human, deeds: Sequence[Deed]) -> Verdict:
    done = [deed for deed in deeds if deed.is_done]
    if done:
        return Verdict("asks_back", False, (f"people did at once: {done[0].action}",))
    if is_question(human.text):
        return Verdict("asks_back", True, ("people asked back too",))
    facts = [fact.shown for fact in facts_in(human.text) if fact.kind != "id"]
    if facts:
        return Verdict("asks_back", False, (f"people answered at once: {', '.join(facts[:3])}",))
    return Verdict("asks_back")


def _deeds_against(deeds: Sequence[Deed], answer: DeskAnswer, actions: Collection[str]) -> Iterator[str]:
    """Yield what the desk would do, or refuse, against what people did."""
    done = {deed.action: deed for deed in deeds if deed.is_done}
    refused = _refused(deeds) - set(done)
    for offer in answer.proposed:
        yield from _offer_against(kind_of(offer.action), offer, done, refused)
    declined = set() if answer.proposed else _refused(deeds_in(answer.text, actions))
    yield from (f"people did: {kind}; the desk says no" for kind in done if kind in declined)


def _refused(deeds: Sequence[Deed]) -> set[str]:
    return {deed.action for deed in deeds if not deed.is_done}


def _offer_against(kind: str, offer: Proposed, done: Mapping[str, Deed], refused: Collection[str]) -> Iterator[str]:
    if kind in done:
        yield from _detail_against(done[kind], offer)
    elif kind in refused:
        yield f"people refused: {kind}; the desk would offer it"
    elif done:
        yield f"people did: {', '.join(done)}; the desk would offer: {kind}"


def _detail_against(deed: Deed, offer: Proposed) -> Iterator[str]:
    """Yield where amount or object of one action differ; what people did not write down differs from nothing."""
    facts = facts_in(deed.sentence)
    amounts = {fact.value.split()[0] for fact in facts if fact.kind == "amount"}
    ids = {fact.value for fact in facts if fact.is_object}
    if _differs(offer.amount, amounts):
        yield f"people: {deed.action} of {', '.join(sorted(amounts))}; the desk: {offer.amount}"
    if _differs(offer.subject.casefold(), ids):
        yield f"people: {deed.action} for {', '.join(sorted(ids))}; the desk for {offer.subject}"


def _differs(ours: str, theirs: Collection[str]) -> bool:
    return bool(ours and theirs) and ours not in theirs


def _agreeing(deeds: Sequence[Deed], answer: DeskAnswer, agreed: tuple[str, ...]) -> Verdict:
    done = [deed.action for deed in deeds if deed.is_done]
    if answer.proposed:
        return _acting([kind_of(offer.action) for offer in answer.proposed], done, agreed)
    if done:
        return Verdict("settles", False, (f"people did, the desk only answers: {', '.join(done)}",), agreed)
    return Verdict("settles", True if agreed else None, () if agreed else ("no figure in common",), agreed)


def _acting(offered: Sequence[str], done: Sequence[str], agreed: tuple[str, ...]) -> Verdict:
    same = [kind for kind in offered if kind in done]
    if same:
        return Verdict("acts", True, (f"both: {', '.join(same)}",), agreed)
    return Verdict("acts", None, ("no word of it in the human's answer",), agreed)


def _told(each: Contradiction) -> str:
    return f"{each.kind}: people wrote {each.human}, the desk {each.bot}"
