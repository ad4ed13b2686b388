"""Builds what stores Slack's events, whether they come over HTTP, Socket Mode or reconciliation."""

from bot.app.container import Engine
from bot.store.limits.customer_rate import Flood
from integrations.slack.inbound.conversation_resolver import AnsweredChannels, ConversationResolver


def slack_intake(engine: Engine) -> ConversationResolver:
    """Return what stores Slack's events."""
    settings = engine.settings
    internal = frozenset({settings.frontdesk_approvals_channel} - {""})
    channels = AnsweredChannels(settings.frontdesk_channels == "all", settings.answered_channels, internal)
    flood = Flood(engine.client, settings.frontdesk_rate_per_minute)
    return ConversationResolver(engine.inbox, engine.threads, channels, flood.apart)
