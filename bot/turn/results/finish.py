"""The end of every result: the turn and its entries are counted, the reply is added where one is due. Pure."""

from collections.abc import Sequence

from bot.domain.capabilities import capabilities_of
from bot.domain.changed import replace
from bot.domain.conversation import Conversation
from bot.domain.effects import Effect, Reply
from bot.domain.transcript import Entry
from bot.turn.context import Batch, TurnInput, TurnResult

SUMMARY_CHARS = 300


def no_reply(asked: Batch) -> Reply:
    """What a `/chat` post is answered with while people answer."""
    return Reply(id=f"{asked.cause}:reply", text="", agent="human", recipient=asked.requester.author.id, status="")


def finished(
    waiting: TurnInput,
    conversation: Conversation,
    asked: Batch,
    entries: Sequence[Entry],
    effects: Sequence[Effect],
    reply: Reply,
    verdict: str,
) -> TurnResult:
    """Count turn and transcript; where there is something to say, or somebody waits for it, add the reply."""
    before = waiting.conversation
    conversation = replace(conversation, turns=before.turns + 1, items=before.items + len(entries))
    answers = tuple(line.id for line in asked.lines if capabilities_of(line.surface).waits_for_answer)
    reply = replace(reply, answers=answers, turn=conversation.turns, items=conversation.items)
    wanted = bool(reply.text) or bool(answers)
    return TurnResult(
        conversation, asked.consumed, tuple(entries), (*effects, reply) if wanted else tuple(effects), verdict
    )


def summary_of(asked: Batch, answer: str) -> str:
    """A line or two that the same person's next conversation begins with."""
    said = " ".join(asked.remembered.split())[:SUMMARY_CHARS]
    return f"they wrote “{said}”; answer: “{' '.join(answer.split())[:SUMMARY_CHARS]}”"
