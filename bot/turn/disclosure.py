"""Says, in the first message that the bot writes in a conversation, that an AI assistant writes. Pure.

Who deals with an AI system has to be told so, clearly, at the latest at the first interaction (EU AI Act, Article 50,
https://eur-lex.europa.eu/eli/reg/2024/1689/oj#art_50). The words go beside the answer's own until it is delivered: a
draft, a model's memory and whatever is compared with a human's answer never hold them.
"""

from collections.abc import Sequence

from bot.desk.policy.policy import Policy
from bot.domain.changed import replace
from bot.domain.conversation import Conversation
from bot.domain.effects import Effect, PublishDraft, Reply
from bot.domain.transcript import Entry, Role
from bot.turn.context import TurnResult
from bot.turn.texts import disclosure


def disclosure_due(conversation: Conversation, policy: Policy) -> str:
    """Return what the next message of the bot begins with, empty where its customer was told already."""
    if conversation.is_disclosed or conversation.id.is_evaluated:
        return ""
    return disclosure(policy.disclosure, conversation.spoken)


def disclose(outcome: TurnResult, policy: Policy) -> TurnResult:
    """Return the outcome with the words in the first message that it says, where they are due."""
    words = disclosure_due(outcome.conversation, policy)
    first = next((effect for effect in outcome.effects if _is_said(effect)), None) if words else None
    if first is None:
        return outcome
    effects = tuple(_beginning(one, words) if one is first else one for one in outcome.effects)
    conversation = replace(outcome.conversation, disclosed=first.id)
    return replace(outcome, conversation=conversation, effects=effects, entries=shown_in(outcome.entries, words))


def shown_in(entries: Sequence[Entry], words: str) -> tuple[Entry, ...]:
    """Return the entries with the words before the first that the bot says; no model reads them there."""
    first = next((entry for entry in entries if entry.role is Role.ASSISTANT), None)
    return tuple(replace(entry, disclosure=words) if entry is first else entry for entry in entries)


def _beginning(effect: Effect, words: str) -> Effect:
    return replace(effect, disclosure=words) if isinstance(effect, Reply | PublishDraft) else effect


def _is_said(effect: Effect) -> bool:
    return isinstance(effect, Reply | PublishDraft) and bool(effect.text)
