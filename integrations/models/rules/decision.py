"""The offline model's decision: rules in order, the first that applies wins; no chance, no memory."""

import re
from collections.abc import Callable, Sequence

from integrations.models.rules.articles import OUTSIDE
from integrations.models.rules.given import ESCALATE, Given, Move, Say, Use
from integrations.models.rules.handover import DECIDE, REPRODUCE, hand_over
from integrations.models.rules.outcomes import People, Words
from integrations.models.rules.serving import serve
from integrations.models.rules.talk import Reply
from integrations.models.rules.wishes import Wish, is_reply, wishes_of
from integrations.models.rules.words import forms
from integrations.models.rules.words.lexicon import deeds, known_words, speaks_without_spaces, things
from integrations.models.rules.words.sentences import say, says
from integrations.models.rules.words.small_talk import SmallTalk, small_talk

_REFUSED = re.compile(r"\b(can'?t|cannot|unable|outside|not possible|no longer)\b", re.IGNORECASE)
_PRIORITY = re.compile(r"\bon the (\w+) plan once that they have ([^.]+)\.", re.IGNORECASE)
_TWICE = 2


def decide(given: Given) -> Move:
    """Return what to do next in this conversation.

    Raises:
        LaneWanted: which specialist a wish is for, by its meaning, has to be known first.
    """
    rules: Sequence[Callable[[Given], Move | None]] = (
        _handed_over, _to_human, _was_answered_in_vain, _small_talk, _upset, _nonsense, _served,
    )  # fmt: skip
    move = next((move for rule in rules if (move := rule(given)) is not None), Say(say("unclear", given.language)))
    return _said(given, move) if isinstance(move, Say) else move


def _said(given: Given, move: Say) -> Move:
    """Say it as it goes out; who was asked the same twice is not asked a third time but given to people."""
    text = move.text
    asked = [answer for answer in given.talk.answers[-_TWICE:] if text in answer]
    if "?" in text and len(asked) == _TWICE and ESCALATE in given.tools and not says(text, "help"):
        return hand_over(given, "the customer was asked the same twice, and it led nowhere")
    return Say(_addressed(given, text) if move.greets else text)


def _handed_over(given: Given) -> Move | None:
    return Say(say("handed_over", given.language)) if given.talk.called(ESCALATE) else None


def _to_human(given: Given) -> Move | None:
    if ESCALATE in given.tools and forms.wants_person(given.talk.latest):
        return hand_over(given, "the customer asks for a human", "high")
    return None


def _was_answered_in_vain(given: Given) -> Move | None:
    """A human is needed after what we said last: it was refused, not solved, or an offer of one was taken."""
    talk = given.talk
    if ESCALATE not in given.tools:
        return None
    if _REFUSED.search(talk.answer) and forms.pushes_back(talk.latest) and not given.shapes.find(talk.latest):
        return _not_accepted(given)
    if says(talk.answer, "offer") and _agrees(talk.latest):
        return _not_accepted(given) if OUTSIDE in talk.answer else hand_over(given, "the customer wants a colleague")
    if says(talk.answer, "facts") and not _is_other_wish(given):
        return hand_over(given, "a technical problem that no article solves", next_step=REPRODUCE)
    return None


def _agrees(text: str) -> bool:
    found = small_talk(text)
    return not found.rest and "yes" in found.kinds


def _is_other_wish(given: Given) -> bool:
    """Whether the line asks for something else than what we wanted to hear."""
    wishes = wishes_of(given.talk, given.shapes)
    return not wishes or all(forms.asks(wish.said) and "?" in wish.said for wish in wishes)


def _not_accepted(given: Given) -> Move:
    if OUTSIDE not in given.talk.answer:
        return hand_over(given, "the customer does not accept the answer")
    reason = "outside the refund window, and the customer does not accept that"
    return hand_over(given, reason, next_step=DECIDE)


def _small_talk(given: Given) -> Move | None:
    talk = given.talk
    if forms.asks_who(talk.latest):
        return Say(say("who", given.language))
    if forms.asks_what_can_be_done(talk.latest):
        return Say(_what_can_be_done(given))
    if talk.answer and forms.holds_back(talk.latest):
        return Say(_named(given, "all_right"))
    found = small_talk(talk.latest, talk.first_name)
    return None if found.rest and (found.rest.strip("?!. ") or not found.kinds) else _answered(given, found)


