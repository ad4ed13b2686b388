"""On real sockets: what a hostile server or sender can make us do, which is nothing."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, RedirectResponse, Response, StreamingResponse
from starlette.routing import Route

from bot.domain.errors import PermanentFailure, TemporaryFailure, UnknownOutcome
from bot.domain.events import File
from bot.domain.ids import Thread
from integrations.slack.api.client import SlackApi, SlackSettings
from integrations.slack.inbound.receiver import create_router
from integrations.slack.inbound.signature import sign
from integrations.slack.outbound.files import MOST_BYTES, download
from integrations.slack.outbound.own_messages import OwnIdentity, own_messages
from tests.conftest import PATIENCE_SECONDS
from tests.contract.slack.slack_fixtures import serving
from tests.doubles.clock import ManualClock
from tests.unit.slack.payloads import line
from tests.unit.slack.test_receiver import Store


class Server:
    """A stand-in for Slack's files and API that remembers who came with a token."""

    def __init__(self) -> None:
        self.seen: list[tuple[str, str | None]] = []
        self.target = ""
        self.labels: list[Any] = []
        paths = ("/file", "/jump", "/loop", "/big", "/huge", "/busy", "/api/{method}")
        self.app = Starlette(routes=[Route(path, self.answer, methods=["GET", "POST"]) for path in paths])

    async def answer(self, request: Request) -> Response:
        path = request.url.path
        self.seen.append((path, request.headers.get("authorization")))
        match path:
            case "/jump":
                return RedirectResponse(self.target)
            case "/loop":
                return RedirectResponse("/loop")
            case "/big":
                return StreamingResponse(_megabytes(21), media_type="application/pdf")
            case "/huge":
                return Response(headers={"content-length": str(MOST_BYTES + 1)}, media_type="application/pdf")
            case "/busy":
                return PlainTextResponse("later", status_code=503)
            case "/file":
                return PlainTextResponse("content")
            case _:
                return await self.api(request)

    async def api(self, request: Request) -> Response:
        labelled = [{"ts": f"{n}.0", "user": "UBOT", "metadata": label} for n, label in enumerate(self.labels)]
        odd: dict[str, Response] = {
            "list": Response(b"[1]", media_type="application/json"),
            "text": PlainTextResponse("ok"),
            "broken": Response(b'{"ok": tru', media_type="application/json"),
            "binary": Response(b"\xff\xfe", media_type="application/json"),
            "conversations.replies": JSONResponse({"ok": True, "messages": labelled}),
            "missing": Response(b"<html>", status_code=404, media_type="text/html"),
        }
        return odd[request.path_params["method"]]


def _megabytes(count: int) -> Iterable[bytes]:
    return (b"x" * 1024 * 1024 for _ in range(count))


@pytest.fixture
async def server() -> AsyncIterator[tuple[Server, str, SlackApi]]:
    one = Server()
    async with serving(one.app) as url:
        api = SlackApi(SlackSettings("xoxb-secret", f"{url}/api/", PATIENCE_SECONDS), ManualClock())
        yield one, url, api
        await api.close()


async def test_the_token_goes_along_for_the_first_hop_alone(server: tuple[Server, str, SlackApi]) -> None:
    stand_in, url, api = server
    stand_in.target = f"{url}/file"

    assert await download(api, File("F1", "a", f"{url}/jump")) == b"content"

    assert stand_in.seen == [("/jump", "Bearer xoxb-secret"), ("/file", None)]


@pytest.mark.parametrize(
    "target",
    ["https://127.0.0.1:1/x", "https://[::1]/x", "https://169.254.169.254/x", "http://93.184.216.34/x", "file:///x"],
)
async def test_no_redirect_leads_into_the_network(server: tuple[Server, str, SlackApi], target: str) -> None:
    stand_in, url, api = server
    stand_in.target = target
    with pytest.raises(PermanentFailure) as refused:
        await download(api, File("F1", "a", f"{url}/jump"))
    assert refused.value.code == "private_address"


