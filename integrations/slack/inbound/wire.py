"""The JSON shapes of Slack's requests, as far as we use them.

https://docs.slack.dev/apis/events-api#callback-field and https://docs.slack.dev/reference/events/message
"""

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

Id = Annotated[str, Field(pattern=r"^[A-Za-z0-9_.\-]{1,64}$")]
"""Ids become parts of conversation ids, so nothing that could be mistaken for a separator is let in."""
Timestamp = Annotated[str, Field(pattern=r"^[0-9]{1,16}(\.[0-9]{1,9})?$")]

Text = Annotated[str, Field(max_length=1_000_000)]
"""The bound makes pydantic read the characters, which refuses lone surrogates: they cannot be stored."""


class Wire(BaseModel):
    """Base: unknown keys are ignored, Slack adds them without notice."""

    model_config = ConfigDict(extra="ignore", frozen=True)


class Authorization(Wire):
    """One installation that may see the event; an organisation's may name no workspace."""

    enterprise_id: Id | None = None
    team_id: Id | None = None
    user_id: Id | None = None
    is_bot: bool | None = None
    is_enterprise_install: bool | None = None


class Envelope(Wire):
    """The outside of every Events API request."""

    type: str
    team_id: Id | None = None
    enterprise_id: Id | None = None
    api_app_id: Id | None = None
    authorizations: list[Authorization] | None = None
    is_ext_shared_channel: bool | None = None
    event: dict[str, Any] | None = None
    event_time: Any = None
    challenge: Text | None = None
    minute_rate_limited: int | None = None

    @property
    def installation(self) -> str:
        """The installing workspace; the inner event never names it: in Slack Connect its team may be the author's.

        What concerns a whole organisation alone may name but that.
        """
        return self._seer.team_id or self.team_id or self.organisation

    @property
    def organisation(self) -> str:
        """The organisation whose installation delivers it, empty for a workspace's own."""
        if not self._seer.is_enterprise_install:
            return ""
        return self._seer.enterprise_id or self.enterprise_id or ""

    @property
    def at(self) -> float:
        """Slack's time of the event, Unix seconds, 0 where it does not say."""
        return float(self.event_time) if isinstance(self.event_time, int | float) else 0.0

    @property
    def bot(self) -> str:
        """Our user id there, empty where Slack does not say."""
        return (self._seer.user_id if self._seer.is_bot else None) or ""

    @property
    def _seer(self) -> Authorization:
        return self.authorizations[0] if self.authorizations else Authorization()


class WireFile(Wire):
    """A file as events carry it; in shared channels only its id."""

    id: Id
    name: Text | None = None
    title: Text | None = None
    mimetype: Text | None = None
    size: int | None = None
    mode: str | None = None
    file_access: str | None = None
    is_external: bool | None = None
    permalink: Text | None = None
    url_private: Text | None = None
    url_private_download: Text | None = None


class WireAttachment(Wire):
    """A forwarded message, a pasted table, or the preview of a link.

    What its blocks look like is looked at where they are read: https://docs.slack.dev/messaging/message-attachments
    """

    text: Text | None = None
    fallback: Text | None = None
    author_name: Text | None = None
    from_url: Text | None = None
    original_url: Text | None = None
    title_link: Text | None = None
    is_share: Any = None
    is_msg_unfurl: Any = None
    blocks: Any = None
    message_blocks: Any = None
    files: list[WireFile] | None = None


class BotProfile(Wire):
    """Which app wrote a bot's message."""

    app_id: str | None = None


class WireEdited(Wire):
    """When a message was changed, and by whom."""

    ts: Timestamp | None = None


class WireMessage(Wire):
    """What a message is, on its own or inside `message_changed`."""

    ts: Timestamp
    thread_ts: Timestamp | None = None
    user: Id | None = None
    text: Text | None = None
    subtype: str | None = None
    client_msg_id: Id | None = None
    team: Id | None = None
    user_team: Id | None = None
    source_team: Id | None = None
    bot_id: str | None = None
    app_id: str | None = None
    bot_profile: BotProfile | None = None
    edited: WireEdited | None = None
    files: list[WireFile] | None = None
    attachments: list[WireAttachment] | None = None
    blocks: Any = None


class WirePrevious(Wire):
    """A message before it was edited or deleted; parts of it may be missing."""

    ts: Timestamp | None = None
    thread_ts: Timestamp | None = None
    user: Id | None = None
    text: Text | None = None
    team: Id | None = None
    bot_id: str | None = None


class MessageEvent(WireMessage):
    """`message` in all its subtypes, and `app_mention`."""

    type: str
    channel: Id
    channel_type: str | None = None
    message: WireMessage | None = None
    previous_message: WirePrevious | None = None
    deleted_ts: Timestamp | None = None
    event_ts: Timestamp | None = None


class StopEvent(Wire):
    """`agent_session_stopped`."""

    channel: Id
    thread_ts: Timestamp
    user: Id | None = None
    event_ts: Timestamp | None = None


class MovedEvent(Wire):
    """`channel_id_changed`: https://docs.slack.dev/reference/events/channel_id_changed."""

    old_channel_id: Id
    new_channel_id: Id


class RevokedTokens(Wire):
    """Whose tokens were taken back: people's own (`oauth`), or the app's (`bot`)."""

    oauth: list[str] | None = None
    bot: list[str] | None = None


class RevokedEvent(Wire):
    """`tokens_revoked`: https://docs.slack.dev/reference/events/tokens_revoked."""

    tokens: RevokedTokens | None = None


class AccessEvent(Wire):
    """`team_access_granted` and `team_access_revoked`: https://docs.slack.dev/reference/events/team_access_revoked."""

    team_ids: list[Id] = []


class GoneEvent(Wire):
    """`channel_archive` and its like: https://docs.slack.dev/reference/events/channel_archive."""

    channel: Id
    event_ts: Timestamp | None = None


class WireUser(Wire):
    """Who clicked."""

    id: Id
    team_id: Id | None = None


class WireRef(Wire):
    """A team or a channel, of which only the id matters."""

    id: Id


class Container(Wire):
    """The message a click happened in."""

    channel_id: Id | None = None
    message_ts: Timestamp | None = None
    thread_ts: Timestamp | None = None


class ClickedMessage(Wire):
    """The same message, as Slack shows it."""

    ts: Timestamp | None = None
    thread_ts: Timestamp | None = None


class Option(Wire):
    """The chosen entry of a menu."""

    value: Text | None = None


class WireAction(Wire):
    """One element that was used."""

    action_id: str = Field(max_length=255)
    block_id: str = ""
    value: Text | None = None
    selected_option: Option | None = None
    action_ts: Timestamp | None = None


class Interaction(Wire):
    """The decoded `payload` of an interactivity request, whatever its kind."""

    type: str
    team: WireRef | None = None
    enterprise: WireRef | None = None
    is_enterprise_install: bool | None = None

    @property
    def team_id(self) -> str:
        """The workspace it happened in, empty where Slack does not say."""
        return self.team.id if self.team else ""

    @property
    def organisation(self) -> str:
        """The organisation whose installation delivers it, empty for a workspace's own."""
        return self.enterprise.id if self.enterprise and self.is_enterprise_install else ""


class BlockActions(Interaction):
    """A click: https://docs.slack.dev/reference/interaction-payloads/block_actions-payload."""

    user: WireUser
    channel: WireRef | None = None
    container: Container | None = None
    message: ClickedMessage | None = None
    actions: list[WireAction] = Field(min_length=1)
    response_url: str | None = None
    trigger_id: str = ""
