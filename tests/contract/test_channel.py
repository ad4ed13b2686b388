"""The contract of a `Channel`: kept by the real adapter on the simulated vendor and by the double in memory."""

from collections.abc import AsyncIterator

import pytest

from bot.domain.conversation import Conversation
from bot.domain.effects import Button, EditMessage, PostToChannel, Relay, Reply
from bot.domain.errors import LeaseLost, NotFound, TemporaryFailure, UnknownOutcome
from bot.domain.events import File, InboundMessage
from bot.domain.ids import ConversationId, MessageRef
from tests.contract.channel_places import Place, Seen, open_place
from tests.contract.slack.slack_fixtures import HELP, SARAH_DM, SHARED, TEAM

EFFECT = "slack:T0FRONTDSK:C0HELP:1/reply"
HUMAN = Button("frontdesk_human", "Talk to a human", "opaque-1")
SARAH = "slack:T0FRONTDSK:U0SARAH"
APPROVALS = "C0APPROVE"


@pytest.fixture(params=["slack", "memory"])
async def place(request: pytest.FixtureRequest) -> AsyncIterator[Place]:
    async with open_place(request.param) as place:
        yield place


async def test_a_reply_stands_in_its_thread_and_is_found_by_its_effect(place: Place) -> None:
    conversation, line = await place.writes("U0SARAH", HELP, "Where is A1001?")

    ts = await place.channel.reply(conversation, Reply(EFFECT, "It is **late**.", buttons=(HUMAN,)))

    assert await place.seen(HELP, ts_of(line)) == [Seen(ts, "It is **late**.", "", ["frontdesk_human"], [])]
    assert await place.channel.find(conversation, EFFECT, place.clock.now()) == ts
    assert await place.another_process().find(conversation, EFFECT, place.clock.now()) == ts


async def test_only_our_own_effect_is_found(place: Place) -> None:
    conversation, line = await place.writes("U0SARAH", HELP, "hello")
    await place.writes("U0SARAH", HELP, EFFECT, ts_of(line))
    await place.channel.reply(conversation, Reply("other", "hi"))

    assert await place.channel.find(conversation, EFFECT, 0.0) == ""
    gone = Conversation(ConversationId(f"slack:{TEAM}:{HELP}:1600000000.000001"))
    assert await place.channel.find(gone, EFFECT, 0.0) == ""


async def test_a_message_posted_twice_is_deleted_but_for_the_first(place: Place) -> None:
    conversation, line = await place.writes("U0SARAH", HELP, "hello")
    first = await place.channel.reply(conversation, Reply(EFFECT, "hi"))
    await place.another_process().reply(conversation, Reply(EFFECT, "hi"))
    await place.channel.reply(conversation, Reply("other", "ho"))

    assert await place.channel.find(conversation, EFFECT, place.clock.now()) == first
    assert [one.text for one in await place.seen(HELP, ts_of(line))] == ["hi", "ho"]


async def test_a_place_is_tidied_once(place: Place) -> None:
    conversation, _ = await place.writes("U0SARAH", HELP, "hello")
    since = place.clock.now() - 60
    for _ in range(3):
        await place.another_process().reply(conversation, Reply(EFFECT, "hi"))
    shout = PostToChannel("e2", APPROVALS, "Please look.")
    for _ in range(2):
        await place.another_process().announce(conversation, shout)

    assert await place.channel.tidy(conversation.id, since) == 2
    assert await place.channel.tidy(conversation.id, since) == 0
    assert await place.channel.tidy(f"slack::{APPROVALS}:", since) == 1
    assert len(await place.seen(APPROVALS, "")) == 1


@pytest.mark.parametrize("is_done", [True, False])
async def test_a_write_without_an_answer_is_read_back(place: Place, is_done: bool) -> None:
    conversation, line = await place.writes("U0SARAH", HELP, "hello")
    since = place.clock.now()
    await (place.lose_answer() if is_done else place.break_off())

    with pytest.raises(UnknownOutcome):
        await place.channel.reply(conversation, Reply(EFFECT, "hi"))

    found = await place.another_process().find(conversation, EFFECT, since)
    assert bool(found) is is_done
    found = found or await place.channel.reply(conversation, Reply(EFFECT, "hi"))
    assert [one.ts for one in await place.seen(HELP, ts_of(line))] == [found]


async def test_what_was_put_off_certainly_did_not_happen(place: Place) -> None:
    conversation, line = await place.writes("U0SARAH", HELP, "hello")
    await place.limit(30)

    with pytest.raises(TemporaryFailure) as limited:
        await place.channel.reply(conversation, Reply(EFFECT, "hi"))

    assert limited.value.retry_after == 30
    assert not isinstance(limited.value, UnknownOutcome)
    assert await place.seen(HELP, ts_of(line)) == []
    place.clock.advance(31)
    await place.channel.reply(conversation, Reply(EFFECT, "hi"))
    assert len(await place.seen(HELP, ts_of(line))) == 1


