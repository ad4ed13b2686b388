"""files.*: upload in three steps, look up; downloads need the bot's token.

https://docs.slack.dev/messaging/working-with-files
"""

import base64
import mimetypes
from email.parser import BytesParser
from email.policy import HTTP
from typing import Any
from urllib.parse import quote

from integrations.sandbox.core.wire import JSON, Answer, Call
from integrations.sandbox.slack.blocks import check_blocks
from integrations.sandbox.slack.call import Slack, SlackError
from integrations.sandbox.slack.chat import publish
from integrations.sandbox.slack.installs.tokens import signed_in
from integrations.sandbox.slack.shapes import file_json
from integrations.sandbox.slack.state import BOT_USER, Channel, Message, SlackFile

LOGIN_PAGE = (
    b"<!DOCTYPE html><html><head><title>Sign in | Slack</title></head><body>Sign in to Acme Store</body></html>"
)
MAX_FILE = 1_000_000_000


def upload_url(slack: Slack, args: JSON) -> JSON:
    """Step one: a place to send the bytes."""
    try:
        length = int(args["length"])
    except (TypeError, ValueError) as error:
        raise SlackError("missing_argument") from error
    if not 0 < length <= MAX_FILE:
        raise SlackError("file_upload_size_restricted")
    world = slack.world
    file_id = world.slack.next_id("F")
    world.slack.files[file_id] = SlackFile(
        file_id, str(args["filename"]), "application/octet-stream", length, BOT_USER,
        int(world.clock.now()), "", complete=False,
    )  # fmt: skip
    return {"upload_url": f"{world.base_url}/_files/slack-upload/{file_id}", "file_id": file_id}


def receive(slack: Slack, file_id: str, call: Call) -> Answer:
    """Step two: the bytes, raw or as a form's first file."""
    file = slack.world.slack.files.get(file_id)
    if file is None or file.complete:
        return Answer(404, raw=b"not found", content_type="text/plain")
    content = _form_file(call) if call.content_type == "multipart/form-data" else call.body
    if len(content) != file.size:
        return Answer(400, raw=b"wrong length", content_type="text/plain")
    file.content = base64.b64encode(content).decode()
    slack.world.changed()
    return Answer(200, raw=f"OK - {len(content)}".encode(), content_type="text/plain")


def complete(slack: Slack, args: JSON) -> JSON:
    """Step three: name the files and share them into a channel or thread."""
    uploads = _uploads(slack, args["files"])
    channel = slack.writable(args["channel_id"]) if args.get("channel_id") else None
    thread_ts = slack.parent(channel, args.get("thread_ts"), "invalid_channel") if channel else None
    blocks = check_blocks(args.get("blocks"), "invalid_blocks")

    for file, title in uploads:
        file.complete = True
        file.title = str(title or file.name)
        file.mimetype = mimetypes.guess_type(file.name)[0] or "application/octet-stream"

    files = [file for file, _ in uploads]
    if channel:
        text = str(args.get("initial_comment") or "")
        _share(slack, channel, files, Message(channel.id, "", BOT_USER, text, thread_ts=thread_ts, blocks=blocks))
    slack.world.changed()
    return {"files": [{"id": file.id, "title": file.title} for file in files]}


def _uploads(slack: Slack, wanted: Any) -> list[tuple[SlackFile, Any]]:
    """The files that were sent and not yet shared, each with the title it shall have."""
    if not isinstance(wanted, list) or not wanted:
        raise SlackError("invalid_array_arg")
    return [_upload(slack, item) for item in wanted]


def _upload(slack: Slack, item: Any) -> tuple[SlackFile, Any]:
    if not isinstance(item, dict):
        raise SlackError("file_not_found")
    file = slack.world.slack.files.get(str(item.get("id")))
    if file is None or not file.content or file.complete:
        raise SlackError("file_not_found")
    return file, item.get("title")


def _share(slack: Slack, channel: Channel, files: list[SlackFile], message: Message) -> None:
    for file in files:
        file.channels = [channel.id]
    message.ts = slack.now_ts()
    message.files = [file.id for file in files]
    message.subtype = "file_share"
    publish(slack, message)


def files_info(slack: Slack, args: JSON) -> JSON:
    """A file's record, the shares in messages included."""
    file = slack.world.slack.files.get(str(args["file"]))
    if file is None or not file.complete:
        raise SlackError("file_not_found")
    return {"file": file_json(slack.world, file), "comments": [], "response_metadata": {"next_cursor": ""}}


def download(slack: Slack, file_id: str, call: Call) -> Answer:
    """The bytes; without a good token a login page with status 200, as Slack does."""
    file = slack.world.slack.files.get(file_id)
    try:
        signed_in(slack, call.bearer)
    except SlackError:
        return Answer(200, raw=LOGIN_PAGE, content_type="text/html; charset=utf-8")
    if file is None or not file.complete:
        return Answer(404, raw=LOGIN_PAGE, content_type="text/html; charset=utf-8")
    return file_answer(file.name, file.mimetype, file.content)


def file_answer(name: str, mimetype: str, content: str) -> Answer:
    """A stored file as a download that no browser runs."""
    headers = {
        "Content-Disposition": f"attachment; filename*=UTF-8''{quote(name)}",
        "X-Content-Type-Options": "nosniff",
    }
    return Answer(200, raw=base64.b64decode(content), content_type=mimetype, headers=headers)


def _form_file(call: Call) -> bytes:

    head = f"Content-Type: {call.headers.get('content-type', '')}\r\n\r\n".encode()
    message = BytesParser(policy=HTTP).parsebytes(head + call.body)
    for part in message.iter_parts():
        payload = part.get_payload(decode=True)
        if isinstance(payload, bytes):
            return payload
    return b""


HANDLERS = {
    "files.getUploadURLExternal": upload_url,
    "files.completeUploadExternal": complete,
    "files.info": files_info,
}
