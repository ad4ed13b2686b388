"""What a company customises: the machinery that reads a desk folder. A desk's `tools.py` imports from here.

Each name is loaded when somebody wants it: who only reads a desk's rules pays neither for the agents' library nor for
the database's.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from bot.desk.actions.actions import Action, action
    from bot.desk.actions.offers import Amount, Offer, Refused
    from bot.desk.database import Data, Session
    from bot.desk.knowledge.search import Knowledge
    from bot.desk.loading.desk import Desk
    from bot.desk.loading.loader import load_desk
    from bot.desk.policy.business_hours import BusinessHours
    from bot.desk.policy.sections import Limits
    from bot.desk.tools.calls import build_tools
    from bot.desk.tools.context import Context
    from bot.desk.tools.customer import Customer
    from bot.desk.tools.hooks import before
    from bot.desk.tools.tool_context import Handover, ToolContext
    from bot.desk.tools.tools import tool
    from bot.domain.ports import Clock

_HOMES = {
    "Action": "bot.desk.actions.actions",
    "Amount": "bot.desk.actions.offers",
    "BusinessHours": "bot.desk.policy.business_hours",
    "Clock": "bot.domain.ports",
    "Context": "bot.desk.tools.context",
    "Customer": "bot.desk.tools.customer",
    "Data": "bot.desk.database",
    "Desk": "bot.desk.loading.desk",
    "Handover": "bot.desk.tools.tool_context",
    "Knowledge": "bot.desk.knowledge.search",
    "Limits": "bot.desk.policy.sections",
    "Offer": "bot.desk.actions.offers",
    "Refused": "bot.desk.actions.offers",
    "Session": "bot.desk.database",
    "ToolContext": "bot.desk.tools.tool_context",
    "action": "bot.desk.actions.actions",
    "before": "bot.desk.tools.hooks",
    "build_tools": "bot.desk.tools.calls",
    "load_desk": "bot.desk.loading.loader",
    "tool": "bot.desk.tools.tools",
}

__all__ = [
    "Action",
    "Amount",
    "BusinessHours",
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


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}", name=name)
    found = globals()[name] = getattr(import_module(_HOMES[name]), name)
    return found
