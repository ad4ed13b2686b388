"""Records the last 5,000 vendor requests, without their credentials."""

from collections import deque
from itertools import islice

from integrations.sandbox.core.wire import JSON, Answer, Call

_SIZE = 5000


class Record:
    """A bounded ring of what the bot asked and was told."""

    def __init__(self) -> None:
        self._ring: deque[JSON] = deque(maxlen=_SIZE)
        self._count = 0

    def add(self, vendor: str, path: str, call: Call, body: object, answer: Answer) -> None:
        """Keep one exchange; credentials are left out."""
        self._count += 1
        shown = answer.body if answer.body is not None else {}
        if "access_token" in shown:
            shown = shown | {"access_token": ""}
        headers = {k: ("" if k == "authorization" else v) for k, v in call.headers.items()}
        self._ring.append(
            {
                "n": self._count,
                "vendor": vendor,
                "method": call.method,
                "path": path,
                "query": call.query,
                "headers": headers,
                "body": body,
                "status": answer.status,
                "answer": shown,
            }
        )

    def since(self, number: int) -> JSON:
        """Exchanges after number `number`, and the number to ask with next."""
        first = self._count - len(self._ring)
        skip = max(0, number - first)
        return {"next": self._count, "requests": list(islice(self._ring, skip, None))}
