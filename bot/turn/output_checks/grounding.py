"""Tells whether something in the conversation supports what an answer claims. Pure.

Two rules. That money was moved or an order changed, or will be, may be said only after it was. A rule of the company
(a deadline, a price, what is free or guaranteed) may be said only where a tool's result, the desk's own instructions
or the customer said it before.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from bot.domain.conversation import Conversation
from bot.domain.handoffs import HandoffRequest
from bot.domain.proposals import Stage
from bot.domain.transcript import Entry, Role
from bot.turn.agent.runner import Run
from bot.turn.agent.session import said_by_bot, words
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
_FACTS_CHARS = 2_000


@dataclass(frozen=True)
class _Evidence:
    """What may bear out an answer.

    Args:
        found: what tools returned, oldest first.
        said: what the desk's instructions and the customer say.
        done: summaries of the actions that were carried out.
    """

    found: Sequence[str]
    said: Sequence[str]
    done: Sequence[str]

    @classmethod
    def of(cls, run: Run, conversation: Conversation, history: Sequence[Entry], told: Sequence[str]) -> "_Evidence":
        heard = [entry for entry in history if not entry.is_by_machine]
        return cls(
            found=words([*history, *run.entries], Role.TOOL_OUTPUT),
            said=[*told, *words(heard, Role.USER)],
            done=[each.summary for each in conversation.proposals if each.stage is Stage.DONE],
        )

    def lacks_deed(self, sentence: str) -> bool:
        """Return whether the sentence says that something was done, or will be, which was not."""
        speaks_of_deed = claims_deed(sentence) or promises_money(sentence)
        return speaks_of_deed and not was_done(sentence, self.found, self.done)

    def lacks_rule(self, sentence: str) -> bool:
        """Return whether the sentence states a rule of the company that nothing supports."""
        return is_rule(sentence) and not is_supported(sentence, [*self.found, *self.said])


@dataclass(frozen=True)
class _Checked:
    """An answer without what nothing bears out.

    Args:
        claimed: whether it spoke of deeds that were not done.
        unknown: whether it stated rules that nothing supports.
    """

    text: str
    claimed: bool
    unknown: bool


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

    evidence = _Evidence.of(run, conversation, history, told)
    answer = _check(run.text, evidence, rules=rules)
    if not (answer.claimed or answer.unknown):
        return run
    if answer.unknown and not says_something(answer.text):
        newest = "\n".join(evidence.found[-1:])
        return replace(run, text="", request=HandoffRequest(HELD_BACK, confirmed_facts=newest[:_FACTS_CHARS]))

    text = _with_corrections(answer, conversation.spoken)
    return replace(run, text=text, entries=reworded(run.entries, text))


def _check(text: str, evidence: _Evidence, *, rules: bool) -> _Checked:
    kept: list[str] = []
    claimed = False
    unknown = False
    for sentence in sentences(text):
        if evidence.lacks_deed(sentence):
            claimed = True
        elif rules and evidence.lacks_rule(sentence):
            unknown = True
        else:
            kept.append(sentence)
    return _Checked("".join(kept).strip(), claimed, unknown)


def _with_corrections(answer: _Checked, language: str) -> str:
    """Return what is left of the answer, and behind it what the customer has to know of what is not."""
    added: list[str] = []
    if answer.claimed:
        added.append(say("check.nothing_done", language))
    if answer.unknown:
        added.append(say("check.softened", language))
    return "\n\n".join(part for part in (answer.text, " ".join(added)) if part)


def reworded(entries: Sequence[Entry], text: str) -> tuple[Entry, ...]:
    """The transcript, and what the model reads of it later, hold what was said, not what was held back."""
    last = max((n for n, entry in enumerate(entries) if entry.role is Role.ASSISTANT), default=-1)
    item = said_by_bot(text)
    items = (item,) if isinstance(item, dict) else ()
    return tuple(replace(entry, text=text, items=items) if n == last else entry for n, entry in enumerate(entries))
