"""Slack's Web API as far as an answer in a thread needs it, without limits: it notes what stands where, and when."""

from collections.abc import Mapping
from itertools import count
from typing import Any

from tests.bench.lines import Lines
from tests.bench.slack_lines import BOT, TEAM

_PREVIEW = "frontdesk_preview"
_stamps = count(1)
_texts: dict[str, str] = {}
"""What each message that was begun as a stream shows so far."""


def answer_slack(method: str, given: Mapping[str, Any], lines: Lines) -> Mapping[str, Any]:
    """Return the answer to one call."""
    lines.slack_calls += 1
    channel = str(given.get("channel", ""))
    match method:
        case "auth.test":
            return {"ok": True, "team_id": TEAM, "user_id": BOT, "bot_id": "B0BOT", "url": "https://bench.slack.com/"}
        case "users.info":
            return {"ok": True, "user": _user(str(given["user"]))}
        case "conversations.info":
            return {"ok": True, "channel": {"id": channel, "is_channel": True, "is_ext_shared": False}}
        case "assistant.threads.setStatus":
            if given.get("status"):
                lines.signed(f"{given['channel_id']}:{given['thread_ts']}")
            return {"ok": True}
        case "chat.postMessage" | "chat.update":
            lines.shown(_words(given), is_final=not _is_preview(given))
            return {"ok": True, "channel": channel, "ts": given.get("ts") or _stamp()}
        case "chat.startStream":
            ts = _stamp()
            _texts[ts] = str(given.get("markdown_text", ""))
            lines.shown(_texts[ts], is_final=False)
            return {"ok": True, "channel": channel, "ts": ts}
        case "chat.appendStream" | "chat.stopStream":
            text = _texts.get(str(given["ts"]), "") + str(given.get("markdown_text") or "")
            _texts[str(given["ts"])] = text
            lines.shown(text, is_final=method == "chat.stopStream" and bool(given.get("metadata")))
            return {"ok": True, "channel": channel, "ts": given["ts"]}
        case _:
            return {"ok": False, "error": "unknown_method"}


def _stamp() -> str:
    return f"1900000000.{next(_stamps):06d}"


def _is_preview(given: Mapping[str, Any]) -> bool:
    return str((given.get("metadata") or {}).get("event_type", "")) == _PREVIEW


def _words(given: Mapping[str, Any]) -> str:
    return str(given.get("markdown_text") or given.get("text") or "")


def _user(user: str) -> Mapping[str, Any]:
    profile = {"real_name": f"Robin {user}", "display_name": "robin", "email": f"{user.lower()}@example.com"}
    return {
        "id": user,
        "team_id": TEAM,
        "name": user.lower(),
        "real_name": profile["real_name"],
        "tz": "Europe/Berlin",
        "is_bot": False,
        "is_email_confirmed": True,
        "profile": profile,
    }
