"""What stores Slack's events, however they come: over HTTP, over Socket Mode, or looked up after an outage."""

from bot.app import Engine
from bot.mailbox.pacing import Flood
from integrations.slack.intake import Channels, SlackIntake


def slack_intake(engine: Engine) -> SlackIntake:
    """Return what stores Slack's events."""
    settings = engine.settings
    internal = frozenset({settings.frontdesk_approvals_channel} - {""})
    channels = Channels(settings.frontdesk_channels == "all", settings.answered_channels, internal)
    flood = Flood(engine.client, settings.frontdesk_rate_per_minute)
    return SlackIntake(engine.inbox, engine.threads, channels, flood.apart)
