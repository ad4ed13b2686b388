"""Tells whether something in the conversation supports what an answer claims. Pure.

Two rules. That money was moved or an order changed, or will be, may be said only after it was. A rule of the company
(a deadline, a price, what is free or guaranteed) may be said only where a tool's result, the desk's own instructions
or the customer said it before.
"""

from collections.abc import Sequence
from dataclasses import replace

from bot.domain.conversation import Conversation
from bot.domain.proposals import Stage
from bot.domain.transcript import Entry, Role
from bot.turn.agent.runner import Run
from bot.turn.agent.session import said_by_bot
from bot.turn.handoff.escalation import HandoffRequest
from bot.turn.output_checks.claims import (
    claims_deed,
    is_rule,
    is_supported,
    promises_money,
    says_something,
    sentences,
    was_done,
)
from bot.turn.texts import say

HELD_BACK = "what the model wanted to answer stands in no article"


def grounded(
    run: Run, conversation: Conversation, history: Sequence[Entry], told: Sequence[str], *, rules: bool
) -> Run:
    """Return the run with an answer that holds only what is borne out; where nothing is left, people are asked.

    Args:
        told: what the desk's instructions and the customer's message say.
        rules: whether rules of the company are checked too, not only deeds.
    """
    if run.request or not run.text:
        return run
    entries = [*history, *run.entries]
    found = [entry.text for entry in entries if entry.role is Role.TOOL_OUTPUT]
    wrote = [entry.text for entry in history if entry.role is Role.USER and not entry.is_by_machine]
    done = [each.summary for each in conversation.proposals if each.stage is Stage.DONE]
    kept, deeds, unknown = [], 0, 0
    for sentence in sentences(run.text):
        if (claims_deed(sentence) or promises_money(sentence)) and not was_done(sentence, found, done):
            deeds += 1
        elif rules and is_rule(sentence) and not is_supported(sentence, [*found, *told, *wrote]):
            unknown += 1
        else:
            kept.append(sentence)
    if not deeds and not unknown:
        return run
    rest = "".join(kept).strip()
    if unknown and not says_something(rest):
        return replace(run, text="", request=HandoffRequest(HELD_BACK, confirmed_facts="\n".join(found[-1:])[:2000]))
    language = conversation.language
    added = [say("check.nothing_done", language)] * bool(deeds) + [say("check.softened", language)] * bool(unknown)
    text = "\n\n".join(part for part in (rest, " ".join(added)) if part)
    return replace(run, text=text, entries=reworded(run.entries, text))


def reworded(entries: Sequence[Entry], text: str) -> tuple[Entry, ...]:
    """The transcript, and what the model reads of it later, hold what was said, not what was held back."""
    last = max((n for n, entry in enumerate(entries) if entry.role is Role.ASSISTANT), default=-1)
    item = said_by_bot(text)
    items = (item,) if isinstance(item, dict) else ()
    return tuple(replace(entry, text=text, items=items) if n == last else entry for n, entry in enumerate(entries))
