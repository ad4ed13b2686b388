"""`/console/review`: answers that people look at again, newest first, with four verdicts by the keys 1 to 4."""

import asyncio
import json
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from html import escape

import structlog
from fastapi import APIRouter, HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response

from bot.domain.review import Decided, ReviewEntry, Verdict, Why
from bot.replay.intervals import Share
from bot.review.case_files import CaseShelf, write_case
from bot.store.records.review_entries import ReviewEntries
from integrations.web.access import Access, Caller
from integrations.web.console.elements import badge, conversation_link, moment, nothing, row, table
from integrations.web.console.forms import fields_of, is_form
from integrations.web.console.layout import page

PATH = "/console/review"
MOST_WORDS = 500
LABELS: Mapping[Verdict, str] = {
    Verdict.GOOD: "Good",
    Verdict.WRONG_FACT: "Wrong fact",
    Verdict.WRONG_TONE: "Wrong tone",
    Verdict.HUMAN: "Should have been a human",
}
SCRIPT = """
document.addEventListener("keydown", (event) => {
  const place = Number(event.key) - 1;
  if (!(place >= 0 && place < 4) || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.target.closest("input, textarea, select")) return;
  const entry = event.target.closest("article") ?? document.querySelector("article[data-entry]");
  const button = entry?.querySelectorAll("button[name=verdict]")[place];
  if (!button) return;
  event.preventDefault();
  button.click();
});
"""
"""The keys 1 to 4 press a button of the entry that is in focus, else of the first one."""
_TONES = {Why.RATING: "bad", Why.THUMB: "bad", Why.DISCARDED: "warn", Why.REWRITTEN: "warn", Why.CUT: "warn"}

log = structlog.get_logger(__name__)


def review_router(
    access: Access, entries: ReviewEntries, shelf: Callable[[], CaseShelf], now: Callable[[], float]
) -> APIRouter:
    """Return the page and the route of its buttons.

    Args:
        now: Unix seconds.
    """
    router = APIRouter()

    @router.get(PATH, response_model=None)
    async def show(request: Request) -> HTMLResponse:
        token = access.token_of(access.operator(request))
        body = render(await entries.open(), await entries.decided(), token)
        return page("Review", body, token, at=PATH, script=SCRIPT)

    @router.post(PATH, response_model=None)
    async def decide(request: Request) -> Response:
        caller = access.operator(request)
        fields = await fields_of(request, access, caller)
        given = fields if is_form(request) else _json(await request.body())
        entry, verdict = await _asked(entries, given)
        path = await _case(shelf(), entry, verdict, given.get("right", "").strip()[:MOST_WORDS])
        is_first = await entries.decide(entry, verdict, now(), f"console: {caller.name}")
        _tell(entry, verdict, caller, is_first=is_first)
        if is_form(request):
            return RedirectResponse(PATH, status_code=303)
        return JSONResponse({"entry": entry.id, "verdict": str(verdict), "counted": is_first, "case": path})

    return router


def _json(body: bytes) -> Mapping[str, str]:
    try:
        given = json.loads(body or b"{}")
    except ValueError:
        given = None
    if not isinstance(given, dict):
        raise HTTPException(422, 'write {"entry": "ID", "verdict": "good"}')
    return {str(name): str(value) for name, value in given.items()}


async def _asked(entries: ReviewEntries, given: Mapping[str, str]) -> tuple[ReviewEntry, Verdict]:
    """Return the entry and what is said of it.

    Raises:
        HTTPException: 422 for another verdict, 404 for an entry that is not there any more.
    """
    try:
        verdict = Verdict(given.get("verdict", ""))
    except ValueError:
        raise HTTPException(422, f"verdict: one of {', '.join(Verdict)}") from None
    entry = await entries.read(given.get("entry", ""))
    if entry is None:
        raise HTTPException(404, "no such entry; its words may be gone by now")
    return entry, verdict


async def _case(shelf: CaseShelf, entry: ReviewEntry, verdict: Verdict, right: str) -> str:
    """Write the case of a wrong answer before its verdict counts; return the file's name, empty for none.

    Raises:
        HTTPException: 409, it cannot be written.
    """
    if not verdict.is_wrong:
        return ""
    try:
        path = await asyncio.to_thread(write_case, shelf, entry, verdict, right)
    except OSError as error:
        log.warning("review.case_not_written", error=type(error).__name__)
        raise HTTPException(409, f"the case cannot be written: {type(error).__name__}; nothing was decided") from error
    return path.name


