"""The contract of a `HelpDesk`, updating tickets: kept by the real adapter and by the double in memory."""

import pytest

from bot.delivery.safe_update import update_ticket
from bot.domain.conversation import Conversation
from bot.domain.effects import Person, UpdateTicket
from bot.domain.errors import Conflict, PermanentFailure, TemporaryFailure, UnknownOutcome
from bot.domain.events import File
from bot.domain.facts import Facts
from bot.domain.ids import ConversationId
from tests.contract import help_desk_places as places
from tests.contract.help_desk_places import Place
from tests.contract.zendesk.zendesk_fixtures import NOTE, OPEN

server, place = places.server, places.place


async def test_an_escalation_of_a_ticket_is_one_update(place: Place) -> None:
    ticket_id = place.new_ticket()
    place.change(ticket_id, "Lee Park", assignee_id=place.user("Lee Park"), add_tags=["frontdesk_off"])
    effect = UpdateTicket(
        id="effect-1",
        comment="**Issue**: order is late",
        group="Escalations",
        priority="urgent",
        status="open",
        add_tags=("frontdesk", "frontdesk_escalated"),
        remove_tags=("frontdesk_off",),
        unassign=True,
    )

    ticket, comment_id = await place.desk.update(ticket_id, effect, ())

    assert (ticket.priority, ticket.status, ticket.assignee_id) == ("urgent", "open", "")
    assert ticket.group_id == await place.desk.group_id("Escalations")
    assert set(ticket.tags) == {"frontdesk", "frontdesk_escalated"}
    note = (await place.desk.read(ticket_id, 0)).comments[-1]
    assert (note.id, note.public, note.author.name) == (comment_id, False, "Frontdesk Bot")


async def test_an_update_without_words_is_found_too(place: Place) -> None:
    ticket_id = place.new_ticket()
    before = (await place.desk.read(ticket_id, 0)).ticket

    ticket, comment_id = await place.desk.update(ticket_id, UpdateTicket(id="e", add_tags=("frontdesk",)), ())

    assert (ticket.tags, comment_id, ticket.status, ticket.priority) == (("frontdesk",), 0, before.status, "")
    assert await place.desk.find_update(ticket_id, "e") == (True, 0)


async def test_relayed_lines_are_their_authors_public_comment(place: Place) -> None:
    ticket = await place.desk.open(OPEN, ())
    erin = Person(name="Erin Ext", external_id="slack:T0PARTNER:U0EXT")
    words = "*not* bold\n<i>mine</i>"
    lines = UpdateTicket(id="effect-2", comment=words, public=True, author=erin)

    _, comment_id = await place.desk.update(ticket.id, lines, ())

    comment = (await place.desk.read(ticket.id, 0)).comments[-1]
    assert (comment.id, comment.text, comment.author.name, comment.public) == (comment_id, words, "Erin Ext", True)
    # Written through the API under a customer's name: never to be answered as a customer's.
    assert comment.effect_id == "effect-2"


async def test_a_file_needs_no_words_and_is_fetched_again(place: Place) -> None:
    ticket_id = place.new_ticket()
    effect = UpdateTicket(id="e", public=True, files=(File("F1", "receipt.txt", mime="text/plain"),))

    _, comment_id = await place.desk.update(ticket_id, effect, (b"42",))

    comment = (await place.desk.read(ticket_id, 0)).comments[-1]
    [file] = comment.files
    assert (comment.id, file.name, file.mime, file.size) == (comment_id, "receipt.txt", "text/plain", 2)
    assert await place.desk.download(file) == b"42"
    with pytest.raises(PermanentFailure):
        await place.desk.download(File("1", "x", url="http://169.254.169.254/latest/meta-data"))


async def test_a_changed_ticket_refuses_a_safe_update(place: Place) -> None:
    ticket_id = place.new_ticket()
    with pytest.raises(Conflict):
        await place.desk.update(ticket_id, NOTE, (), "2020-01-01T00:00:00Z")
    reading = await place.desk.read(ticket_id, 0)
    assert len(reading.comments) == 1

    await place.desk.update(ticket_id, NOTE, (), reading.ticket.updated_at)

    assert len((await place.desk.read(ticket_id, 0)).comments) == 2


@pytest.mark.parametrize("comment", ["Is anybody there?", ""])
async def test_what_was_written_since_a_stamp_is_refused_and_found(place: Place, comment: str) -> None:
    erin = Person(name="Erin Ext", external_id="slack:T0PARTNER:U0EXT") if comment else None
    effect = UpdateTicket(id="late", comment=comment, public=True, author=erin, add_tags=("frontdesk",))
    ticket = await place.desk.open(OPEN, ())
    held = Conversation(ConversationId("slack:T1:C1:1000.000100"), ticket_id=ticket.id)
    old = Facts.ticket(ticket.id, "2020-01-01T00:00:00Z")

    learnt = [await update_ticket(place.desk, held, effect, (), old) for _ in range(2)]

    reading = await place.desk.read(ticket.id, 0)
    assert len([one for one in reading.comments if one.effect_id == "late"]) == bool(comment)
    assert [one.seen_stamp for one in learnt] == [reading.ticket.updated_at] * 2


async def test_a_closed_ticket_says_so(place: Place) -> None:
    ticket_id = place.new_ticket()
    place.change(ticket_id, "Lee Park", status="closed")
    with pytest.raises(PermanentFailure) as failure:
        await place.desk.update(ticket_id, NOTE, ())
    assert failure.value.code == "closed"


@pytest.mark.parametrize("is_done", [True, False])
async def test_an_update_without_an_answer_is_read_back(place: Place, is_done: bool) -> None:
    ticket_id = place.new_ticket()
    (place.lose_answer if is_done else place.break_off)("update")
    with pytest.raises(UnknownOutcome):
        await place.desk.update(ticket_id, NOTE, ())

    written = (await place.desk.read(ticket_id, 0)).comments[1:]
    assert bool(written) is is_done
    assert await place.desk.find_update(ticket_id, NOTE.id) == (is_done, written[0].id if written else 0)
    assert await place.desk.find_update(ticket_id, "another-effect") == (False, 0)


async def test_what_was_put_off_certainly_did_not_happen(place: Place) -> None:
    ticket_id = place.new_ticket()
    place.limit("update", 17)
    with pytest.raises(TemporaryFailure) as failure:
        await place.desk.update(ticket_id, NOTE, ())

    assert failure.value.retry_after == 17
    assert not isinstance(failure.value, UnknownOutcome)
    assert len((await place.desk.read(ticket_id, 0)).comments) == 1
