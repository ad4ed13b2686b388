"""What a company customises: the machinery that reads a desk folder. A desk's `tools.py` imports from here."""

from bot.desk.actions import Action, action
from bot.desk.context import Context
from bot.desk.customer import Customer
from bot.desk.data import Data, Session
from bot.desk.hooks import before
from bot.desk.knowledge import Knowledge
from bot.desk.loader import Desk, load_desk
from bot.desk.offers import Amount, Offer, Refused
from bot.desk.policy import Limits
from bot.desk.tools import Handover, ToolContext, build_tools, tool
from bot.domain.ports import Clock

__all__ = [
    "Action",
    "Amount",
    "Clock",
    "Context",
    "Customer",
    "Data",
    "Desk",
    "Handover",
    "Knowledge",
    "Limits",
    "Offer",
    "Refused",
    "Session",
    "ToolContext",
    "action",
    "before",
    "build_tools",
    "load_desk",
    "tool",
]
