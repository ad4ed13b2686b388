"""Slack's Web API as far as an answer in a thread needs it, without limits: it notes what stands where, and when."""

from collections import defaultdict
from collections.abc import Mapping
from itertools import count
from time import time
from typing import Any

from tests.bench.lines import Lines
from tests.bench.slack_lines import BOT, TEAM

Json = Mapping[str, Any]

_PREVIEW = "frontdesk_preview"
_OURSELVES: Json = {"team_id": TEAM, "user_id": BOT, "bot_id": "B0BOT", "url": "https://bench.slack.com/"}


class SlackServer:
    """Answers calls; keeps the bot's messages by channel and thread."""

    def __init__(self, lines: Lines) -> None:
        self._lines = lines
        self._messages: dict[str, dict[str, dict[str, Any]]] = defaultdict(dict)
        self._place: dict[str, str] = {}
        self._numbers = count(1)

    def answer(self, method: str, given: Json) -> Json:
        """Return the answer to one call."""
        self._lines.slack_calls += 1
        match method:
            case "auth.test":
                return {"ok": True, **_OURSELVES}
            case "users.info":
                return {"ok": True, "user": _user(str(given["user"]))}
            case "conversations.info":
                return {"ok": True, "channel": {"id": given["channel"], "is_channel": True, "is_ext_shared": False}}
            case "conversations.replies":
                return {"ok": True, "messages": self._thread(given)}
            case "agents.sessions.setStatus" | "assistant.threads.setStatus":
                if given.get("status") not in {"", "active", None}:
                    self._lines.signed(f"{given['channel_id']}:{given['thread_ts']}")
                return {"ok": True}
            case _ if method.startswith("chat."):
                return self._say(method, given)
        return {"ok": False, "error": "unknown_method"}

    def _say(self, method: str, given: Json) -> Json:
        ts = str(given.get("ts") or "") or self._begun(given)
        thread = self._messages[self._place.get(ts, "")]
        if ts not in thread:
            return {"ok": False, "error": "message_not_found"}
        if method == "chat.delete":
            del thread[ts]
            return {"ok": True}

        message = thread[ts]
        text = str(given.get("markdown_text") or given.get("text") or "")
        message["text"] = message["text"] + text if "Stream" in method else text
        message["metadata"] = given.get("metadata") or {}
        self._lines.shown(message["text"], is_final=_is_whole(method, message))
        return {"ok": True, "channel": str(given["channel"]), "ts": ts}

    def _begun(self, given: Json) -> str:
        """Return the timestamp of a new message, which has no words yet."""
        ts = f"{int(time())}.{next(self._numbers):06d}"
        self._place[ts] = f"{given['channel']}:{given.get('thread_ts') or ts}"
        self._messages[self._place[ts]][ts] = {"ts": ts, "user": BOT, "bot_id": "B0BOT", "text": ""}
        return ts

    def _thread(self, given: Json) -> list[dict[str, Any]]:
        return list(self._messages[f"{given['channel']}:{given['ts']}"].values())


def _is_whole(method: str, message: Json) -> bool:
    """Whether the customer reads the end of the answer now."""
    if method == "chat.stopStream":
        return bool(message["metadata"])
    return method in {"chat.postMessage", "chat.update"} and not _is_preview(message)


def _is_preview(message: Json) -> bool:
    return str(message["metadata"].get("event_type", "")) == _PREVIEW


def _user(user: str) -> Json:
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
