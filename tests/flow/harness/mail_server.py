"""A mail server on loopback that keeps what it is sent; everybody's mailbox."""

import asyncio
import email
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.policy import default


@dataclass
class Mailboxes:
    """What arrived, oldest first.

    Args:
        greeted: how often somebody connected.
        breaks: after how many letters the server hangs up instead of saying that it has one.
        refusal: what is said to every recipient, empty for yes.
        heard: each line but those of letters.
    """

    letters: list[EmailMessage] = field(default_factory=list)
    greeted: int = 0
    breaks: int = 0
    refusal: bytes = b""
    heard: list[bytes] = field(default_factory=list)
    talking: set[asyncio.Future[None]] = field(default_factory=set)
    url: str = ""

    def codes(self, address: str) -> list[str]:
        """Return the codes that somebody got, oldest first."""
        texts = [letter.get_content() for letter in self.letters if letter["To"] == address]
        return [code for text in texts for code in re.findall(r"\b\d{6}\b", text)]

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Speak just enough SMTP (RFC 5321)."""
        self.greeted += 1
        self.talking.add(asyncio.ensure_future(writer.wait_closed()))
        writer.write(b"220 here\r\n")
        try:
            while line := (await reader.readline()).upper():
                self.heard.append(line)
                if line.startswith(b"RCPT") and self.refusal:
                    writer.write(self.refusal)
                    continue
                if line.startswith(b"DATA"):
                    writer.write(b"354 go on\r\n")
                    text = await reader.readuntil(b"\r\n.\r\n")
                    self.letters.append(email.message_from_bytes(text[:-3], policy=default))
                    if self.breaks:
                        self.breaks -= 1
                        break
                writer.write(b"221 bye\r\n" if line.startswith(b"QUIT") else b"250 ok\r\n")
                await writer.drain()
        finally:
            writer.close()


@asynccontextmanager
async def mailboxes() -> AsyncIterator[Mailboxes]:
    """Yield a running server."""
    kept = Mailboxes()
    server = await asyncio.start_server(kept.serve, "127.0.0.1", 0)
    kept.url = f"smtp://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield kept
    finally:
        server.close()
        async with asyncio.timeout(10):
            await server.wait_closed()
            await asyncio.gather(*kept.talking, return_exceptions=True)
