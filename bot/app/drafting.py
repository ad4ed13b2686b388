"""Reads of the settings where drafts are decided on, and what the installation allows on tickets."""

from collections.abc import Mapping

from bot.app.settings import Settings
from bot.domain.autonomy import Mode
from bot.domain.capabilities import colleagues_origin
from bot.domain.ports import Channel
from bot.turn.autonomy.dial import Ceiling


def triage_of(settings: Settings, channels: Mapping[str, Channel]) -> str:
    """Return id of the channel with cards, empty where there is none."""
    return settings.frontdesk_triage_channel if colleagues_origin() in channels else ""


def drafts_channel_of(settings: Settings, channels: Mapping[str, Channel], *, has_helpdesk: bool) -> str:
    """Return id of the channel where colleagues decide on drafts, empty where they do it on tickets."""
    approvals = settings.frontdesk_approvals_channel if colleagues_origin() in channels else ""
    return triage_of(settings, channels) or ("" if has_helpdesk else approvals)


def ceiling_of(settings: Settings) -> Ceiling | None:
    """Return what the installation allows on tickets, None where the desk decides."""
    if settings.frontdesk_zendesk_mode != "draft":
        return None
    return Ceiling(Mode.DRAFT, "FRONTDESK_ZENDESK_MODE", "FRONTDESK_ZENDESK_MODE is draft")
