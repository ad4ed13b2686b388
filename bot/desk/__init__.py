"""What a company customises: the machinery that reads a desk folder. A desk's `tools.py` imports from here."""

from bot.desk.customer import Customer
from bot.desk.data import Data
from bot.desk.knowledge import Knowledge
from bot.desk.loader import Desk, load_desk
from bot.desk.tools import ToolContext, build_tools, tool
from bot.domain.ports import Clock

__all__ = ["Clock", "Customer", "Data", "Desk", "Knowledge", "ToolContext", "build_tools", "load_desk", "tool"]
