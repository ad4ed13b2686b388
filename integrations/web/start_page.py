"""`GET /`: what runs here, and the ways from here. It says nothing that needs a key."""

from fastapi import APIRouter
from starlette.responses import HTMLResponse

from integrations.web.console.layout import page

WAYS = (
    ("/console", "Console", "figures, conversations, drafts and the brake; asks for a console key once"),
    ("/readyz", "Ready", "whether Redis and the database answer, and how the vendors are"),
    ("/healthz", "Alive", "whether this process answers at all"),
    ("/metrics", "Metrics", "for Prometheus"),
)
TOLD = (
    ("POST /slack/events", "Slack delivers here: request URL of events, clicks and commands"),
    ("POST /zendesk/webhook", "Zendesk delivers here: the webhook's address"),
    ("POST /chat", "your own programs talk here, with a chat key"),
)


def start_router() -> APIRouter:
    """Return the route."""
    router = APIRouter()

    @router.get("/", response_model=None)
    async def start() -> HTMLResponse:
        return page("Frontdesk runs here", _body(), token="")

    return router


def _body() -> str:
    ways = "".join(f'<li><a href="{path}">{name}</a>: {what}</li>' for path, name, what in WAYS)
    told = "".join(f"<li><code>{route}</code>: {what}</li>" for route, what in TOLD)
    return f"<ul>{ways}</ul><h2>Addresses for others</h2><ul>{told}</ul>"
