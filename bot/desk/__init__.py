"""What a company customises: the machinery that reads a desk folder. A desk's `tools.py` imports from here."""

from bot.desk.actions.actions import Action, action
from bot.desk.actions.offers import Amount, Offer, Refused
from bot.desk.database import Data, Session
from bot.desk.knowledge.search import Knowledge
from bot.desk.loading.loader import Desk, load_desk
from bot.desk.policy.sections import Limits
from bot.desk.tools.calls import build_tools
from bot.desk.tools.context import Context
from bot.desk.tools.customer import Customer
from bot.desk.tools.hooks import before
from bot.desk.tools.tool_context import Handover, ToolContext
from bot.desk.tools.tools import tool
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
