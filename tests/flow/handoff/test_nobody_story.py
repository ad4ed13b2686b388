"""Where nobody can answer, nobody is promised: `/chat` without a help desk, in every language."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import httpx

from bot.app.container import open_engine
from bot.app.server import working
from bot.app.settings import Settings
from bot.app.web import create_app
from bot.desk.policy.phrases import LANGUAGES
from bot.turn.texts import say
from tests.learnt import learnt

SECRET = "a-key-that-is-long-enough-for-it"
HUMAN = {
    "en": "I want to speak to a manager please",
    "de": "Ich möchte bitte mit einem Menschen sprechen",
    "fr": "Je veux parler à un responsable s'il vous plaît",
    "es": "Quiero hablar con una persona, por favor",
}


@asynccontextmanager
async def chat(redis_url: str, folder: Path, **settings: Any) -> AsyncIterator[httpx.AsyncClient]:
    """Yield a client of a Frontdesk that has `/chat` and nothing else."""
    values = Settings(
        redis_url=redis_url,
        frontdesk_data_dir=folder,
        frontdesk_model="offline",
        frontdesk_api_keys=f"shop:{SECRET}:chat",
        frontdesk_debounce_seconds=0,
        _env_file=None,
        **settings,
    )
    await asyncio.to_thread(learnt, values.frontdesk_desk)  # it runs a loop of its own where nobody has learnt yet
    async with AsyncExitStack() as stack:
        engine = await stack.enter_async_context(open_engine(values))
        await stack.enter_async_context(working(engine.worker))
        seat = httpx.ASGITransport(create_app(engine))
        key = {"Authorization": f"Bearer {SECRET}"}
        yield await stack.enter_async_context(httpx.AsyncClient(transport=seat, base_url="http://desk", headers=key))


async def post(client: httpx.AsyncClient, session: str, message: str) -> Any:
    return (await client.post("/chat", json={"session_id": session, "message": message})).json()


async def test_nobody_is_promised_in_any_language_and_the_bot_goes_on(redis_url: str, tmp_path: Path) -> None:
    async with chat(redis_url, tmp_path) as client:
        told = {language: await post(client, language, HUMAN[language]) for language in LANGUAGES}
        owners = {(await client.get(f"/conversation/{language}")).json()["owner"] for language in LANGUAGES}
        after = await post(client, "en", "What is your refund policy?")

    expected = {language: say("human.nobody", language, sorry="", contact="") for language in LANGUAGES}
    assert [language for language in LANGUAGES if not told[language]["response"].endswith(expected[language])] == []
    assert owners == {"escalated"}
    assert after["agent"] != "human"
    assert "30 days" in after["response"]