def _what_can_be_done(given: Given) -> str:
    """What the specialists say that they handle, in the desk's own words."""
    handled = [what.partition(": ")[2] or what for what in given.specialists.values()]
    topics = [f"- {what.rstrip('.')}" for what in handled if not what.startswith("Greets")]
    return say("can", given.language, topics="\n".join(topics)) if topics else say("help", given.language)


def _answered(given: Given, found: SmallTalk) -> Say:
    """What is said to small talk alone."""
    kinds = found.kinds
    if "thanks" in kinds:
        return Say(_named(given, "welcome"), greets=False)
    if "farewell" in kinds:
        return Say(_named(given, "farewell"), greets=False)
    if "no" in kinds or (given.talk.answer and set(kinds) & {"yes", "fine"}) or kinds[:1] == ("fine",):
        return Say(_named(given, "all_right"), greets=False)
    return Say(say("help", given.language))


def _upset(given: Given) -> Move | None:
    """Anger without a wish gets kind words and a colleague; who was misunderstood is asked once, then people come."""
    latest = given.talk.latest
    if forms.was_misunderstood(latest):
        if says(given.talk.answer, "misunderstood") and ESCALATE in given.tools:
            return hand_over(given, "the customer was misunderstood twice")
        return Say(say("misunderstood", given.language), greets=False)
    wishes = wishes_of(given.talk, given.shapes)
    wants = any(wish.things or "?" in wish.said or wish.words & (deeds() | things()) for wish in wishes)
    if wants or not forms.is_angry(latest):
        return None
    return Say(f"{say('sorry', given.language)} {say('offer', given.language)}", greets=False)


def _nonsense(given: Given) -> Move | None:
    """Not one word that anybody knows: it is asked what is meant."""
    latest = given.talk.latest
    if is_reply(Reply(given.talk.answer, latest)):
        return None
    if speaks_without_spaces(latest) or given.shapes.find(latest) or known_words(latest):
        return None
    if given.lanes is not None and given.lane(latest).sure:
        return None
    words = re.findall(r"[^\W\d_]{2,}", latest)
    is_known_to_tools = any(word.lower() in _spoken_of(given) for word in words)
    return None if is_known_to_tools else Say(say("unclear", given.language))


def _spoken_of(given: Given) -> str:
    return " ".join(
        [given.instructions, *given.specialists.values(), *[f.description for f in given.tools.values()]]
    ).lower()


def _served(given: Given) -> Move | None:
    """Each wish gets its lookup, one after the other; the answer joins what they led to, a proposal last."""
    wishes = wishes_of(given.talk, given.shapes)
    if not wishes:
        return None
    said: list[Words] = []
    for wish in wishes:
        step = serve(given, wish)
        if isinstance(step, Use):
            return step
        if isinstance(step, People):
            return hand_over(given, step.reason) if ESCALATE in given.tools else Say(say("handed_over", given.language))
        said.append(step)
    return Say(_joined(given, wishes, said))


def _joined(given: Given, wishes: Sequence[Wish], said: Sequence[Words]) -> str:
    """One answer of several; what led to nothing is left away where something else was found."""
    nothing = say("no_article", given.language)
    told = [each for each in said if nothing not in each.text] or said[:1]
    ordered = sorted(told, key=lambda each: each.is_offer)
    return "\n\n".join(dict.fromkeys(each.text for each in ordered)) if len(wishes) > 1 else said[0].text


def _named(given: Given, key: str) -> str:
    name = given.talk.first_name
    return say(key, given.language, name=f", {name}" if name else "")


def _addressed(given: Given, text: str) -> str:
    """The answer as it goes out: greeting by name at first, and told once what the customer's plan gives."""
    if given.talk.answer:
        return text
    name = given.talk.first_name if given.talk.first_name not in text else ""
    greeted = say("hi", given.language, name=name, text=text) if name else say("hello", given.language, text=text)
    promised = _PRIORITY.search(" ".join(given.instructions.split()))
    if promised and promised[1] == given.talk.plan:
        greeted += "\n\n" + say("priority", given.language, plan=promised[1], what=promised[2])
    return greeted
