"""The contract of a `HelpDesk`, opening and reading: kept by the real adapter and by the double in memory."""

import time
from dataclasses import replace

import pytest

from bot.domain.effects import Person, UpdateTicket
from bot.domain.errors import NotFound, PermanentFailure, UnknownOutcome
from bot.domain.events import File
from tests.contract import help_desk_places as places
from tests.contract.help_desk_places import Place
from tests.contract.zendesk.zendesk_fixtures import CONVERSATION, OPEN

server, place = places.server, places.place


# ── opening ──────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_a_ticket_is_opened_in_the_customers_name(place: Place) -> None:
    ticket = await place.desk.open(OPEN, ())

    assert ticket.group_id == await place.desk.group_id("Shipping")
    assert (ticket.priority, ticket.status, ticket.assignee_id) == ("high", "open", "")
    assert (set(ticket.tags), ticket.external_id, ticket.subject) == (set(OPEN.tags), CONVERSATION, "Late order")
    assert ticket.requester_id == str(place.user("Sarah Chen"))
    [comment] = (await place.desk.read(ticket.id, 0)).comments
    assert (comment.text, comment.public, comment.effect_id) == (OPEN.words, True, OPEN.id)
    assert comment.author.id == f"zendesk:{place.user('Sarah Chen')}"


async def test_our_own_first_words_are_ours(place: Place) -> None:
    ticket = await place.desk.open(replace(OPEN, ours=True), ())

    [comment] = (await place.desk.read(ticket.id, 0)).comments
    assert comment.author.id == f"zendesk:{place.user('Frontdesk Bot')}"
    assert not comment.author.is_staff


async def test_the_same_effect_opens_one_ticket(place: Place) -> None:
    first, second = await place.desk.open(OPEN, ()), await place.desk.open(OPEN, ())
    other = await place.desk.open(replace(OPEN, id="another"), ())

    assert first.id == second.id != other.id


async def test_the_same_effect_with_files_opens_one_ticket(place: Place) -> None:
    # Uploaded anew, the file has another token, and Zendesk refuses the key for the changed body.
    effect = replace(OPEN, files=(File("F1", "photo.txt", mime="text/plain"),))
    first, second = await place.desk.open(effect, (b"x",)), await place.desk.open(effect, (b"x",))

    assert first.id == second.id
    [comment] = (await place.desk.read(first.id, 0)).comments
    assert [file.name for file in comment.files] == ["photo.txt"]


async def test_an_unverified_person_becomes_a_user_of_their_own(place: Place) -> None:
    stranger = Person(name="Erin Ext", external_id="slack:T0PARTNER:U0EXT")
    ticket = await place.desk.open(replace(OPEN, requester=stranger), ())
    again = await place.desk.open(replace(OPEN, id="another", requester=stranger), ())

    [comment] = (await place.desk.read(ticket.id, 0)).comments
    assert (comment.author.name, comment.author.email, comment.author.verified) == ("Erin Ext", "", False)
    assert ticket.requester_id == again.requester_id == comment.author.id.removeprefix("zendesk:")


async def test_somebody_without_a_mark_is_refused(place: Place) -> None:
    with pytest.raises(PermanentFailure) as failure:
        await place.desk.open(replace(OPEN, requester=Person(name="Nobody")), ())
    assert failure.value.code == "no_person"


async def test_an_unknown_group_does_not_keep_the_ticket_from_people(place: Place) -> None:
    assert (await place.desk.open(replace(OPEN, group="Nowhere"), ())).group_id == ""


@pytest.mark.parametrize("external_id", ["chat:web:a&external_id=b", "chat:web:50% + x#y", "chat:web:ü", CONVERSATION])
async def test_a_lost_answer_is_found_by_the_external_id(place: Place, external_id: str) -> None:
    effect = replace(OPEN, external_id=external_id)
    assert await place.desk.find_ticket(external_id, effect.id) is None
    place.lose_answer("open")
    with pytest.raises(UnknownOutcome):
        await place.desk.open(effect, ())

    found = await place.desk.find_ticket(external_id, effect.id)

    assert found is not None
    assert found.id == (await place.desk.open(effect, ())).id
    assert await place.desk.find_ticket(external_id, "another-effect") is None
    assert await place.desk.find_ticket("", effect.id) is None