async def test_the_reply_finishes_the_message_of_its_preview(place: Place) -> None:
    conversation, line = await place.writes("U0SARAH", SARAH_DM, "Where is A1001?")
    preview = place.channel.preview(conversation, line, "", nobody_asks)
    await preview.status("is looking it up")
    await preview.text("It is on its way. ")
    [growing] = await place.seen(SARAH_DM, ts_of(line))
    assert preview.ref

    ts = await place.channel.reply(conversation, Reply(EFFECT, "It is on its way. Anything else?", preview=preview.ref))

    assert ts == growing.ts
    [said] = await place.seen(SARAH_DM, ts_of(line))
    assert (said.ts, said.text) == (ts, "It is on its way. Anything else?")
    assert await place.channel.find(conversation, EFFECT, place.clock.now()) == ts


async def test_another_process_finishes_what_a_dead_one_began_to_show(place: Place) -> None:
    conversation, line = await place.writes("U0SARAH", HELP, "Where is A1001?")
    began = place.clock.now()
    await place.channel.preview(conversation, line, "", nobody_asks).text("It is on its way. ")

    reply = Reply(EFFECT, "It arrives tomorrow.", preview=f"lost:{began}")
    ts = await place.another_process().reply(conversation, reply)

    assert [(one.ts, one.text) for one in await place.seen(HELP, ts_of(line))] == [(ts, "It arrives tomorrow.")]


async def test_a_preview_is_kept_before_more_is_shown_and_goes_where_another_worker_answers(place: Place) -> None:
    conversation, line = await place.writes("U0SARAH", HELP, "Where is A1001?")
    kept: list[str] = []

    async def keep(ref: str) -> None:
        kept.append(ref)

    async def refuse(_ref: str) -> None:
        raise LeaseLost("another worker goes on")

    preview = place.channel.preview(conversation, line, "", keep)
    await preview.text("It is on its way. ")
    assert kept == [preview.ref]
    continued = place.another_process().preview(conversation, line, preview.ref, keep)
    await continued.text("Nobody knows what stands there. ")
    assert [one.text.strip() for one in await place.seen(HELP, ts_of(line))] == ["It is on its way."]

    with pytest.raises(LeaseLost):
        await place.channel.preview(conversation, line, "", refuse).text("Too late. ")
    assert len(await place.seen(HELP, ts_of(line))) == 1


async def test_a_preview_whose_answer_is_not_given_goes_away(place: Place) -> None:
    conversation, line = await place.writes("U0SARAH", HELP, "Where is A1001?")
    preview = place.channel.preview(conversation, line, "", nobody_asks)
    await preview.text("It is on its way. ")

    await place.channel.take_back(conversation, preview.ref)
    await place.channel.take_back(conversation, preview.ref)

    assert await place.seen(HELP, ts_of(line)) == []


async def test_a_human_agents_words_and_files_appear_under_their_name(place: Place) -> None:
    conversation, line = await place.writes("U0SARAH", HELP, "hello")

    relay = Relay(EFFECT, "It is **fixed**.", "Dana", (File("1", "label.txt"),))
    ts = await place.channel.relay(conversation, relay, [b"one"])

    said = await place.seen(HELP, ts_of(line))
    assert (said[0].ts, said[0].name, said[0].text) == (ts, "Dana", "It is **fixed**.")
    assert [name for one in said for name in one.files] == ["label.txt"]
    assert await place.channel.find(conversation, EFFECT, place.clock.now()) == ts


async def test_a_message_to_colleagues_is_found_and_amended(place: Place) -> None:
    conversation, _ = await place.writes("U0SARAH", HELP, "hello")
    shout = PostToChannel(EFFECT, APPROVALS, "Refund 20 USD?", (HUMAN,))

    message = await place.channel.announce(conversation, shout)

    assert await place.channel.find_announced(shout, place.clock.now()) == message
    assert await place.channel.find_announced(PostToChannel("other", APPROVALS, "x"), place.clock.now()) == ""
    for _ in range(2):
        await place.channel.amend(EditMessage("e2", message, "Dana said yes."))
    [said] = await place.seen(APPROVALS, "")
    assert (f"{APPROVALS}:{said.ts}", said.text, list(said.buttons)) == (message, "Dana said yes.", [])
    await place.channel.amend(EditMessage("e3", MessageRef(f"{APPROVALS}:1600000000.000001"), "gone"))


