"""Sends mail over SMTP (the `Mail` port): `smtps://` is TLS from the first byte, `smtp://` uses STARTTLS.

Without TLS nothing is sent beyond this machine: the mails are one-time codes. https://aiosmtplib.readthedocs.io/
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from email.message import EmailMessage
from email.utils import formatdate, parseaddr
from hashlib import sha256
from urllib.parse import unquote, urlsplit

from aiosmtplib import (
    SMTP,
    SMTPAuthenticationError,
    SMTPException,
    SMTPNotSupported,
    SMTPRecipientsRefused,
    SMTPResponseException,
)

from bot.domain.errors import PermanentFailure, RemoteError, TemporaryFailure, UnknownOutcome
from bot.domain.ports import Letter

_PORTS = {"smtp": 587, "smtps": 465}
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
_PERMANENT = 500


class SmtpMail:
    """Sends letters through one server, a connection for each.

    Args:
        url: `smtp://USER:PASSWORD@HOST:PORT` or `smtps://…`, as the settings have checked it.
        sender: `frontdesk@example.com` or `Acme <frontdesk@example.com>`.
        seconds: longest time for one answer of the server.
    """

    def __init__(self, url: str, sender: str, seconds: float) -> None:
        self._url = urlsplit(url)
        self._sender = sender
        self._seconds = seconds

    async def send(self, letter: Letter) -> None:
        """Send the letter.

        Raises:
            UnknownOutcome: the connection broke after the server had it; the same letter may go out again.
            TemporaryFailure, PermanentFailure: it was not sent.
        """
        async with self._connected() as server:
            try:
                await server.send_message(self._message(letter))
            except (SMTPResponseException, SMTPRecipientsRefused, SMTPNotSupported) as error:
                raise _failure(error) from None
            except (SMTPException, OSError) as error:
                raise UnknownOutcome(f"mail: {type(error).__name__}") from None

    @property
    def host(self) -> str:
        """The server's name."""
        return self._url.hostname or ""

    @property
    def port(self) -> int:
        """Where it listens."""
        return self._url.port or _PORTS[self._url.scheme]

    async def reach(self) -> None:
        """Connect and sign in, as for a letter.

        Raises:
            TemporaryFailure, PermanentFailure: the server cannot be reached or does not know us.
        """
        async with self._connected():
            pass

    @asynccontextmanager
    async def _connected(self) -> AsyncIterator[SMTP]:
        is_local = self._url.hostname in _LOOPBACK
        server = SMTP(
            hostname=self._url.hostname,
            port=self.port,
            username=unquote(self._url.username or "") or None,
            password=unquote(self._url.password or "") or None,
            use_tls=self._url.scheme == "smtps",
            # On loopback STARTTLS is used where it is offered, elsewhere it has to be.
            start_tls=self._url.scheme == "smtp" and (None if is_local else True),
            timeout=self._seconds,
        )
        try:
            await server.connect()
        except (SMTPException, OSError) as error:
            raise _failure(error) from None
        try:
            yield server
        finally:
            server.close()

    def _message(self, letter: Letter) -> EmailMessage:
        message = EmailMessage()
        message["From"] = self._sender
        message["To"] = letter.to
        message["Subject"] = letter.subject
        message["Date"] = formatdate()
        domain = parseaddr(self._sender)[1].rpartition("@")[2]
        message["Message-ID"] = f"<{sha256(letter.id.encode()).hexdigest()[:40]}@{domain}>"
        # Machines must not answer it: https://www.rfc-editor.org/rfc/rfc3834
        message["Auto-Submitted"] = "auto-generated"
        message.set_content(letter.text)
        return message


def _failure(error: Exception) -> RemoteError:
    """A 5xx answer stays one, whoever asks again; the server's own text may quote the address and is left out."""
    refused = error.recipients[0] if isinstance(error, SMTPRecipientsRefused) and error.recipients else error
    code = refused.code if isinstance(refused, SMTPResponseException) else 0
    is_final = code >= _PERMANENT and not isinstance(refused, SMTPAuthenticationError)
    if is_final or isinstance(error, SMTPNotSupported):
        return PermanentFailure(f"mail: {type(error).__name__}", str(code or "not_supported"))
    return TemporaryFailure(f"mail: {type(error).__name__}")
