"""Connects a Zendesk account: the help desk, its webhooks, and the export of what they missed."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

from bot.domain.capabilities import Capabilities
from bot.domain.ids import Origin
from bot.runtime.connectors import Account, CatchUp, Connector, Core, Look, Side, Surroundings, Way
from bot.store.records.cursors import EXPORT, Cursors
from integrations.zendesk.checks import look_at_zendesk
from integrations.zendesk.inbound.intake import ZendeskIntake
from integrations.zendesk.inbound.parse import Hint

if TYPE_CHECKING:
    from starlette.routing import BaseRoute

    from bot.replay.past_tickets import PastTickets
    from bot.runtime.administration import Administration
    from integrations.zendesk.outbound.helpdesk import ZendeskHelpDesk

LONGEST_SHARE = 0.9
"""Of the longest call: connecting and reading together stay under half the lease."""


@dataclass(frozen=True)
class ZendeskValues:
    """What an account needs of the settings.

    Args:
        has_zendesk: whether it is connected, and not switched off.
        webhook_secrets: two during rotation.
        frontdesk_public_url: our own address, which a setup gives to the webhook.
        current_secret: returns a secret by its setting's name as it is now.
    """

    has_zendesk: bool
    zendesk_url: str
    zendesk_client_id: str
    zendesk_client_secret: str = field(repr=False)
    zendesk_email: str = field(repr=False)
    zendesk_api_token: str = field(repr=False)
    webhook_secrets: Sequence[str] = field(repr=False)
    frontdesk_public_url: str = ""
    current_secret: Callable[[str], str] | None = field(default=None, repr=False)


class ZendeskSide(Side):
    """An account."""

    helpdesk: "ZendeskHelpDesk | None" = None

    def __init__(self, values: ZendeskValues, around: Surroundings) -> None:
        self._values = values
        if values.has_zendesk:
            self.helpdesk = self.articles = self.writes_articles = _open(values, around)
        elif values.zendesk_url:
            self.off = "off (FRONTDESK_ZENDESK_MODE)"

    @property
    def address(self) -> str:
        """The vendor's name and the account's URL."""
        return f"{Origin.ZENDESK}:{self._values.zendesk_url}"

    @property
    def way(self) -> Way:
        """The account, and what it knows us by."""
        values = self._values
        by_client = "ZENDESK_CLIENT_ID and ZENDESK_CLIENT_SECRET"
        credentials = by_client if values.zendesk_client_id else "ZENDESK_EMAIL and ZENDESK_API_TOKEN"
        return Way(values.zendesk_url, "ZENDESK_URL", credentials)

    @property
    def body_limits(self) -> Mapping[str, int]:
        """A webhook's."""
        from integrations.zendesk.inbound.receiver import MAX_BODY_BYTES, PATH

        return {PATH: MAX_BODY_BYTES}

    async def ping(self) -> None:
        """Return when Zendesk answers and knows the credentials."""
        if self.helpdesk:
            await self.helpdesk.ping()

    async def account(self) -> Account | None:
        """Return the account by its URL, which needs nobody's word."""
        return Account(self._values.zendesk_url.lower(), "ZENDESK_URL") if self.helpdesk else None

    async def close(self) -> None:
        """Close the connections."""
        if self.helpdesk:
            await self.helpdesk.close()

    def routes(self, core: Core) -> "Sequence[BaseRoute]":
        """Return where Zendesk sends its webhooks."""
        if not self.helpdesk:
            return ()
        from integrations.zendesk.inbound.receiver import webhook_route

        intake = ZendeskIntake(core.inbox, core.conversations)
        return (webhook_route(intake, self._values.webhook_secrets, core.clock),)

    def catch_up(self, core: Core) -> Sequence[CatchUp]:
        """Read the export of changed tickets."""
        if not self.helpdesk:
            return ()
        from bot.runtime.reconcile import TICKETS_SECONDS, TicketReconciler  # what turns go by: not for web alone

        reconciler = TicketReconciler(
            Origin.ZENDESK,
            EXPORT,
            self.helpdesk,
            partial(_hint, ZendeskIntake(core.inbox, core.conversations)),
            core.conversations,
            Cursors(core.client, ttl=core.session_seconds),
            core.clock,
            core.connected_at,
        )
        return (CatchUp(EXPORT, TICKETS_SECONDS, reconciler.catch_up),)

    def administration(self, groups: Sequence[str]) -> "Administration | None":
        """Set the account up."""
        if not self.helpdesk:
            return None
        from integrations.zendesk.setup.administration import ZendeskAdministration

        return ZendeskAdministration(self.helpdesk, self._values.frontdesk_public_url, groups)

    def history(self, told: Callable[[str], None]) -> "PastTickets | None":
        """Read the account's past tickets."""
        if not self.helpdesk:
            return None
        from integrations.zendesk.history.account import TicketHistory

        return TicketHistory(self.helpdesk, told)

    def checks(self, groups_of: Callable[[], Sequence[str]]) -> Sequence[tuple[str, Look]]:
        """Look at the user, the desk's groups, the webhook, the triggers and the fields, and as a setup does."""
        if not self.helpdesk:
            return ()
        from integrations.zendesk.setup.looks import look_at_account

        return [*look_at_zendesk(self.helpdesk, groups_of), ("Zendesk account", look_at_account(self.helpdesk))]


def _open(values: ZendeskValues, around: Surroundings) -> "ZendeskHelpDesk":
    from integrations.zendesk.outbound.helpdesk import ZendeskHelpDesk, ZendeskSettings  # its library is nine megabytes

    longest = around.call_seconds * LONGEST_SHARE
    settings = ZendeskSettings(
        url=values.zendesk_url,
        client_id=values.zendesk_client_id,
        client_secret=values.zendesk_client_secret,
        email=values.zendesk_email,
        api_token=values.zendesk_api_token,
        timeout=(longest / 3, longest * 2 / 3),
        current_secret=values.current_secret,
    )
    return ZendeskHelpDesk(settings, around.clock, around.pacing)


async def _hint(intake: ZendeskIntake, ticket_id: str, news: str) -> None:
    await intake(Hint(ticket_id, "changed", news))


# Its times have whole seconds: https://developer.zendesk.com/api-reference/ticketing/tickets/ticket_comments/
ZENDESK = Connector(
    Origin.ZENDESK, Capabilities(title="Zendesk", is_ticket=True, clock_resolution=1.0), ZendeskValues, ZendeskSide
)
