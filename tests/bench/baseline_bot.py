"""The baseline: the bot an engineer writes in an afternoon, from the documentation of Bolt and of the Agents SDK.

It keeps every conversation in the SDK's own Redis session and posts one answer. It has no lease, no outbox, no
journal, no rules, no preview, and loses or doubles what a crash or a retry of Slack's meets.
"""

import sys
from typing import Any

import redis.asyncio as redis
from agents import Agent, OpenAIResponsesModel, Runner, set_tracing_disabled
from agents.extensions.memory import RedisSession
from fastapi import FastAPI, Request
from openai import AsyncOpenAI
from slack_bolt.adapter.fastapi.async_handler import AsyncSlackRequestHandler
from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from bot.app.server import run, serving, until_signalled
from tests.bench.slack_lines import SECRET

TTL_SECONDS = 30 * 86_400
INSTRUCTIONS = "You answer customers of Acme Store in Slack: friendly, plain and short."


def create_app(world: str, redis_url: str) -> FastAPI:
    """Return the app."""
    set_tracing_disabled(True)
    bolt = AsyncApp(client=AsyncWebClient("xoxb-bench", base_url=f"{world}/slack/api/"), signing_secret=SECRET)
    store = redis.from_url(redis_url, max_connections=1000)
    model = OpenAIResponsesModel("stand-in", AsyncOpenAI(api_key="none", base_url=f"{world}/v1"))
    agent = Agent(name="Acme Store", instructions=INSTRUCTIONS, model=model)

    @bolt.event("message")
    async def answer(event: dict[str, Any], client: AsyncWebClient) -> None:
        thread = event.get("thread_ts") or event["ts"]
        session = RedisSession(f"{event['channel']}-{thread}", redis_client=store, ttl=TTL_SECONDS)
        result = Runner.run_streamed(agent, event["text"], session=session)
        async for _ in result.stream_events():
            pass
        await client.chat_postMessage(channel=event["channel"], thread_ts=thread, text=result.final_output)

    handler = AsyncSlackRequestHandler(bolt)
    app = FastAPI()

    @app.post("/slack/events")
    async def events(request: Request) -> Any:
        return await handler.handle(request)

    return app


async def main() -> None:
    """Serve until told to stop; arguments are the stand-in's URL and Redis's."""
    async with serving(create_app(*sys.argv[1:3]), "127.0.0.1", 0) as url:
        print(url, flush=True)
        await until_signalled()


if __name__ == "__main__":
    run(main())
