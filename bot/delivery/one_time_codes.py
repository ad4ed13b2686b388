"""Sends a one-time code to the address on file: by mail, else as a Zendesk ticket that Zendesk mails.

A mail has no key that a server would know it again by. One whose sending broke off is sent again as the same letter,
with the same code and `Message-ID`. A ticket is created once, under its key. A code that comes too late stays away.
"""

from hashlib import sha256

import structlog

from bot.domain.effects import OpenTicket, Person, SendCode
from bot.domain.errors import PermanentFailure
from bot.domain.identity import CODE_SECONDS, digest_of
from bot.domain.ids import person_of
from bot.domain.ports import Clock, CodeLimits, HelpDesk, Letter, Mail
from bot.turn.texts import say

TAGS = ("frontdesk", "frontdesk_code")

log = structlog.get_logger(__name__)


class OneTimeCodes:
    """Sends codes.

    Args:
        desk: the company's name.
        group: Zendesk group that sees the tickets.
        mail: None where codes go out as tickets.
    """

    def __init__(
        self, desk: str, group: str, limits: CodeLimits, clock: Clock, *, mail: Mail | None, helpdesk: HelpDesk | None
    ) -> None:
        self._desk = desk
        self._group = group
        self._limits = limits
        self._clock = clock
        self._mail = mail
        self._helpdesk = helpdesk

    async def send(self, effect: SendCode) -> None:
        """Send the code; for an address that is nobody's go the same way without sending anything.

        Raises:
            RemoteError: it was not sent, or it is unsure whether it was; the same effect may be sent again.
        """
        if self._clock.now() - effect.at > CODE_SECONDS:
            log.warning("code.too_late", effect=effect.id)
        elif effect.email and await self._is_within_limits(effect):
            await self._send(effect)
        elif self._mail:
            await self._mail.reach()
        elif self._helpdesk:
            await self._helpdesk.find_ticket(_external_id(effect), effect.id)

    async def _is_within_limits(self, effect: SendCode) -> bool:
        """Nobody's mailbox is flooded, and nobody asks for codes of one mailbox after the other.

        The turn has counted it already, before it set the lock; once more counts as once.
        """
        allowed = await self._limits.allows(person_of(effect.asker), digest_of(effect.email), effect.id)
        if not allowed:
            log.warning("code.too_many", effect=effect.id, author=effect.asker)
        return allowed

    async def _send(self, effect: SendCode) -> None:
        subject = say("code.subject", effect.language, desk=self._desk)
        text = say("code.text", effect.language, desk=self._desk, code=effect.code)
        if self._mail:
            await self._mail.send(Letter(effect.id, effect.email, subject, text))
        elif self._helpdesk:
            ticket = OpenTicket(
                id=effect.id,
                subject=subject,
                words=text,
                requester=Person(name=effect.name, email=effect.email),
                group=self._group,
                status="pending",  # it waits for the customer; nobody has to look at it
                tags=TAGS,
                external_id=_external_id(effect),
                ours=True,
            )
            await self._helpdesk.open(ticket, ())
        else:
            raise PermanentFailure("codes cannot be sent", "not_connected")
        await self._limits.sent(effect.id)
        log.info("code.sent", effect=effect.id)


def _external_id(effect: SendCode) -> str:
    """No conversation's id, or the ticket would be taken for that conversation's own."""
    return f"code:{sha256(effect.id.encode()).hexdigest()[:32]}"
