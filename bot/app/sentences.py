"""Chooses the sentence model of a desk: the one inside this process, the model server's, or none."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import cache

import structlog

from bot.app.environment import variables
from bot.app.settings import Settings
from bot.desk.knowledge.sentences import Memory, Sentences, memory
from bot.desk.policy.policy import Policy
from bot.desk.policy.sections import EmbeddingModel
from bot.domain.ports import Clock
from bot.shipped.vectors import vectors_of
from integrations.models.embedded_sentences import embedded_sentences, missing
from integrations.models.embeddings import Embeddings

log = structlog.get_logger(__name__)


@asynccontextmanager
async def open_sentences(settings: Settings, policy: Policy, clock: Clock) -> AsyncIterator[Sentences | None]:
    """Yield the desk's sentence model, None where words have to do."""
    if why := absence(settings, policy):
        log.warning("sentences.off", why=why, then="search and router go by words alone")
        yield None
    elif policy.embeddings:
        named = policy.embeddings
        model = Embeddings(named.model, _key(settings, named), named.base_url or settings.openai_base_url)
        try:
            yield Sentences(model, clock)
        finally:
            await model.close()
    elif policy.embeddings is False:
        yield None
    else:
        yield Sentences(embedded_sentences(), clock, _memory(), vectors_of)


def absence(settings: Settings, policy: Policy) -> str:
    """Return why a model that the desk wants is not there, empty where it is, or where it wants none."""
    if policy.embeddings:
        name = policy.embeddings.key or "OPENAI_API_KEY"
        return "" if _key(settings, policy.embeddings) else f"{name} is not set"
    return "" if policy.embeddings is False else missing()


@cache
def _memory() -> Memory:
    """What the process's own model has made outlives a desk that is read anew."""
    return memory()


def _key(settings: Settings, model: EmbeddingModel) -> str | Callable[[], str]:
    return variables([model.key]).get(model.key, "") if model.key else settings.model_key
