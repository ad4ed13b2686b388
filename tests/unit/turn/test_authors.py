"""Who a line's author is: what Slack says of them, and what the conversation has called them since before that."""

from collections.abc import Sequence
from dataclasses import replace
from typing import cast

import pytest

from bot.domain.conversation import Conversation
from bot.domain.events import Author, ButtonClicked, CustomerMessage, InboundMessage
from bot.domain.identity import Proof, locked, opens
from bot.domain.ids import AuthorId, ConversationId
from bot.domain.ports import Directory, Profile
from bot.domain.ratings import rating_value
from bot.domain.transcript import Entry, Role
from bot.turn.context import TurnInput, batch_of
from bot.turn.identity import proving
from bot.turn.identity.authors import introduced, with_names
from bot.turn.ratings.rating import clicked

HOME, OTHER = "slack:T0HOME:U1", "slack:T0OTHER:U1"
HELD = Conversation(ConversationId("slack:T1:C1:1.0"))


class Slack:
    """Knows one person's home, and the name of another."""

    def __init__(self, *, is_away: bool = False) -> None:
        self._is_away = is_away

    async def profile(self, message: InboundMessage) -> Profile:
        user = message.author.id.rpartition(":")[2]
        if self._is_away:
            return Profile(message.author.id, "", unread=True)
        return Profile(AuthorId(f"slack:T0HOME:{user}"), "Ann Lee", shown="ann.lee" if user == "U0COLLEAG1" else "")


def line(author: str, text: str = "hello", number: int = 1) -> CustomerMessage:
    return CustomerMessage(f"m{number}", HELD.id, Author(AuthorId(author)), text, float(number))


async def authors(
    conversation: Conversation, *lines: InboundMessage, history: Sequence[Entry] = (), is_away: bool = False
) -> list[str]:
    directory = cast("Directory", Slack(is_away=is_away))
    found = await introduced(directory, TurnInput(conversation, lines, history, 1.0))
    return [each.author.id for each in found]


async def test_lines_of_one_person_are_one_batch_however_they_came() -> None:
    lines = (line(OTHER), line("slack:T1:U1", number=2), line("slack:T1:U2", number=3))

    assert len(batch_of(lines)) == 2
    assert await authors(HELD, *lines) == [HOME, HOME, "slack:T1:U2"]


async def test_a_conversation_with_a_ticket_goes_on_under_the_id_it_was_opened_under() -> None:
    old = replace(HELD, requester=AuthorId(OTHER), ticket_id="7")
    said = Entry(Role.USER, "hi", 1.0, author=AuthorId("slack:T1:U2"))

    assert await authors(old, line(HOME)) == [OTHER]
    assert await authors(old, line("slack:T9:U2"), history=[said]) == ["slack:T1:U2"]
    assert await authors(replace(old, ticket_id=""), line("slack:T1:U1")) == [HOME]


async def test_while_slack_does_not_say_the_conversation_does() -> None:
    assert await authors(replace(HELD, requester=AuthorId(OTHER)), line("slack:T1:U1"), is_away=True) == [OTHER]
    assert await authors(HELD, line("slack:T1:U1"), is_away=True) == ["slack:T1:U1"]


@pytest.mark.parametrize("author", ["zendesk:2001", "chat:key:cust_001", "slack:T1"])
async def test_nobody_else_is_asked_about(author: str) -> None:
    assert await authors(HELD, line(author)) == [author]


async def test_a_proof_and_a_code_of_the_version_before_count_for_the_same_person() -> None:
    waits = replace(HELD, proofs=(Proof(AuthorId(OTHER), "cust_001", locked(OTHER, "123456"), at=1.0),))
    told = proving.answer_to_asking(waits, [line(HOME, "123456")], 2.0)
    proof = replace(waits.proofs[0], is_proven=True, lock="")

    assert isinstance(told, proving.CodeTried)
    assert opens(told.proof, "123456")
    assert proving.proven(replace(HELD, proofs=(proof,)), [line(HOME)], 2.0, 60.0) == proof
    assert proving.proven(replace(HELD, proofs=(proof,)), [line("slack:T0HOME:U2")], 2.0, 60.0) is None
    assert proving.kept(waits, Proof(AuthorId(HOME))).proofs == (Proof(AuthorId(HOME)),)


async def test_the_customers_rating_counts_whatever_workspace_the_click_names() -> None:
    asked = replace(HELD, requester=AuthorId(OTHER), rating_asked="c1")
    clicks = [
        ButtonClicked(
            *("m1", HELD.id, Author(AuthorId(author))),
            action="frontdesk_rating",
            value=rating_value("c1", "good"),
            channel="C1",
            ts="2.0",
        )
        for author in (HOME, "slack:T0HOME:U2")
    ]
    verdicts = [clicked(TurnInput(asked, [click], [], 1.0), click).verdict for click in clicks]

    assert verdicts == ["rated", "click ignored"]


async def test_people_are_called_by_their_names_and_nothing_else_is_changed() -> None:
    text = "ask @U0COLLEAG1, not a@U0COLLEAG1 or @U0COLLEAG1X\n  key:   @home"
    [named] = await with_names(cast("Directory", Slack()), [line(HOME, text)])

    assert named.text == "ask @ann.lee, not a@U0COLLEAG1 or @Ann Lee\n  key:   @home"
