"""What `frontdesk doctor` sees of an account with the eyes of a setup; nothing of it has to be mended."""

from collections.abc import Sequence

from bot.runtime.connectors import CheckResult, Look
from integrations.zendesk.outbound.helpdesk import ZendeskHelpDesk
from integrations.zendesk.setup.cautions import place_cautions, token_cautions
from integrations.zendesk.setup.found import Found, read_account
from integrations.zendesk.setup.plan import changes
from integrations.zendesk.setup.wanted import pieces


def look_at_account(helpdesk: ZendeskHelpDesk) -> Look:
    """Return the look at the token, brands, statuses, replies, macros and views."""

    async def look() -> Sequence[CheckResult]:
        found = await helpdesk.administer(read_account)
        return [*token_cautions(found), *place_cautions(found), _pieces(found)]

    return look


def _pieces(found: Found) -> CheckResult:
    """Say how many of the macros and views are there; who works without them misses nothing but comfort."""
    wanted = [piece for piece in pieces("", ()) if piece.kind in {"macro", "view"}]
    lacking = [change.name for change in changes(found, wanted) if change.verb in {"make", "repair"}]
    if not lacking:
        return CheckResult("Zendesk macros and views")
    return CheckResult(f"Zendesk macros and views: `frontdesk zendesk setup` makes {len(lacking)} of {len(wanted)}")