async def test_a_long_message_to_colleagues_is_whole_and_found_again(place: Place) -> None:
    conversation, _ = await place.writes("U0SARAH", HELP, "Hi")
    shout = PostToChannel("long", APPROVALS, "\n\n".join(f"{n} {'word ' * 190}" for n in range(30)), (HUMAN,))

    message = await place.channel.announce(conversation, shout)
    seen = await place.seen(APPROVALS, "")

    assert seen[0].ts == message.ts
    assert [len(one.buttons) for one in seen] == [1] + [0] * (len(seen) - 1)
    assert all(f"{n} word" in " ".join(one.text for one in seen) for n in range(30))
    assert await place.another_process().find_announced(shout, place.clock.now()) == message

    await place.channel.amend(EditMessage("e2", message, shout.text))
    assert [list(one.buttons) for one in await place.seen(APPROVALS, "")] == [[]] * len(seen)


async def test_one_person_alone_is_told(place: Place) -> None:
    await place.channel.whisper(APPROVALS, "slack:T0FRONTDSK:U0DANA", "Nothing was changed.")
    await place.channel.whisper(APPROVALS, SARAH, "You are not in there.")

    assert await place.heard_alone("U0DANA") == ["Nothing was changed."]
    assert await place.heard_alone("U0SARAH") == []
    assert await place.channel.find_announced(PostToChannel(EFFECT, APPROVALS, "x"), 0.0) == ""


async def test_an_unknown_channel_is_not_found(place: Place) -> None:
    conversation, _ = await place.writes("U0SARAH", HELP, "hello")
    with pytest.raises(NotFound):
        await place.channel.announce(conversation, PostToChannel(EFFECT, "C0GONE", "hi"))


async def test_a_file_is_described_and_fetched(place: Place) -> None:
    _, line = await place.writes("U0SARAH", HELP, "see", attach=("a.txt", b"content"))
    file = await place.file_of(line)

    described = await place.channel.described(file)

    assert (described.name, described.mime, described.is_known) == ("a.txt", "text/plain", True)
    assert await place.channel.download(described) == b"content"
    assert await place.channel.download(file) == b"content"
    with pytest.raises(NotFound):
        await place.channel.download(File("F0GONE", "a.txt"))


async def test_what_stands_above_a_line_is_read_with_who_wrote_it(place: Place) -> None:
    conversation, first = await place.writes("U0SARAH", HELP, "Where is A1001?")
    await place.channel.reply(conversation, Reply(EFFECT, "On its way."))
    place.clock.advance(1)
    _, last = await place.writes("U0MARCUS", HELP, "Mine too?", ts_of(first))

    above = await place.channel.lines_above(conversation.id, ts_of(last))

    assert [line.text for line in above] == ["Where is A1001?", "On its way."]
    assert (above[0].author.id, above[1].author.name) == (SARAH, "the assistant")
    assert [line.is_said_by_customer for line in above] == [True, False]
    assert above[0].id == first.id


async def test_only_full_members_of_the_installing_workspace_are_verified(place: Place) -> None:
    told = [await place.channel.profile(f"slack:{TEAM}:{user}") for user in ("U0SARAH", "U0OLEG", "U0EXT", "U0BOT")]

    assert [(one.id, one.name, one.verified) for one in told] == [
        (SARAH, "Sarah Chen", True),
        ("slack:T0FRONTDSK:U0OLEG", "Oleg Petrov", False),
        ("slack:T0PARTNER:U0EXT", "Erin Ext", False),
        ("slack:T0FRONTDSK:U0BOT", "Frontdesk", False),
    ]
    assert told[0].email == "sarah.chen@example.com"
    with pytest.raises(NotFound):
        await place.channel.profile(f"slack:{TEAM}:U0NOBODY")


async def test_who_reads_a_channel_is_told(place: Place) -> None:
    assert await place.channel.other_teams(SHARED) == frozenset({"T0PARTNER"})
    assert await place.channel.other_teams(HELP) == frozenset()
    assert [guest.id for guest in await place.channel.guests(SHARED)] == ["slack:T0PARTNER:U0EXT"]
    assert list(await place.channel.guests(HELP)) == []
    assert await place.channel.is_member(HELP, SARAH)
    assert not await place.channel.is_member(APPROVALS, SARAH)


async def test_a_direct_message_is_opened_where_there_is_none(place: Place) -> None:
    assert await place.channel.open_direct(SARAH) == SARAH_DM
    opened = await place.channel.open_direct(f"slack:{TEAM}:U0DANA")
    assert opened.startswith("D")
    assert await place.channel.open_direct(f"slack:{TEAM}:U0DANA") == opened


async def nobody_asks(_ref: str) -> None:
    """Keep nothing."""


def ts_of(message: InboundMessage) -> str:
    return message.id.rpartition(":")[2]
