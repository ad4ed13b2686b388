"""A simulated Zendesk account on a free port, and what tests ask of it."""

import socket
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any

import httpx
import uvicorn

from integrations.sandbox import SandboxOptions, create_app
from integrations.zendesk.outbound.helpdesk import ZendeskHelpDesk, ZendeskSettings
from tests.doubles.clock import ManualClock

OAUTH = {"client_id": "sandbox", "client_secret": "sandbox-secret"}
API_TOKEN = {"email": "bot@acme.example", "api_token": "sandbox-token"}


class Account:
    """One simulated account."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._http = httpx.Client(base_url=url, timeout=40, trust_env=False)
        self._seen = 0

    def close(self) -> None:
        self._http.close()

    def reset(self) -> None:
        """Start with the seeded world and without faults or limits."""
        self.control("reset")
        self.control("faults", rules=[])
        self.control("limits", enabled=False)
        self._seen = self._get("requests")["next"]

    def control(self, name: str, **body: Any) -> Any:
        answer = self._http.post(f"/_sandbox/{name}", json=body)
        assert answer.status_code < 300, answer.text
        return answer.json()

    def fault(self, match: str, kind: str, *, times: int = 1, **more: Any) -> None:
        """Let the next `times` matching calls go wrong."""
        rule = {"match": f"zendesk:{match}", "kind": kind, "times": times, **more}
        self.control("faults", rules=[rule])

    def struck(self, times: int) -> int:
        """Return how many calls a fault of `times` has met; counted when a call arrives, answered or not."""
        (rule,) = self._get("faults")["rules"]
        return times - int(rule["times"])

    def zendesk(self) -> Any:
        return self._get("state")["zendesk"]

    def ticket(self, ticket_id: str) -> Any:
        return next(ticket for ticket in self.zendesk()["tickets"] if ticket["id"] == int(ticket_id))

    def user(self, name: str) -> int:
        return next(int(user["id"]) for user in self.zendesk()["users"] if user["name"] == name)

    def group(self, name: str) -> int:
        return next(int(group["id"]) for group in self.zendesk()["groups"] if group["name"] == name)

    def new_ticket(self, requester: str = "Sarah Chen", **more: Any) -> str:
        """Let a customer open a ticket; return its id."""
        body = {"subject": "Where is it?", "body": "My order is late."} | more
        return str(self.control("zendesk/ticket", requester=self.user(requester), **body)["id"])

    def comment(self, ticket_id: str, author: str, body: str, **more: Any) -> None:
        fields = {"ticket_id": int(ticket_id), "author_id": self.user(author), "public": True} | more
        self.control("zendesk/comment", body=body, **fields)

    def change(self, ticket_id: str, actor: str, **fields: Any) -> None:
        self.control("zendesk/update", ticket_id=int(ticket_id), actor_id=self.user(actor), **fields)

    def requests(self, prefix: str = "") -> list[Any]:
        """Return the calls since the reset whose `METHOD path` begins with `prefix`."""
        calls = self._http.get("/_sandbox/requests", params={"since": self._seen}).json()["requests"]
        return [
            call
            for call in calls
            if call["vendor"] == "zendesk" and f"{call['method']} {call['path']}".startswith(prefix)
        ]

    def _get(self, name: str) -> Any:
        return self._http.get(f"/_sandbox/{name}").json()


@contextmanager
def served() -> Iterator[Account]:
    """Serve a fresh account on a free port of loopback."""
    # Named as TCP, so that asyncio sends small answers at once.
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP) as listener:
        listener.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        config = uvicorn.Config(
            create_app(SandboxOptions(public_url=url)), loop="asyncio", log_level="error", timeout_graceful_shutdown=1
        )
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        started = threading.Event()
        _tell_start(server, started.set)
        thread.start()
        assert started.wait(40)
        account = Account(url)
        try:
            yield account
        finally:
            account.close()
            server.should_exit = True
            thread.join(40)


def _tell_start(server: uvicorn.Server, tell: Callable[[], None]) -> None:
    startup = server.startup

    async def tell_after(sockets: list[socket.socket] | None = None) -> None:
        await startup(sockets)
        tell()

    server.startup = tell_after  # type: ignore[method-assign]


@asynccontextmanager
async def signed_in(account: Account, clock: ManualClock, **settings: Any) -> AsyncIterator[ZendeskHelpDesk]:
    """Give the adapter on the account; it is closed however the test ends."""
    given = {"timeout": (10.0, 30.0)} | OAUTH | settings
    desk = ZendeskHelpDesk(ZendeskSettings(account.url, **given), clock)
    try:
        yield desk
    finally:
        await desk.close()
