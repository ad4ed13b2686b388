"""Who opens the address of a running Frontdesk sees what it is and where to go, and nothing that needs a key."""

import httpx

from integrations.web.app import create_web
from integrations.web.start_page import start_router


async def test_the_start_page_leads_on_and_tells_no_secret() -> None:
    app = create_web(start_router())
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://frontdesk") as client:
        answer = await client.get("/")

    assert answer.status_code == 200
    assert all(way in answer.text for way in ('href="/console"', 'href="/readyz"', "POST /slack/events"))
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
