"""Lays out every page of the console: head, navigation, headline, and the headers that keep it to itself.

A page of one's own is a function that returns a body as HTML, given to `page(...)`, and a line of `NAVIGATION`.
"""

from base64 import b64encode
from dataclasses import dataclass
from hashlib import sha256
from html import escape

from starlette.responses import HTMLResponse

HOME = "/console"

STYLE = """
:root { color-scheme: light dark; font: 15px/1.5 system-ui, sans-serif }
body { margin: 2rem auto; max-width: 84rem; padding: 0 1rem }
a { color: inherit }
nav a { margin-right: 1rem }
nav [aria-current] { font-weight: 600; text-decoration: none }
ul { display: flex; flex-wrap: wrap; gap: .75rem; list-style: none; padding: 0 }
li { border: 1px solid color-mix(in srgb, currentColor 25%, transparent); border-radius: .5rem; padding: .5rem 1rem }
li b { display: block; font-size: 1.5rem }
div { overflow-x: auto }
table { border-collapse: collapse; width: 100% }
th, td { border-bottom: 1px solid color-mix(in srgb, currentColor 15%, transparent); padding: .35rem .75rem .35rem 0;
  text-align: left; vertical-align: top; white-space: nowrap }
td.words { min-width: 18rem; white-space: pre-line }
td.because { min-width: 9rem; white-space: normal }
article { border-top: 1px solid color-mix(in srgb, currentColor 25%, transparent); margin-top: 1.5rem }
blockquote { margin: .5rem 0; opacity: .85; padding-left: 1rem; white-space: pre-line;
  border-left: 3px solid color-mix(in srgb, currentColor 30%, transparent) }
.public, .draft, .leave { border-radius: .4rem; font-weight: 600; padding: .1rem .5rem }
.public { background: color-mix(in srgb, #1a7f37 25%, transparent) }
.draft { background: color-mix(in srgb, #bf8700 25%, transparent) }
.leave { background: color-mix(in srgb, #cf222e 25%, transparent) }
"""


@dataclass(frozen=True)
class Tab:
    """One entry of the navigation."""

    path: str
    name: str


NAVIGATION = (
    Tab(HOME, "Overview"),
    Tab("/console/brake", "Brake"),
    Tab("/console/replay", "Replay"),
)
"""Every page that stands in the navigation, in its order: Overview, Figures, Conversations, Review, Gaps, Brake,
Replay, Health."""


def page(  # noqa: PLR0913: each is one thing that a page says of itself
    title: str,
    body: str,
    token: str,
    *,
    at: str = "",
    script: str = "",
    status: int = 200,
    is_fresh: bool = False,
) -> HTMLResponse:
    """Return a whole page of the console.

    Args:
        title: of this page, empty for the first one.
        body: HTML.
        token: what its forms send back.
        at: the path of its entry in `NAVIGATION`; empty leaves the navigation out.
        script: JavaScript of this page; the policy allows exactly this text, and requests to ourselves.
        is_fresh: whether it is loaded anew every half minute.
    """
    again = '<meta http-equiv="refresh" content="30">' if is_fresh else ""
    name = escape(f"{title} · Frontdesk console" if title else "Frontdesk console")
    run = f"<script>{script}</script>" if script else ""
    shown = (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{name}</title>'
        f'<meta name="viewport" content="width=device-width">{again}'
        f'<meta name="csrf-token" content="{escape(token)}">'
        f"<style>{STYLE}</style></head><body>{_navigation(at)}"
        f"<main><h1>{escape(title or 'Frontdesk')}</h1>{body}</main>{run}</body></html>"
    )
    headers = {"Content-Security-Policy": policy(script), "Cache-Control": "no-store"}
    return HTMLResponse(shown, status, headers)


def policy(script: str = "") -> str:
    """Return what a page may load: its own style, its own script, nothing else."""
    allowed = f"; script-src '{_hash(script)}'; connect-src 'self'" if script else ""
    own = f"default-src 'none'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'; style-src '{_hash(STYLE)}'"
    return own + allowed


def _hash(text: str) -> str:
    return f"sha256-{b64encode(sha256(text.encode()).digest()).decode()}"


def _navigation(at: str) -> str:
    links = "".join(
        f'<a href="{tab.path}"{" aria-current=page" if tab.path == at else ""}>{tab.name}</a>' for tab in NAVIGATION
    )
    return f'<nav aria-label="Console">{links}</nav>' if at else ""
