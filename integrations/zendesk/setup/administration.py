"""Sets up one account: proposes changes, makes them, and tells the webhook's secret."""

from collections.abc import Sequence

from bot.runtime.administration import Proposal, Step
from integrations.zendesk.outbound.helpdesk import ZendeskHelpDesk
from integrations.zendesk.setup import apply
from integrations.zendesk.setup.cautions import account_cautions, grant_for, permission_cautions, webhook_cautions
from integrations.zendesk.setup.found import Found, read_account
from integrations.zendesk.setup.plan import Change, Kept, changes, copies, removal, webhook_of
from integrations.zendesk.setup.trial import ZendeskTrial, open_trial
from integrations.zendesk.setup.wanted import mark_of, pieces

_VERBS = {"exclude": "change", "include": "change"}


class ZendeskAdministration:
    """See `bot.runtime.connectors.Administration`."""

    def __init__(self, helpdesk: ZendeskHelpDesk, public_url: str, groups: Sequence[str]) -> None:
        self._helpdesk = helpdesk
        self._wanted = pieces(public_url, groups)
        self._webhook = next(piece for piece in self._wanted if piece.kind == "webhook")

    async def propose(self) -> Proposal:
        """Return what is missing, or was edited, and what an administrator should know."""
        found = await self._helpdesk.administer(read_account)
        planned = changes(found, self._wanted)
        cautions = [
            *permission_cautions(found, {each.kind for each in planned}),
            *webhook_cautions(found, self._webhook),
            *account_cautions(found),
        ]
        kept = [_told(each) for each in copies(found, self._wanted)]
        return Proposal([_step(each) for each in planned], kept, cautions, _unseen(found))

    async def propose_removal(self) -> Proposal:
        """Return what is still as we made it, and why the rest of it stays."""
        found = await self._helpdesk.administer(read_account)
        uses = {number: await self._use(number) for number in _own_groups(found)}
        planned, kept = removal(found, self._wanted, uses)
        cautions = list(permission_cautions(found, {each.kind for each in planned}))
        return Proposal([_step(each) for each in planned], [_told(each) for each in kept], cautions, _unseen(found))

    async def take(self, step: Step) -> None:
        """Make the change of a step."""
        change: Change = step.change
        await self._helpdesk.administer(lambda session: apply.carry_out(session, change))

    def grant(self, step: Step) -> str:
        """Return what to grant where a step is refused."""
        change: Change = step.change
        return grant_for(change.kind)

    async def trial(self, words: str) -> ZendeskTrial:
        """Open a ticket with these words, as a customer would."""
        found = await self._helpdesk.administer(read_account)
        return await open_trial(self._helpdesk, webhook_of(found, self._webhook), words)

    async def secret(self) -> str:
        """Return the signing secret of the webhook to us."""
        found = await self._helpdesk.administer(read_account)
        webhook = webhook_of(found, self._webhook)
        if webhook is None:
            return ""
        return await self._helpdesk.administer(lambda session: apply.signing_secret(session, str(webhook.get("id"))))

    async def _use(self, group_id: str) -> str:
        return await self._helpdesk.administer(lambda session: apply.group_use(session, group_id))


def _step(change: Change) -> Step:
    is_asked = change.verb == "make" and change.kind == "group"
    question = f"Make the group “{change.name}”?" if is_asked else change.question
    return Step(_VERBS.get(change.verb, change.verb), change.kind, change.name, change.detail, question, change)


def _told(kept: Kept) -> str:
    return f"{kept.kind} “{kept.name}”: {kept.why}"


def _unseen(found: Found) -> list[str]:
    return [f"{kind}s" for kind, records in found.lists.items() if records is None]


def _own_groups(found: Found) -> list[str]:
    return [str(group.get("id")) for group in found.lists.get("group") or () if mark_of(group)]
