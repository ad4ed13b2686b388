"""Sends a ticket through a real account, looks at each hop from Zendesk's side, and takes it away again.

Its requester is at example.com, to which Zendesk sends no mail: nobody is bothered.
https://developer.zendesk.com/api-reference/ticketing/users/user_identities/ (deliverable_state: reserved_example)
"""

from collections.abc import Iterator

from bot.domain.errors import NotFound, PermanentFailure, SignedOut
from bot.runtime.administration import Hop
from integrations.zendesk.api.session import Json, SafeSession
from integrations.zendesk.outbound.helpdesk import ZendeskHelpDesk

REQUESTER = {"name": "Frontdesk test", "email": "frontdesk-test@example.com", "skip_verify_email": True}
TAG = "frontdesk_try"
_SUBJECT = "Frontdesk test, removed at once"
_CREATED = 201
_TRIED_AGAIN = {409, 429, 503}


class ZendeskTrial:
    """See `bot.runtime.administration.Trial`; `opened` makes one.

    Args:
        before: ids of the invocations that the webhook had already, None where they cannot be seen.
        is_new: whether the requester was made for it.
    """

    def __init__(
        self, helpdesk: ZendeskHelpDesk, webhook_id: str, before: frozenset[str] | None, ticket: Json, *, is_new: bool
    ) -> None:
        self._helpdesk = helpdesk
        self._webhook_id = webhook_id
        self._looked_at = None if before is None else dict.fromkeys(before, False)
        self._requester = str(ticket.get("requester_id"))
        self._is_new = is_new
        self.ticket_id = str(ticket.get("id"))

    async def delivered(self) -> Hop | None:
        """Return how the webhook's invocation for the ticket ended."""
        if not self._webhook_id:
            return Hop("webhook", "there is none to us that can be seen", "run `frontdesk zendesk setup`")
        if self._looked_at is None:
            return Hop("webhook", "only administrators see what it delivered", "use an administrator's credentials")
        looked_at = self._looked_at
        return await self._helpdesk.administer(lambda session: self._invoked(session, looked_at))

    async def answered(self) -> Hop | None:
        """Return the first comment of our own user."""
        return await self._helpdesk.administer(self._commented)

    async def remove(self) -> list[Hop]:
        """Delete the ticket, then the requester that was made for it; what may not be deleted is told."""
        return await self._helpdesk.administer(lambda session: list(self._removed(session)))

    def _invoked(self, session: SafeSession, looked_at: dict[str, bool]) -> Hop | None:
        """Several events tell of the ticket; one that arrived is enough, one that is tried again says nothing yet."""
        ours = [
            each
            for each in _invocations(session, self._webhook_id)
            if self._is_ours(session, str(each.get("id")), looked_at)
        ]
        arrived = next((each for each in ours if each.get("status") == "success"), None)
        over = [each for each in ours if each.get("status_code") not in _TRIED_AGAIN]
        return _told(arrived or over[0]) if arrived or over else None

    def _is_ours(self, session: SafeSession, invocation_id: str, looked_at: dict[str, bool]) -> bool:
        """Look at each invocation's payload once: it names the ticket, whether Zendesk or a trigger wrote it."""
        if invocation_id not in looked_at:
            path = f"/api/v2/webhooks/{self._webhook_id}/invocations/{invocation_id}/attempts"
            attempts = session.get_json(path).get("attempts") or ()
            payloads = [str((attempt.get("request") or {}).get("payload")) for attempt in attempts]
            looked_at[invocation_id] = any(f'"{self.ticket_id}"' in payload for payload in payloads)
        return looked_at[invocation_id]

    def _commented(self, session: SafeSession) -> Hop | None:
        me = session.get_json("/api/v2/users/me.json").get("user") or {}
        comments = session.get_json(f"/api/v2/tickets/{self.ticket_id}/comments.json").get("comments") or ()
        own = next((comment for comment in comments if comment.get("author_id") == me.get("id")), None)
        if own is None:
            return None
        return Hop("the bot answered in public" if own.get("public") else "the bot wrote an internal note")

    def _removed(self, session: SafeSession) -> Iterator[Hop]:
        yield _deleted(session, f"/api/v2/tickets/{self.ticket_id}.json", f"ticket #{self.ticket_id}")
        if self._is_new:
            yield _deleted(session, f"/api/v2/users/{self._requester}.json", "its requester")


async def open_trial(helpdesk: ZendeskHelpDesk, webhook: Json | None, words: str) -> ZendeskTrial:
    """Open the ticket as its requester; the submitter is who wrote the first comment."""
    webhook_id = str((webhook or {}).get("id") or "")
    before = await helpdesk.administer(lambda session: _known(session, webhook_id)) if webhook_id else frozenset()

    def opened(session: SafeSession) -> tuple[Json, bool]:
        answer = session.post(f"{session.base}/api/v2/users/create_or_update.json", json={"user": REQUESTER})
        user = answer.json()["user"]["id"]
        ticket = {
            "subject": _SUBJECT,
            "comment": {"body": words},
            "requester_id": user,
            "submitter_id": user,
            "tags": [TAG],
        }
        is_new = answer.status_code == _CREATED
        try:
            made = session.post(f"{session.base}/api/v2/tickets.json", json={"ticket": ticket}).json()["ticket"]
        except PermanentFailure:
            if is_new:
                _deleted(session, f"/api/v2/users/{user}.json", "its requester")
            raise
        return made, is_new

    ticket, is_new = await helpdesk.administer(opened)
    return ZendeskTrial(helpdesk, webhook_id, before, ticket, is_new=is_new)


def _known(session: SafeSession, webhook_id: str) -> frozenset[str] | None:
    try:
        return frozenset(str(each.get("id")) for each in _invocations(session, webhook_id))
    except SignedOut:
        raise
    except PermanentFailure:
        return None


def _invocations(session: SafeSession, webhook_id: str) -> list[Json]:
    found = session.get_json(
        f"/api/v2/webhooks/{webhook_id}/invocations", {"page[size]": 100, "sort": "-latest_completed_at"}
    )
    return [each for each in found.get("invocations") or () if isinstance(each, dict)]


def _told(invocation: Json) -> Hop:
    status, code = invocation.get("status"), invocation.get("status_code")
    if status == "success":
        return Hop(f"the webhook was delivered ({code})")
    mends = {401: "its secret is another: frontdesk zendesk setup --env-file .env, then restart"}
    mend = mends.get(code if isinstance(code, int) else 0, "see that FRONTDESK_PUBLIC_URL leads to `frontdesk web`")
    return Hop("webhook", f"our side answered {code or 'nothing'}", mend)


def _deleted(session: SafeSession, path: str, name: str) -> Hop:
    try:
        session.delete(session.base + path)
    except NotFound:
        return Hop(f"{name} is removed")
    except SignedOut:
        raise
    except PermanentFailure as error:
        return Hop(name, f"could not be deleted ({error.code})", "let the role delete it, or delete it yourself")
    return Hop(f"{name} is removed")
