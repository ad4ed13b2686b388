"""Shows in metrics what waits in the store: due conversations and dead letters, as it is when somebody asks."""

from bot.domain.errors import TemporaryFailure
from bot.store import keys
from bot.store.redis import Scripts, store_errors
from bot.telemetry import metrics


async def show_queues(scripts: Scripts) -> None:
    """Set the gauges; every process shows the same, for all share one store.

    Raises:
        TemporaryFailure: the store is down.
    """
    due, late = await scripts.run("overdue", [keys.DUE])
    try:
        dead = await scripts.client.xlen(keys.DEAD)
    except store_errors as error:
        raise TemporaryFailure(f"store: {type(error).__name__}") from error
    metrics.DUE.set(int(due))
    metrics.DUE_OLDEST_SECONDS.set(int(late) / 1000)
    metrics.DEAD_LETTERS_KEPT.set(int(dead))
