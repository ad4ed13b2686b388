"""The status line under a thread, and the end of a turn that says nothing."""

from tests.contract.slack import preview_fixtures
from tests.contract.slack.preview_fixtures import the_only
from tests.contract.slack.slack_fixtures import HELP, World

slack = preview_fixtures.slack


async def statuses(slack: World) -> list[str]:
    return [one["status"] for one in (await slack.state())["statuses"] if one["status"]]


async def test_the_status_shows_at_once_and_can_be_taken_back(slack: World) -> None:
    conversation, message = await slack.post("U0SARAH", HELP)
    preview = slack.chat.preview(conversation, message, "")
    await preview.status("is looking up your order")
    assert await statuses(slack) == ["is looking up your order"]
    await preview.clear()
    assert await statuses(slack) == []
    await preview.clear()
    assert (await slack.calls()).count("assistant.threads.setStatus") == 2


async def test_a_channel_without_status_lines_is_not_asked_again_for_a_while(slack: World) -> None:
    conversation, message = await slack.post("U0SARAH", HELP)
    await slack.fault("assistant.threads.setStatus", "slack_error", error="unknown_method")
    preview = slack.chat.preview(conversation, message, "")
    await preview.status("one")
    await preview.status("two")
    assert (await slack.calls()).count("assistant.threads.setStatus") == 1
    slack.clock.advance(301)
    await preview.status("three")
    assert await statuses(slack) == ["three"]


async def test_a_turn_that_says_nothing_leaves_no_stream_open(slack: World) -> None:
    conversation, message = await slack.post("U0SARAH", HELP)
    preview = slack.chat.preview(conversation, message, "")
    await preview.text("Let me see. ")
    await preview.clear()
    assert (await the_only(slack, conversation))["streaming"] is False
