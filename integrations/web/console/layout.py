"""Lays out every page of the console: head, navigation, headline, and the headers that keep it to itself.

A page of one's own is a function that returns a body as HTML, given to `page(...)`, and a line of `NAVIGATION`.
"""

from base64 import b64encode
from dataclasses import dataclass
from hashlib import sha256
from html import escape
from pathlib import Path

from starlette.responses import HTMLResponse

HOME = "/console"

STYLE = (Path(__file__).parent / "style.css").read_text("utf-8")
FRESH_SECONDS = 30
FRESH = f"""
setInterval(async () => {{
  const old = document.getElementById("live");
  if (document.hidden || old.contains(document.activeElement)) return;
  const answer = await fetch(location.href, {{credentials: "same-origin"}}).catch(() => null);
  if (!answer?.ok) return;
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById("live");
  if (fresh) old.replaceWith(fresh);
}}, {FRESH_SECONDS * 1000});
"""
"""Puts the newest state of a page in its place; a page that loads itself anew takes the reader's place away."""

LOGO = (
    '<svg width="20" height="20" viewBox="0 0 20 20" aria-hidden="true"><path fill="currentColor" d="M4 2h12a2 2 0 0 1 '
    '2 2v8a2 2 0 0 1-2 2h-5l-4.2 3.6a.5.5 0 0 1-.8-.4V14H4a2 2 0 0 1-2-2V4a2 2 0 0 1 2-2z"/></svg>'
)


@dataclass(frozen=True)
class Tab:
    """One entry of the navigation."""

    path: str
    name: str


NAVIGATION = (
    Tab(HOME, "Overview"),
    Tab("/console/figures", "Figures"),
    Tab("/console/conversations", "Conversations"),
    Tab("/console/review", "Review"),
    Tab("/console/gaps", "Gaps"),
    Tab("/console/brake", "Brake"),
    Tab("/console/replay", "Replay"),
    Tab("/console/health", "Health"),
)
"""Every page that stands in the navigation, in its order: Overview, Figures, Conversations, Review, Gaps, Brake,
Replay, Health."""


def page(
    title: str,
    body: str,
    token: str,
    *,
    at: str = "",
    aside: str = "",
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
        aside: what stands at the right of the headline, HTML.
        script: JavaScript of this page; the policy allows exactly this text, and requests to ourselves.
        status: of the answer.
        is_fresh: whether its newest state is shown every half minute.
    """
    scripts = [text for text in (script, FRESH if is_fresh else "") if text]
    name = escape(f"{title} · Frontdesk" if title else "Frontdesk console")
    run = "".join(f"<script>{text}</script>" for text in scripts)
    shown = (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{name}</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1"><meta name="robots" content="noindex">'
        f'<meta name="csrf-token" content="{escape(token)}">'
        f"<style>{STYLE}</style></head><body>{_bar(at)}"
        f'<main id="main" tabindex="-1"><div class="head"><h1>{escape(title or "Overview")}</h1>{aside}</div>'
        f'<div id="live">{body}</div></main>{run}</body></html>'
    )
    headers = {"Content-Security-Policy": policy(*scripts), "Cache-Control": "no-store"}
    return HTMLResponse(shown, status, headers)


def policy(*scripts: str) -> str:
    """Return what a page may load: its own style, its own scripts, nothing else."""
    hashes = " ".join(f"'{_hash(text)}'" for text in scripts)
    allowed = f"; script-src {hashes}; connect-src 'self'" if scripts else ""
    own = f"default-src 'none'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'; style-src '{_hash(STYLE)}'"
    return own + allowed


def _hash(text: str) -> str:
    return f"sha256-{b64encode(sha256(text.encode()).digest()).decode()}"


def _bar(at: str) -> str:
    if not at:
        return ""
    links = "".join(_entry(tab, is_here=tab.path == at) for tab in NAVIGATION)
    return (
        '<a class="skip" href="#main">Skip to the content</a>'
        f'<header class="bar"><div><a class="brand" href="{HOME}" aria-label="Frontdesk">{LOGO}<b>Frontdesk</b></a>'
        f'<nav aria-label="Console"><ul>{links}</ul></nav></div></header>'
    )


def _entry(tab: Tab, *, is_here: bool) -> str:
    here = ' aria-current="page"' if is_here else ""
    return f'<li><a href="{tab.path}"{here}>{tab.name}</a></li>'
