"""What every Slack method needs: the world, the events it causes, and the checks they share."""

from dataclasses import dataclass
from typing import Any

from integrations.sandbox.core.wire import JSON
from integrations.sandbox.core.world import World
from integrations.sandbox.slack.events import SlackEvents
from integrations.sandbox.slack.state import BOT_USER, TEAM_ID, Channel, Message

MAX_BLOCKS = 50
MAX_MARKDOWN = 12_000
MAX_BLOCK_TEXT = 13_200
MAX_METADATA = 8_000
SESSION_STATES = {"active", "processing", "suspended", "closed"}
SESSION_SECONDS = 3_600.0
"""After so long without an end Slack takes what is being processed for done."""


class SlackError(Exception):
    """``{"ok": false, "error": code}``."""

    def __init__(self, code: str, **extra: Any) -> None:
        super().__init__(code)
        self.code = code
        self.extra = extra


@dataclass(frozen=True, slots=True)
class Slack:
    """A workspace as methods and the control API act on it; an organisation's token acts on all that it has."""

    world: World
    events: SlackEvents
    team: str = TEAM_ID
    organisation: str = ""

    def channel(self, channel_id: object) -> Channel:
        """A channel the bot may see; raises channel_not_found."""
        channel = self.world.slack.channels.get(str(channel_id))
        if (
            channel is None
            or not self._sees(channel)
            or (channel.kind != "channel" and BOT_USER not in channel.members)
        ):
            raise SlackError("channel_not_found")
        return channel

    def _sees(self, channel: Channel) -> bool:
        """Whether the token is one of the channel's own workspace, or of one that shares it."""
        if not self.organisation:
            return self.team in {channel.team_id, *channel.connected_team_ids}
        workspace = self.world.slack.workspaces.get(channel.team_id)
        is_withheld = channel.team_id in self.world.slack.withheld
        return workspace is not None and workspace.organisation == self.organisation and not is_withheld

    def writable(self, channel_id: object) -> Channel:
        """A channel the bot may write to; a user id means the DM with them."""
        slack = self.world.slack
        if str(channel_id) in slack.users:
            channel_id = self.direct(str(channel_id)).id
        channel = self.channel(channel_id)
        if BOT_USER not in channel.members:
            raise SlackError("not_in_channel")
        if channel.is_archived:
            raise SlackError("is_archived")
        return channel

    def direct(self, user: str) -> Channel:
        """The bot's DM with a user, opened if need be."""
        slack = self.world.slack
        found = slack.direct_channel(user)
        if found is None:
            person = slack.users.get(user)
            team = person.team_id if person and person.team_id in slack.workspaces else TEAM_ID
            found = Channel("D" + user[1:], "", "im", [user, BOT_USER], team_id=team)
            slack.channels[found.id] = found
            self.world.changed()
        return found

    def parent(self, channel: Channel, thread_ts: object, error: str = "cannot_reply_to_message") -> str | None:
        """A thread's root for a reply; a reply's own timestamp is none, as Slack's docs warn.

        A reply to a message that was deleted is posted into the channel, and Slack says ok, as people report:
        https://github.com/slackapi/bolt-js/issues/2307
        """
        if not thread_ts:
            return None
        root = self.world.slack.find(channel.id, str(thread_ts))
        if root is None and str(thread_ts) in self.world.slack.deleted.get(channel.id, ()):
            return None
        if root is None or (root.thread_ts and root.thread_ts != root.ts):
            raise SlackError(error)
        return root.ts

    def own_message(self, channel: Channel, ts: object, not_own: str) -> Message:
        """A message the bot wrote; raises message_not_found or `not_own`."""
        message = self.world.slack.find(channel.id, str(ts))
        if message is None or message.ephemeral_for:
            raise SlackError("message_not_found")
        if message.user != BOT_USER:
            raise SlackError(not_own)
        return message

    def streaming(self, message: Message) -> bool:
        """Whether a stream is alive; one that is too old or too quiet ends here."""
        options, now = self.world.options, self.world.clock.now()
        old = now - message.stream_started >= options.stream_total_seconds
        quiet = now - message.stream_touched >= options.stream_idle_seconds
        if message.streaming and (old or quiet):
            message.streaming = False
            self.world.changed()
        return message.streaming

    @property
    def has_sessions(self) -> bool:
        """Whether the workspace lets apps be agents."""
        return self.world.config.slack_status != "threads"

    def set_session(self, channel: str, thread_ts: str | None, status: str) -> None:
        """Move the session of a thread on, where there are sessions."""
        if self.has_sessions and thread_ts:
            key = f"{channel}:{thread_ts}"
            self.world.slack.sessions[key] = status
            self.world.slack.session_times[key] = self.world.clock.now()
            self.world.changed()

    def now_ts(self) -> str:
        """A fresh timestamp."""
        return self.world.slack.next_ts(self.world.clock.now())


def check_metadata(metadata: Any) -> JSON | None:
    """Message metadata as https://docs.slack.dev/messaging/message-metadata/ wants it."""
    if metadata is None:
        return None
    if not isinstance(metadata, dict):
        raise SlackError("invalid_metadata_format")
    if not isinstance(metadata.get("event_type"), str) or not isinstance(metadata.get("event_payload"), dict):
        raise SlackError("invalid_metadata_schema")
    if len(str(metadata)) > MAX_METADATA:
        raise SlackError("metadata_too_large")
    return metadata


def truth(value: object) -> bool:
    """Slack's booleans: true, "true", 1, "1"."""
    return value is True or str(value).lower() in {"1", "true"}
