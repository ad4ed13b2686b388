"""What an engine is given in the place of what its settings name."""

from dataclasses import dataclass

from bot.desk.database.database import Database
from bot.desk.loading.desk import Desk
from integrations.models import ModelClients


@dataclass(frozen=True)
class StandIns:
    """The desk, its models and its data.

    Args:
        data: stays open when the engine ends.
    """

    desk: Desk
    models: ModelClients
    data: Database
