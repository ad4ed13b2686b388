"""Customers who write to the front desk over `POST /chat`, and read the whole conversation afterwards."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import httpx

from tests.retail.tasks import Act

ASKED = "Please answer yes or no."
DONE = "Done: "
KEY, SECRET = "shop", "retail-bench-secret"


@dataclass(frozen=True)
class Said:
    """One entry of a transcript."""

    role: str
    text: str

    def told(self) -> Any:
        """Return what a tool returned."""
        try:
            return json.loads(self.text)
        except ValueError:
            return self.text


@dataclass(frozen=True)
class Talk:
    """One customer's conversation.

    Args:
        session: its name; the front desk's own id follows from it.
    """

    http: httpx.AsyncClient
    session: str
    customer: str

    @property
    def conversation(self) -> str:
        """The front desk's id of it."""
        return f"chat:{KEY}:{self.session}"

    async def says(self, text: str) -> str:
        """Write, and return the answer.

        Raises:
            RuntimeError: there was none.
        """
        answer = await self.posts(text, self.customer)
        if answer.status_code != 200:
            raise RuntimeError(f"{self.session}: the front desk answered {answer.status_code}")
        return str(answer.json()["response"])

    async def posts(self, text: str, customer: str) -> httpx.Response:
        """Write into the conversation as this customer."""
        body = {"session_id": self.session, "customer_id": customer, "message": text}
        return await self.http.post("/chat", json=body)

    async def wants(self, act: Act, words: str = "") -> bool:
        """Ask for something; return whether a yes or no was asked for then.

        Args:
            words: said before it.
        """
        return ASKED in await self.says(f"{words}\n{act.wish}" if words else act.wish)

    async def transcript(self) -> Sequence[Said]:
        """Return what was said and done, oldest first; nothing where nothing was said."""
        answer = await self.http.get(f"/conversation/{self.session}")
        if answer.status_code == 404:
            return ()
        answer.raise_for_status()
        return [Said(entry["role"], entry["text"]) for entry in answer.json()["transcript"]]

    async def reason(self) -> str:
        """Return what the last tool returned instead of an offer."""
        outputs = [said for said in await self.transcript() if said.role == "tool_output"]
        told = outputs[-1].told() if outputs else "the model called nothing"
        return str(told.get("message", told)) if isinstance(told, dict) else str(told)


def client(app: Any) -> httpx.AsyncClient:
    """Return a client of the front desk's web app."""
    return httpx.AsyncClient(
        transport=httpx.ASGITransport(app), base_url="http://shop", headers={"Authorization": f"Bearer {SECRET}"}
    )
