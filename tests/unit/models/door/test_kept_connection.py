"""A streamed answer leaves its connection open for the next question; opening one costs a handshake each time."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Any

import pytest
from agents import ModelTracing

from integrations.models import create_models
from integrations.models.offline import _events, _item
from integrations.models.rules.given import Say


class Server:
    """Streams one answer, and ends it or not."""

    def __init__(self, *, ends: bool) -> None:
        self.connections = 0
        self.goes_on = asyncio.Event()
        if ends:
            self.goes_on.set()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        with suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                await self._answer(reader, writer)
        writer.close()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).lower()
        await reader.readexactly(int(head.partition(b"content-length:")[2].split()[0]))
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n")
        for event in _events(_item(Say("Hello there."))):
            piece = f"event: {event.type}\ndata: {event.model_dump_json()}\n\n".encode()
            writer.write(b"%x\r\n%b\r\n" % (len(piece), piece))
            await writer.drain()
        await self.goes_on.wait()
        writer.write(b"0\r\n\r\n")


@pytest.fixture
async def server(request: pytest.FixtureRequest) -> AsyncIterator[tuple[Server, str]]:
    made = Server(ends=request.param == "ends")
    listening = await asyncio.start_server(made.serve, "127.0.0.1", 0)
    yield made, f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}/v1"
    made.goes_on.set()
    listening.close()


async def ask(url: str, times: int) -> list[str]:
    models = create_models("m", api_key="k", base_url=url)
    answers = []
    for _ in range(times):
        stream: Any = models.large.stream_response(
            *("Answer.", "hi", models.settings, [], None, [], ModelTracing.DISABLED),
            previous_response_id=None,
            conversation_id=None,
            prompt=None,
        )
        events = [event async for event in stream]
        answers.append(events[-1].response.output[0].content[0].text)
    await models.close()
    return answers


@pytest.mark.parametrize("server", ["ends"], indirect=True)
async def test_the_next_question_takes_the_connection_of_the_last(server: tuple[Server, str]) -> None:
    counted, url = server
    assert await ask(url, 3) == ["Hello there."] * 3
    assert counted.connections == 1


@pytest.mark.parametrize("server", ["never ends"], indirect=True)
async def test_a_stream_that_does_not_end_holds_up_nobody(server: tuple[Server, str]) -> None:
    _, url = server
    assert await ask(url, 2) == ["Hello there."] * 2