def _tell(entry: ReviewEntry, verdict: Verdict, caller: Caller, *, is_first: bool) -> None:
    log.info("review.decided", entry=entry.id, verdict=str(verdict), topic=entry.topic, by=caller.name, first=is_first)


def render(entries: Sequence[ReviewEntry], decided: Sequence[Decided], token: str) -> str:
    """Return the body of the page."""
    hint = (
        '<p class="muted">Answers that customers or colleagues found wanting, those from which a check took something, '
        "and one in twenty at random. Personal data is masked. <kbd>1</kbd>–<kbd>4</kbd> press a button of the first "
        "entry, or of the one in focus. What is wrong becomes a case that fails until the desk does better.</p>"
    )
    waiting = "".join(_article(entry, token) for entry in entries)
    return f"{hint}{waiting or nothing('Nothing waits for a look.')}{figures(decided)}"


def figures(decided: Sequence[Decided]) -> str:
    """Return what was decided: the share of wrong answers of each topic, with the interval."""
    if not decided:
        return ""
    of = Counter(one.topic for one in decided)
    by = Counter((one.topic, one.verdict) for one in decided)
    head = ("Topic", "Wrong", "Looked at", *(LABELS[verdict] for verdict in Verdict))
    rows = [
        row([escape(topic), wrong_share(of[topic], by[topic, Verdict.GOOD]), str(of[topic]), *_counts(by, topic)])
        for topic in sorted(of)
    ]
    whole = wrong_share(len(decided), sum(one.verdict == Verdict.GOOD for one in decided))
    told = f"<p>{whole} were wrong, in all. The interval is Wilson’s at 95 %.</p>"
    return f"<h2>What was decided</h2>{told}{table(head, rows, 'Share of wrong answers, by topic')}"


def wrong_share(of: int, good: int) -> str:
    """Return how many were wrong, with the interval in which the true share lies 95 times of 100."""
    return escape(Share(of - good, of).told())


def _counts(by: Mapping[tuple[str, str], int], topic: str) -> list[str]:
    return [str(by[topic, verdict]) for verdict in Verdict]


def _article(entry: ReviewEntry, token: str) -> str:
    head = f"{badge(entry.why, _TONES.get(entry.why, ''))} {escape(entry.topic)} · {moment(entry.at)}"
    earlier = "".join(f"<p class=muted>{_lines(text)}</p>" for text in entry.earlier)
    reason = f"<p><strong>What was said of it</strong></p><p>{_lines(entry.reason)}</p>" if entry.reason else ""
    return (
        f'<article data-entry="{escape(entry.id)}" tabindex="-1"><h2>{head}</h2>'
        f"<p>{conversation_link(entry.conversation)}</p>{earlier}<p><strong>Customer</strong></p><p>{_lines(entry.question)}</p>"
        f"<p><strong>Answer</strong></p><p>{_lines(entry.answer)}</p>{reason}{_form(entry, token)}</article>"
    )


def _form(entry: ReviewEntry, token: str) -> str:
    hidden = {"entry": entry.id, "csrf_token": token}
    fields = "".join(f'<input type="hidden" name="{name}" value="{escape(value)}">' for name, value in hidden.items())
    buttons = " ".join(_button(verdict, key) for key, verdict in enumerate(Verdict, 1))
    field = f"right-{escape(entry.id)}"
    return (
        f'<form method="post" action="{PATH}">{fields}<p><label for="{field}">Words of the right answer (optional)'
        f'</label> <input id="{field}" name="right" maxlength="{MOST_WORDS}" autocomplete="off"></p>'
        f"<p>{buttons}</p></form>"
    )


def _button(verdict: Verdict, key: int) -> str:
    label = f'<kbd aria-hidden="true">{key}</kbd> {escape(LABELS[verdict])}'
    return f'<button name="verdict" value="{verdict}">{label}</button>'


def _lines(text: str) -> str:
    return escape(text).replace("\n", "<br>")
