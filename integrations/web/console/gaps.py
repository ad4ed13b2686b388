"""`/console/gaps`: what customers asked and nobody could answer, with what people answered; words are masked."""

from collections.abc import Sequence
from html import escape

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import HTMLResponse

from bot.domain.errors import TemporaryFailure
from bot.gaps.contradictions import Contradiction
from bot.gaps.entries import WORDED, Gap
from bot.gaps.lines import counted
from bot.gaps.reading import GapsReader
from integrations.web.access import Access
from integrations.web.console.elements import badge, conversation_link, facts, link, moment, nothing, row, table
from integrations.web.console.layout import page

PATH = "/console/gaps"
SHOWN = 50
"""Gaps, the most frequent."""
_QUESTIONS, _ANSWERS, _CONVERSATIONS = 5, 2, 5

HOW = (
    '<p class="muted">Searches that found no article, escalations, drafts that people changed and bad ratings; '
    "questions that mean the same are one gap. Nothing is published or learnt without a person.</p>"
)


def gaps_router(access: Access, reader: GapsReader) -> APIRouter:
    """Return the route."""
    router = APIRouter()

    @router.get(PATH, response_model=None)
    async def show(request: Request) -> HTMLResponse:
        token = access.token_of(access.operator(request))
        try:
            body = render(await reader.gaps(), await reader.contradictions())
        except TemporaryFailure:
            body = '<p class="notice bad">The gaps cannot be read at present: the database does not answer.</p>'
        return page("Gaps", body, token, at=PATH)

    return router


def render(gaps: Sequence[Gap], contradictions: Sequence[Contradiction]) -> str:
    """Return the body of the page."""
    cards = "".join(_card(gap) for gap in gaps[:SHOWN]) or nothing("Nothing is known to be missing.")
    more = f'<p class="muted">The first {SHOWN} of {len(gaps)}.</p>' if len(gaps) > SHOWN else ""
    return f"{HOW}{cards}{more}{_contradictions(contradictions)}"


def _card(gap: Gap) -> str:
    reasons = " ".join(badge(f"{WORDED.get(reason, str(reason))} {count}") for reason, count in gap.reasons.items())
    title = next(iter(gap.questions), "(what was asked has expired)")
    told = facts(
        {
            "Topic": escape(gap.topic),
            "Last seen": moment(gap.at),
            "Conversations": " · ".join(_conversations(gap)),
            "Draft": _article(gap),
        }
    )
    return (
        f'<article class="card" id="{escape(gap.id)}"><h2>{escape(title)}</h2>'
        f"<p><b>{counted(gap.count)}</b> {reasons}</p>{_quoted('Also asked', gap.questions[1:_QUESTIONS])}"
        f"{_quoted('People answered', gap.answers[:_ANSWERS])}{told}</article>"
    )


def _conversations(gap: Gap) -> list[str]:
    """Those that are still known by their id; who was forgotten is counted, and named no more."""
    known = [name for name in gap.conversations if ":" in name]
    return [conversation_link(name) for name in known[:_CONVERSATIONS]]


def _article(gap: Gap) -> str:
    if not gap.article:
        return f"<code>frontdesk gaps --draft-article {escape(gap.id)}</code>" if gap.questions else ""
    is_address = gap.article.startswith(("https://", "http://"))
    return link(gap.article, gap.article) if is_address else f"<code>{escape(gap.article)}</code>"


def _quoted(title: str, texts: Sequence[str]) -> str:
    quotes = "".join(f"<blockquote>{escape(text)}</blockquote>" for text in texts)
    return f"<h3>{title}</h3>{quotes}" if quotes else ""


def _contradictions(found: Sequence[Contradiction]) -> str:
    if not found:
        return ""
    rows = [
        row([escape(each.kind), *map(escape, (each.source, each.says, each.other_source, each.other_says))])
        for each in found
    ]
    head = ("Kind", "Article", "says", "Other article", "says instead")
    return f"<h2>Articles that contradict each other</h2>{table(head, rows, 'Articles that contradict each other')}"
