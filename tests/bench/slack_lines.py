"""Signed requests as Slack sends them, made before the clock starts: mentions in channels and lines in DMs."""

import hmac
import json
import time
from collections.abc import Iterator
from typing import Any, Literal

TEAM, BOT, APP, SECRET = "T0BENCH", "U0BOT", "A0BENCH", "bench-signing-secret"
CHANNELS = 500
GOES_ON_EVERY = 5
BEHIND = 100

Kind = Literal["mentions", "lines", "both"]


def signed_requests(kind: Kind, count: int, series: int, host: str) -> Iterator[bytes]:
    """Yield whole HTTP requests, every event unique over all `series`.

    Args:
        kind: `mentions` are top-level posts that address the bot, in 500 channels; `lines` are top-level DM lines of
            as many users, every fifth from one who wrote a moment ago, so that it joins that user's open thread;
            `both` takes turns.
    """
    start = int(time.time())
    for number in range(count):
        is_line = kind == "lines" or (kind == "both" and number % 2 == 1)
        unique = series * 1_000_000 + number
        event = _line(unique, number) if is_line else _mention(unique)
        event["ts"] = event["event_ts"] = f"{start}.{unique % 1_000_000:06d}"
        body = json.dumps(_envelope(event, unique), separators=(",", ":")).encode()
        yield _request(body, str(start), host)


def signed_line(number: int, channel: str, user: str, ts: str, thread_ts: str, text: str, host: str) -> bytes:
    """Return the whole HTTP request of one line in a channel.

    Args:
        number: of the event, never used twice.
        thread_ts: empty for a line that opens a thread.
    """
    event = _message(channel, "channel", user, text, number)
    event |= {"ts": ts, "event_ts": ts, **({"thread_ts": thread_ts} if thread_ts else {})}
    body = json.dumps(_envelope(event, number), separators=(",", ":")).encode()
    return _request(body, str(int(time.time())), host)


def _mention(unique: int) -> dict[str, Any]:
    channel = f"C{unique % CHANNELS:03d}S{unique // 1_000_000}"
    return _message(
        channel, "channel", f"U{unique}", f"<@{BOT}> where is my order A{unique}? It is two days late.", unique
    )


def _line(unique: int, number: int) -> dict[str, Any]:
    user = unique - BEHIND if number % GOES_ON_EVERY == GOES_ON_EVERY - 1 and number >= BEHIND else unique
    return _message(f"D{user}", "im", f"U{user}", f"where is my order A{unique}? It is two days late.", unique)


def _message(channel: str, channel_type: str, user: str, text: str, unique: int) -> dict[str, Any]:
    block = {
        "type": "rich_text",
        "block_id": "b1",
        "elements": [{"type": "rich_text_section", "elements": [{"type": "text", "text": text}]}],
    }
    return {
        "type": "message",
        "channel": channel,
        "channel_type": channel_type,
        "user": user,
        "text": text,
        "client_msg_id": f"{unique:08d}-2222-4333-8444-555555555555",
        "team": TEAM,
        "blocks": [block],
    }


def _envelope(event: dict[str, Any], unique: int) -> dict[str, Any]:
    seer = {"enterprise_id": None, "team_id": TEAM, "user_id": BOT, "is_bot": True, "is_enterprise_install": False}
    return {
        "token": "deprecated",
        "team_id": TEAM,
        "context_team_id": TEAM,
        "context_enterprise_id": None,
        "api_app_id": APP,
        "event": event,
        "type": "event_callback",
        "event_id": f"Ev{unique:012d}",
        "event_time": int(float(event["ts"])),
        "authorizations": [seer],
        "is_ext_shared_channel": False,
        "event_context": f"4-{unique:032d}",
    }


def _request(body: bytes, timestamp: str, host: str) -> bytes:
    base = b"v0:" + timestamp.encode() + b":" + body
    signature = hmac.digest(SECRET.encode(), base, "sha256").hex()
    head = (
        f"POST /slack/events HTTP/1.1\r\nHost: {host}\r\nUser-Agent: Slackbot 1.0 (+https://api.slack.com/robots)\r\n"
        f"Accept: */*\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n"
        f"X-Slack-Request-Timestamp: {timestamp}\r\nX-Slack-Signature: v0={signature}\r\n\r\n"
    )
    return head.encode() + body
