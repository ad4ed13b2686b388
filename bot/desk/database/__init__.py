"""The desk's database: opening and seeding it, its own tables, and whose things are whose."""

from bot.desk.database.columns import Money
from bot.desk.database.data import Data, DeskData, JoinedData, Session
from bot.desk.database.database import Database
from bot.desk.database.tables import asked_outside, audit, begun, pending, spent

__all__ = [
    "Data",
    "Database",
    "DeskData",
    "JoinedData",
    "Money",
    "Session",
    "asked_outside",
    "audit",
    "begun",
    "pending",
    "spent",
]
