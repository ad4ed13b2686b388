"""Downloads files from Slack's hosts, and uploads files into threads in Slack's three steps.

https://docs.slack.dev/messaging/working-with-files
"""

import ipaddress
import json
import socket
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from urllib.parse import urljoin

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.resolver import ThreadedResolver
from pydantic import ValidationError

from bot.domain.errors import NotFound, PermanentFailure, TemporaryFailure
from bot.domain.events import File
from bot.domain.ids import Thread
from integrations.slack.api.client import SlackApi
from integrations.slack.api.hosts import is_configured, is_slack_address, origin
from integrations.slack.inbound.files import file_of
from integrations.slack.inbound.wire import WireFile

MOST_BYTES = 20 * 1024 * 1024
_MOST_HOPS = 4
_CHUNK = 64 * 1024


async def download(api: SlackApi, file: File) -> bytes:
    """Return a file's bytes.

    The token goes to Slack's hosts (or the configured server) at the first hop alone; redirects are followed without
    it, over https, and never to an address inside the network.

    Raises:
        PermanentFailure: larger than 20 MiB, at a foreign address, or refused (`NotFound` when it is gone).
        TemporaryFailure: no answer.
    """
    if not file.url:
        file = await described(api, file)
    if file.is_elsewhere:
        raise PermanentFailure("the file is not at Slack", "elsewhere")
    if not is_slack_address(file.url, api.settings.api_url):
        raise PermanentFailure("file is not at Slack", "foreign_host")
    try:
        return await _fetch(api, file)
    except (aiohttp.InvalidURL, aiohttp.TooManyRedirects):
        raise PermanentFailure("file has no usable address", "bad_url") from None
    except (aiohttp.ClientError, OSError) as error:
        raise TemporaryFailure(f"download: {type(error).__name__}") from None


async def described(api: SlackApi, file: File) -> File:
    """Return the file with its name, type and address: an event of a shared channel tells no more than its id.

    https://docs.slack.dev/reference/methods/files.info

    Raises:
        RemoteError: as for `SlackApi.read`; a file without an address is refused for good.
    """
    info = (await api.read("files.info", file=file.id)).get("file") or {}
    try:
        found = file_of(WireFile.model_validate({"id": file.id, "name": file.name, **info}))
    except ValidationError:
        raise PermanentFailure("file is described in an unknown way", "unreadable") from None
    if not found.is_known:
        raise PermanentFailure("file has no address", "no_url")
    return found


async def _fetch(api: SlackApi, file: File) -> bytes:
    url = file.url
    headers = {"Authorization": f"Bearer {await api.tokens.current()}"}
    for _ in range(_MOST_HOPS):
        async with (
            _session_for(api, url) as session,
            session.get(url, headers=headers, allow_redirects=False) as response,
        ):
            if not 300 <= response.status < 400:
                return await _body(response, file)
            url = urljoin(url, response.headers.get("Location", ""))
        headers = {}
    raise PermanentFailure("too many redirects", "redirects")


@asynccontextmanager
async def _session_for(api: SlackApi, url: str) -> AsyncIterator[aiohttp.ClientSession]:
    """The connections a hop may use: the shared ones for the configured server, public addresses for all else."""
    if is_configured(url, api.settings.api_url):
        yield api.session
        return
    scheme, host, _ = origin(url)
    if scheme != "https" or not _may_be_public(host):
        raise PermanentFailure("file leads to a private address", "private_address")
    connector = aiohttp.TCPConnector(resolver=PublicResolver())
    timeout = aiohttp.ClientTimeout(total=api.settings.timeout)
    async with aiohttp.ClientSession(connector=connector, timeout=timeout) as session:
        yield session