# ── reading ──────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_a_customers_ticket_is_read_with_who_wrote_it(place: Place) -> None:
    ticket_id = place.new_ticket(subject="Where is it?", body="My order is late.")

    reading = await place.desk.read(ticket_id, 0)

    ticket, (comment,) = reading.ticket, reading.comments
    assert (ticket.id, ticket.subject, ticket.via) == (ticket_id, "Where is it?", "web")
    assert (ticket.submitted_by_customer, ticket.assigned_to_person) == (True, False)
    assert abs(ticket.created_at - time.time()) < 60
    assert (comment.text, comment.public, comment.flagged, comment.effect_id) == ("My order is late.", True, False, "")
    author = comment.author
    assert (author.name, author.email, author.verified) == ("Sarah Chen", "sarah.chen@example.com", True)
    assert not author.is_staff


async def test_only_comments_newer_than_the_last_seen_are_read(place: Place) -> None:
    ticket_id = place.new_ticket()
    first = (await place.desk.read(ticket_id, 0)).comments[-1].id
    place.comment(ticket_id, "Dana Reyes", "I am looking into it.")
    place.comment(ticket_id, "Dana Reyes", "Customer is upset.", public=False)

    public, note = (await place.desk.read(ticket_id, first)).comments

    assert (public.text, public.public, note.text, note.public) == (
        "I am looking into it.",
        True,
        "Customer is upset.",
        False,
    )
    assert (public.author.name, public.author.is_staff) == ("Dana", True)
    assert (await place.desk.read(ticket_id, note.id)).comments == ()


async def test_a_spoofed_sender_proves_nothing(place: Place) -> None:
    [comment] = (await place.desk.read(place.new_ticket(trusted=False), 0)).comments

    assert (comment.flagged, comment.author.verified) == (True, False)


async def test_another_customer_on_the_ticket_is_not_its_requester(place: Place) -> None:
    ticket_id = place.new_ticket("Sarah Chen")
    place.comment(ticket_id, "Marcus Johnson", "Me too.")

    sarah, marcus = (await place.desk.read(ticket_id, 0)).comments

    assert (sarah.author.verified, marcus.author.verified) == (True, False)


async def test_an_assignment_to_a_person_shows_and_one_to_the_bot_does_not(place: Place) -> None:
    ticket_id = place.new_ticket()
    place.change(ticket_id, "Lee Park", assignee_id=place.user("Lee Park"))
    assert (await place.desk.read(ticket_id, 0)).ticket.assigned_to_person

    place.change(ticket_id, "Lee Park", assignee_id=place.user("Frontdesk Bot"))
    assert not (await place.desk.read(ticket_id, 0)).ticket.assigned_to_person


async def test_an_agents_ticket_is_not_a_customers(place: Place) -> None:
    ticket_id = place.new_ticket(submitter_id=place.user("Lee Park"))
    assert not (await place.desk.read(ticket_id, 0)).ticket.submitted_by_customer


async def test_a_customers_word_opens_a_solved_ticket_again(place: Place) -> None:
    ticket_id = place.new_ticket()
    await place.desk.update(ticket_id, UpdateTicket(id="e", status="solved"), ())
    place.comment(ticket_id, "Sarah Chen", "It is still broken.")
    assert (await place.desk.read(ticket_id, 0)).ticket.status == "open"


@pytest.mark.parametrize("ticket_id", ["999999", "", "12/../../users/me", "١"])
async def test_a_missing_ticket_is_not_found(place: Place, ticket_id: str) -> None:
    with pytest.raises(NotFound):
        await place.desk.read(ticket_id, 0)


async def test_who_put_a_tag_on_is_known(place: Place) -> None:
    ticket_id = place.new_ticket()
    assert await place.desk.who_tagged(ticket_id, "frontdesk_resume") is None
    place.change(ticket_id, "Dana Reyes", add_tags=["frontdesk_resume"])

    first = await place.desk.who_tagged(ticket_id, "frontdesk_resume")
    place.change(ticket_id, "Dana Reyes", remove_tags=["frontdesk_resume"])
    place.change(ticket_id, "Lee Park", add_tags=["frontdesk_resume"])
    second = await place.desk.who_tagged(ticket_id, "frontdesk_resume")

    assert first
    assert second
    assert (first.author.name, second.author.name, first.id != second.id) == ("Dana", "Lee Park", True)


async def test_groups_are_known_by_name(place: Place) -> None:
    billing = await place.desk.group_id("Billing")
    assert billing == await place.desk.group_id("billing") != await place.desk.group_id("Support")
    assert await place.desk.group_id("Nowhere") == ""


async def test_brands_are_known_by_id_and_name(place: Place) -> None:
    ticket = (await place.desk.read(place.new_ticket(), 0)).ticket

    assert await place.desk.brand_names(ticket.brand_id) == (ticket.brand_id, "Acme")
    assert await place.desk.brand_names("999") == ("999",)
