"""A click's response_url: five answers within thirty minutes, no token.

https://docs.slack.dev/interactivity/handling-user-interaction#message_responses
"""

from integrations.sandbox.core.wire import JSON, Answer, BadBody, Call
from integrations.sandbox.slack.blocks import check_blocks
from integrations.sandbox.slack.call import Slack, SlackError, truth
from integrations.sandbox.slack.chat import publish, remove
from integrations.sandbox.slack.people import RESPONSE_USES
from integrations.sandbox.slack.shapes import message_json
from integrations.sandbox.slack.state import BOT_USER, Message, ResponseUrl


def respond(slack: Slack, response_id: str, call: Call) -> Answer:
    """Post, replace or delete as the app asks."""
    response = slack.world.slack.response_urls.get(response_id)
    if response is None or response.expires < slack.world.clock.now():
        return Answer(404, {"ok": False, "error": "expired_url"})
    if response.uses >= RESPONSE_USES:
        return Answer(404, {"ok": False, "error": "used_url"})
    try:
        body = call.json()
        blocks = check_blocks(body.get("blocks"))
    except BadBody:
        return Answer(400, raw=b"invalid_payload", content_type="text/plain")
    except SlackError as error:
        return Answer(200, {"ok": False, "error": error.code})

    response.uses += 1
    _do(slack, response, body, blocks)
    return Answer(200, raw=b"ok", content_type="text/plain")


def _do(slack: Slack, response: ResponseUrl, body: JSON, blocks: list[JSON]) -> None:
    original = slack.world.slack.find(response.channel, response.ts)
    text = str(body.get("text") or "")
    if truth(body.get("delete_original")) and original is not None:
        remove(slack, slack.world.slack.channels[response.channel], original)
    elif truth(body.get("replace_original")) and original is not None:
        _replace(slack, original, text, blocks)
    elif text or blocks:
        _post(slack, response, body, blocks)


def _replace(slack: Slack, original: Message, text: str, blocks: list[JSON]) -> None:
    previous = message_json(slack.world, original)
    original.text = text
    original.blocks = blocks
    original.edited = slack.now_ts()
    slack.world.changed()
    slack.events.changed(original, previous, original.edited)


def _post(slack: Slack, response: ResponseUrl, body: JSON, blocks: list[JSON]) -> None:
    """Into the channel where the app says so; else but whoever clicked sees it."""
    text = str(body.get("text") or "")
    thread_ts = str(body["thread_ts"]) if body.get("thread_ts") else response.thread_ts
    message = Message(response.channel, slack.now_ts(), BOT_USER, text, thread_ts=thread_ts, blocks=blocks)
    if body.get("response_type") == "in_channel":
        publish(slack, message)
        return

    message.ephemeral_for = response.user
    slack.world.slack.messages.setdefault(message.channel, {})[message.ts] = message
    slack.world.changed()
