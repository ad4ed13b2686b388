"""The ports: what the bot needs from vendors and from the store; `integrations` and `bot/store` implement them.

Import them from here; each module below holds one topic.
"""

from bot.domain.ports.brake import Brake
from bot.domain.ports.channel import Audience, Channel, Preview
from bot.domain.ports.clock import Clock
from bot.domain.ports.help_desk import ChangedTicket, Changes, Comment, HelpDesk, Tagging, TicketReading
from bot.domain.ports.history import Journal, OpenMatters, PastConversations, Room
from bot.domain.ports.limits import RateLimiter
from bot.domain.ports.mail import CodeLimits, Letter, Mail
from bot.domain.ports.people import Directory, Profile, Readers
from bot.domain.ports.spending import Refusal, Reservation, SpendingLedger

__all__ = [
    "Audience",
    "Brake",
    "ChangedTicket",
    "Changes",
    "Channel",
    "Clock",
    "CodeLimits",
    "Comment",
    "Directory",
    "HelpDesk",
    "Journal",
    "Letter",
    "Mail",
    "OpenMatters",
    "PastConversations",
    "Preview",
    "Profile",
    "RateLimiter",
    "Readers",
    "Refusal",
    "Reservation",
    "Room",
    "SpendingLedger",
    "Tagging",
    "TicketReading",
]
