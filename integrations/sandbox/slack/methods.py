"""Which Slack methods exist here, which arguments they take and how often they may be called.

Arguments and errors: https://docs.slack.dev/reference/methods · tiers: https://docs.slack.dev/apis/web-api/rate-limits
"""

from dataclasses import dataclass

from integrations.sandbox.core.wire import names

TIER = {1: 1, 2: 20, 3: 50, 4: 100}
SPECIAL = 600


@dataclass(frozen=True, slots=True)
class Method:
    """`required` maps an argument to the error its absence gives; `json` arguments may come as JSON text."""

    required: dict[str, str]
    optional: frozenset[str]
    per_minute: int


_FACE = "username icon_emoji icon_url"
_MESSAGE = "text markdown_text blocks attachments metadata"
_PAGE = "cursor limit"
JSON_ARGS = frozenset(
    ("blocks", "attachments", "metadata", "view", "chunks", "files", "prompts", "loading_messages", "file_ids")
)


def _method(per_minute: int, required: dict[str, str] | None = None, optional: str = "") -> Method:
    return Method(required or {}, names(optional), per_minute)


_CHANNEL = {"channel": "channel_not_found"}
_IN_CHANNEL = {"channel_id": "channel_not_found"}
_AT = _CHANNEL | {"ts": "message_not_found"}
_RANGE = f"{_PAGE} latest oldest inclusive include_all_metadata"

METHODS: dict[str, Method] = {
    "oauth.v2.access": _method(
        SPECIAL,
        optional="client_id client_secret code redirect_uri grant_type refresh_token code_verifier assertion",
    ),
    "auth.test": _method(SPECIAL),
    "team.info": _method(TIER[3], optional="team domain include_slackbot_availability"),
    "bots.info": _method(TIER[3], optional="bot team_id"),
    "users.info": _method(TIER[4], {"user": "user_not_found"}, "include_locale"),
    "conversations.info": _method(TIER[3], _CHANNEL, "include_locale include_num_members"),
    "conversations.open": _method(TIER[3], optional="channel users return_im prevent_creation"),
    "conversations.members": _method(TIER[4], _CHANNEL, _PAGE),
    "conversations.replies": _method(TIER[3], _CHANNEL | {"ts": "thread_not_found"}, _RANGE),
    "conversations.history": _method(TIER[3], _CHANNEL, _RANGE),
    "conversations.list": _method(TIER[2], optional=f"{_PAGE} exclude_archived team_id types"),
    "chat.postMessage": _method(
        300,
        _CHANNEL,
        f"{_MESSAGE} {_FACE} thread_ts reply_broadcast mrkdwn parse link_names unfurl_links unfurl_media "
        "as_user container_id",
    ),
    "chat.update": _method(
        TIER[3], _AT, f"{_MESSAGE} as_user file_ids link_names parse reply_broadcast unfurled_attachments"
    ),
    "chat.delete": _method(TIER[3], _AT, "as_user"),
    "chat.postEphemeral": _method(
        TIER[4],
        _CHANNEL | {"user": "user_not_in_channel"},
        f"{_MESSAGE} {_FACE} thread_ts parse link_names as_user",
    ),
    "chat.getPermalink": _method(SPECIAL, _CHANNEL | {"message_ts": "message_not_found"}),
    "chat.startStream": _method(
        TIER[2],
        _CHANNEL | {"thread_ts": "invalid_arg_name"},
        f"{_FACE} markdown_text chunks recipient_user_id recipient_team_id task_display_mode",
    ),
    "chat.appendStream": _method(TIER[4], _AT, "markdown_text chunks"),
    "chat.stopStream": _method(TIER[2], _AT, "markdown_text chunks blocks metadata session_status"),
    "assistant.threads.setStatus": _method(
        SPECIAL,
        _IN_CHANNEL | {"thread_ts": "invalid_thread_ts", "status": "invalid_arg_name"},
        f"{_FACE} loading_messages",
    ),
    "assistant.threads.setTitle": _method(
        TIER[3], _IN_CHANNEL | {"thread_ts": "invalid_thread_ts", "title": "invalid_arg_name"}
    ),
    "assistant.threads.setSuggestedPrompts": _method(
        TIER[3], _IN_CHANNEL | {"prompts": "invalid_arg_name"}, "thread_ts title"
    ),
    "agents.sessions.setStatus": _method(
        TIER[3],
        _IN_CHANNEL | {"status": "invalid_status"},
        f"{_FACE} thread_ts title initiator_user_id",
    ),
    "agents.sessions.rename": _method(TIER[3], _IN_CHANNEL | {"title": "invalid_name"}, "thread_ts"),
    "files.getUploadURLExternal": _method(
        TIER[4], {"filename": "missing_argument", "length": "missing_argument"}, "alt_txt snippet_type"
    ),
    "files.completeUploadExternal": _method(
        TIER[4], {"files": "file_not_found"}, f"{_FACE} blocks channel_id channels initial_comment thread_ts"
    ),
    "files.info": _method(TIER[4], {"file": "file_not_found"}, f"{_PAGE} count page"),
    "views.open": _method(TIER[4], {"view": "invalid_arg_name"}, "trigger_id interactivity_pointer"),
    "views.update": _method(TIER[4], {"view": "invalid_arg_name"}, "view_id external_id hash"),
    "views.publish": _method(
        TIER[4], {"user_id": "invalid_arg_name", "view": "invalid_arg_name"}, "hash interactivity_pointer"
    ),
    "reactions.add": _method(TIER[3], _CHANNEL | {"name": "invalid_name", "timestamp": "bad_timestamp"}),
    "reactions.remove": _method(
        TIER[2], {"name": "invalid_name"}, "channel timestamp file file_comment"
    ),
}  # fmt: skip