async def test_redirects_end(server: tuple[Server, str, SlackApi]) -> None:
    stand_in, url, api = server
    with pytest.raises(PermanentFailure) as refused:
        await download(api, File("F1", "a", f"{url}/loop"))
    assert refused.value.code == "redirects"
    assert len(stand_in.seen) < 6


@pytest.mark.parametrize("path", ["/big", "/huge"])
async def test_more_than_twenty_mebibytes_are_not_taken(server: tuple[Server, str, SlackApi], path: str) -> None:
    _, url, api = server
    with pytest.raises(PermanentFailure) as refused:
        await download(api, File("F1", "a", url + path, "application/pdf"))
    assert refused.value.code == "too_large"


async def test_a_busy_file_server_is_asked_again_later(server: tuple[Server, str, SlackApi]) -> None:
    _, url, api = server
    with pytest.raises(TemporaryFailure):
        await download(api, File("F1", "a", f"{url}/busy"))


@pytest.mark.parametrize("method", ["list", "text", "broken", "binary"])
async def test_an_answer_that_makes_no_sense_leaves_a_write_open(
    server: tuple[Server, str, SlackApi], method: str
) -> None:
    _, _, api = server
    with pytest.raises(UnknownOutcome):
        await api.write(method)
    with pytest.raises(TemporaryFailure) as failure:
        await api.read(method)
    assert type(failure.value) is TemporaryFailure


async def test_a_server_without_the_method_refuses_for_good(server: tuple[Server, str, SlackApi]) -> None:
    _, _, api = server
    with pytest.raises(PermanentFailure) as refused:
        await api.write("missing")
    assert refused.value.code == "http_404"


async def test_a_strange_label_on_a_message_is_no_label(server: tuple[Server, str, SlackApi]) -> None:
    """What another version of us wrote there must not stop the reading back."""
    stand_in, _, api = server
    odd = {"effect_id": 5, "parts": "many", "files": "F1"}
    labels: list[Any] = [None, "x", {"event_type": "frontdesk_effect"}, {"event_payload": []}]
    stand_in.labels = [*labels, {"event_type": "frontdesk_effect", "event_payload": odd}]

    found = await own_messages(api, Thread("T1", "C1", "1.0"), 0.0, OwnIdentity("T1", "UBOT", "B1"))

    assert [(one.effect_id, one.parts, one.files) for one in found] == [("", 1, ())] * 5


async def test_what_another_app_labels_like_us_is_not_ours(server: tuple[Server, str, SlackApi]) -> None:
    stand_in, _, api = server
    stand_in.labels = [{"event_type": "frontdesk_effect", "event_payload": {"effect_id": "e1"}}]
    thread = Thread("T1", "C1", "1.0")

    for me, count in ((OwnIdentity("T1", "UBOT", "B1"), 1), (OwnIdentity("T1", "UOTHER", ""), 0)):
        assert len(await own_messages(api, thread, 0.0, me)) == count


async def test_a_sender_of_two_mebibytes_reads_its_413() -> None:
    store, clock = Store(), ManualClock()
    app = Starlette(routes=create_router(store, ["secret"], clock).routes)
    async with serving(app) as url, httpx.AsyncClient(base_url=url, timeout=PATIENCE_SECONDS) as sender:
        answers = await asyncio.gather(
            sender.post("/slack/events", content=b"x" * (2 * 1024 * 1024)),
            sender.post("/slack/events", content=_chunks(2 * 1024 * 1024)),
        )
        assert [answer.status_code for answer in answers] == [413, 413]
        body, at = httpx.Request("POST", url, json=line()).content, str(int(clock.now()))
        signed = {"x-slack-request-timestamp": at, "x-slack-signature": sign(body, at, "secret").decode()}
        assert (await sender.post("/slack/events", content=body, headers=signed)).status_code == 200
    assert len(store.stored) == 1


async def _chunks(total: int) -> AsyncIterator[bytes]:
    for _ in range(total // 65536):
        yield b"x" * 65536
