"""A click's response_url: five answers within thirty minutes, no token.

https://docs.slack.dev/interactivity/handling-user-interaction#message_responses
"""

from integrations.sandbox.core.wire import Answer, BadBody, Call
from integrations.sandbox.slack.blocks import check_blocks
from integrations.sandbox.slack.call import Slack, SlackError, truth
from integrations.sandbox.slack.chat import publish, remove
from integrations.sandbox.slack.people import RESPONSE_USES
from integrations.sandbox.slack.shapes import message_json
from integrations.sandbox.slack.state import BOT_USER, Message


def respond(slack: Slack, response_id: str, call: Call) -> Answer:
    """Post, replace or delete as the app asks."""
    state = slack.world.slack
    response = state.response_urls.get(response_id)
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
    original = state.find(response.channel, response.ts)
    text = str(body.get("text") or "")
    if truth(body.get("delete_original")) and original is not None:
        remove(slack, state.channels[response.channel], original)
    elif truth(body.get("replace_original")) and original is not None:
        previous = message_json(slack.world, original)
        original.text, original.blocks, original.edited = text, blocks, slack.now_ts()
        slack.world.changed()
        slack.events.changed(original, previous, original.edited)
    elif text or blocks:
        thread_ts = str(body["thread_ts"]) if body.get("thread_ts") else response.thread_ts
        message = Message(response.channel, slack.now_ts(), BOT_USER, text, thread_ts=thread_ts, blocks=blocks)
        if body.get("response_type") == "in_channel":
            publish(slack, message)
        else:
            message.ephemeral_for = response.user
            state.messages.setdefault(message.channel, {})[message.ts] = message
            slack.world.changed()
    return Answer(200, raw=b"ok", content_type="text/plain")