class PublicResolver(AbstractResolver):
    """Resolves names to public addresses alone, at the moment of connecting, so that no later answer slips in."""

    def __init__(self, inner: AbstractResolver | None = None) -> None:
        self._inner = inner or ThreadedResolver()

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """Return the host's addresses.

        Raises:
            PermanentFailure: one of them is not public.
        """
        results = await self._inner.resolve(host, port, family)
        if not all(ipaddress.ip_address(result["host"]).is_global for result in results):
            raise PermanentFailure("file leads to a private address", "private_address")
        return results

    async def close(self) -> None:
        """Close the resolver underneath."""
        await self._inner.close()


def _may_be_public(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_global
    except ValueError:
        return bool(host)  # a name: judged when it is resolved


async def _body(response: aiohttp.ClientResponse, file: File) -> bytes:
    _check_status(response.status)
    # A token without files:read gets the login page, with a 200.
    if response.content_type == "text/html" and file.mime != "text/html":
        raise PermanentFailure("got a login page instead of the file", "login_page")
    if (response.content_length or 0) > MOST_BYTES:
        raise PermanentFailure("file is larger than 20 MiB", "too_large")
    content = bytearray()
    async for chunk in response.content.iter_chunked(_CHUNK):
        content += chunk
        if len(content) > MOST_BYTES:
            raise PermanentFailure("file is larger than 20 MiB", "too_large")
    return bytes(content)


def _check_status(status: int) -> None:
    if status in {404, 410}:
        raise NotFound("file is gone", f"http_{status}")
    if status == 429 or status >= 500:
        raise TemporaryFailure(f"download: {status}")
    if status != 200:
        raise PermanentFailure("file is refused", f"http_{status}")


async def upload(api: SlackApi, name: str, content: bytes) -> str:
    """Hand Slack a file's bytes and return its id; nobody sees it before `share`.

    Raises:
        RemoteError: as for `SlackApi.write`; doing it again is harmless.
    """
    place = await api.write("files.getUploadURLExternal", filename=name, length=str(len(content)))
    url, file_id = str(place.get("upload_url") or ""), str(place.get("file_id") or "")
    if not is_slack_address(url, api.settings.api_url):
        raise PermanentFailure("upload address is not Slack's", "foreign_host")
    try:
        async with api.session.post(url, data=content, allow_redirects=False) as response:
            status = response.status
    except (aiohttp.ClientError, OSError) as error:
        raise TemporaryFailure(f"upload: {type(error).__name__}") from None
    if status != 200:
        wrong = TemporaryFailure if status == 429 or status >= 500 else PermanentFailure
        raise wrong(f"upload: {status}")
    return file_id


async def upload_all(api: SlackApi, attached: Sequence[File], contents: Sequence[bytes]) -> tuple[list[str], list[str]]:
    """Upload the files unseen; return the ids of those Slack took and the names of those it refuses."""
    taken: list[str] = []
    refused: list[str] = []
    for file, content in zip(attached, contents, strict=True):
        try:
            taken.append(await upload(api, file.name, content))
        except PermanentFailure:
            refused.append(file.name)
    return taken, refused


async def share(api: SlackApi, thread: Thread, file_ids: Sequence[str]) -> None:
    """Show uploaded files in a thread.

    Raises:
        RemoteError: as for `SlackApi.write`.
    """
    files = json.dumps([{"id": file_id} for file_id in file_ids])
    await api.write("files.completeUploadExternal", files=files, channel_id=thread.channel, thread_ts=thread.ts)


async def share_missing(api: SlackApi, thread: Thread, file_ids: Sequence[str]) -> None:
    """Show those of `file_ids` that were handed over and never shared: Slack does not know them yet.

    Raises:
        RemoteError: as for `SlackApi.read` and `SlackApi.write`.
    """
    missing = [file_id for file_id in file_ids if not await _is_known(api, file_id)]
    if missing:
        await share(api, thread, missing)


async def _is_known(api: SlackApi, file_id: str) -> bool:
    try:
        await api.read("files.info", file=file_id)
    except NotFound:
        return False
    return True
