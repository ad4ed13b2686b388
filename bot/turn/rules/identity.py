"""Takes the address or the one-time code that an author was asked for (`turn/identity/proving.py` checks it)."""

from dataclasses import replace
from typing import assert_never

from bot.domain.identity import Proof
from bot.domain.ids import person_of
from bot.turn import results
from bot.turn.context import TurnResult
from bot.turn.identity import authors, one_time_codes, proving
from bot.turn.identity.proving import AddressGiven, Challenge, CodeTried
from bot.turn.stages import specialist_answer
from bot.turn.texts import say
from bot.turn.turn_context import TurnContext


async def check(ctx: TurnContext) -> TurnResult | None:
    """Send a code to the address that was given, or compare the code that was sent."""
    told = proving.answer_to_asking(ctx.conversation, ctx.lines, ctx.now)
    match told:
        case None:
            return None
        case AddressGiven():
            return await one_time_codes.prove(ctx, told.email)
        case CodeTried():
            return await _code_tried(ctx, told)
        case _:
            assert_never(told)


async def _code_tried(ctx: TurnContext, tried: CodeTried) -> TurnResult:
    if not await _may_try(ctx, tried.proof):
        return results.asking(ctx.desk, ctx.waiting, ctx.asked, proving.limited(ctx.waiting, ctx.asked))
    result = proving.try_code(ctx.waiting, tried, was_sent=await _was_sent(ctx, tried.proof))
    if isinstance(result, Challenge):
        return results.asking(ctx.desk, ctx.waiting, ctx.asked, result)
    return await _proven(ctx, result)


async def _may_try(ctx: TurnContext, proof: Proof) -> bool:
    """Whether the author may guess once more; each guess counts, whatever conversation it is in."""
    codes = ctx.deps.codes
    return codes is None or await codes.may_try(person_of(proof.author), proof.address, ctx.asked.cause)


async def _was_sent(ctx: TurnContext, proof: Proof) -> bool:
    """Whether the code has gone out, as far as anybody counts."""
    codes = ctx.deps.codes
    if codes is None or not proof.sending:
        return True
    return await codes.was_sent(proof.sending)


async def _proven(ctx: TurnContext, proof: Proof) -> TurnResult:
    """The author is known now: their question is answered, or they are asked for it."""
    lines = proving.question_again(ctx.asked.lines, proof)
    # What Zendesk doubts is proven by the code it carries, and no further.
    stands = not any(line.is_flagged for line in lines)
    ctx = ctx.with_conversation(proving.kept(ctx.conversation, replace(proof, is_proven=stands)))

    profile = ctx.asked.requester.profile
    asked = await authors.asked_by(ctx.deps, ctx.waiting, lines, profile, proof)
    known = asked.customer.id if asked.customer else ""
    # How much is said by itself may go by the plan, which nobody knew before.
    ctx = ctx.with_conversation(replace(ctx.conversation, plan=asked.requester.plan, customer=known))
    ctx = replace(ctx, asked=asked)

    if proof.question:
        outcome = await specialist_answer.answer(ctx)
        return replace(outcome, events=(results.identity(asked, proving.PROVEN), *outcome.events))
    name = asked.customer.first_name if asked.customer else asked.requester.person.name
    text = say("identity.welcome", ctx.conversation.spoken, name=name)
    welcome = Challenge(ctx.conversation, text, proving.PROVEN)
    return results.asking(ctx.desk, ctx.waiting, asked, welcome)
