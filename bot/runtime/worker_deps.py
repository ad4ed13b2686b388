"""Everything a worker works with: queue, leases, delivery, the desk at work."""

from collections.abc import Callable
from dataclasses import dataclass

from bot.delivery.dispatcher import Delivery
from bot.domain.drafts import RETENTION_SECONDS
from bot.domain.events import InboundMessage
from bot.domain.ports import Clock, HelpDesk, Journal, Preview
from bot.runtime.active_desk import AtWork
from bot.store.limits.customer_rate import MessageRate
from bot.store.limits.open_conversations import Matters
from bot.store.queue.dead_letters import DeadLetters
from bot.store.queue.due import DueQueue
from bot.store.queue.held import Held
from bot.store.queue.inbox import Inbox
from bot.store.queue.lease import Leases
from bot.store.queue.outbox import Outbox
from bot.store.records.conversations import Conversations


@dataclass(frozen=True)
class WorkerDeps:
    """Everything a worker works with.

    Args:
        retention_seconds: after these words of drafts go.
    """

    due: DueQueue
    inbox: Inbox
    leases: Leases
    outbox: Outbox
    conversations: Conversations
    delivery: Delivery
    at_work: AtWork
    dead_letters: DeadLetters
    rate: MessageRate
    matters: Matters
    clock: Clock
    preview: Callable[[Held, InboundMessage], Preview]
    journal: Callable[[Held], Journal]
    helpdesk: HelpDesk | None = None
    retention_seconds: float = RETENTION_SECONDS
