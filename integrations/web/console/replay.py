"""`GET /console/replay`: the replays in the data folder, and each one's report; personal data is masked in both."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from html import escape
from pathlib import Path
from typing import Any

from fastapi import APIRouter, HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse

from bot.replay.markdown import WORDS, did, interval, percent
from bot.replay.verdicts import OUTCOMES
from integrations.web.access import Access
from integrations.web.console.elements import marked, nothing, row, table
from integrations.web.console.layout import page

PATH = "/console/replay"
FOLDER = "replays"
NEWEST = 50
SHOWN = 100

_ID = re.compile(r"\d{8}-\d{6}-[0-9a-f]{6}")

Report = Mapping[str, Any]


def replay_router(access: Access, data_folder: Path) -> APIRouter:
    """Return the two routes; they are no coroutines, so that files are read beside the loop."""
    router = APIRouter(prefix=PATH)
    folder = data_folder / FOLDER

    @router.get("", response_model=None)
    def overview(request: Request) -> HTMLResponse:
        token = access.token_of(access.operator(request))
        return page("Replays", render_list(list(_newest(folder))), token, at=PATH)

    @router.get("/{name}", response_model=None)
    def show(request: Request, name: str, verdict: str = "", topic: str = "") -> HTMLResponse:
        token = access.token_of(access.operator(request))
        report = _read(folder / name) if _ID.fullmatch(name) else None
        if report is None:
            raise HTTPException(404, "no such replay")
        return _shown(report, verdict, topic, token)

    return router


def _shown(report: Report, verdict: str, topic: str, token: str) -> HTMLResponse:
    try:
        title = f"Replay of {report['sample']['sampled']} past tickets"
        return page(title, render_report(report, verdict, topic), token, at=PATH)
    except (KeyError, TypeError, AttributeError) as error:  # another version's, or somebody edited it
        raise HTTPException(404, "this report cannot be read") from error


def _newest(folder: Path) -> Iterator[Report]:
    """Yield the newest reports that can be read; their names sort by time."""
    names = sorted((path.parent.name for path in folder.glob("*/report.json")), reverse=True)
    for name in [name for name in names if _ID.fullmatch(name)][:NEWEST]:
        if report := _read(folder / name):
            yield report


def _read(folder: Path) -> Report | None:
    with suppress(OSError, ValueError):
        raw = json.loads((folder / "report.json").read_text("utf-8"))
        return raw if isinstance(raw, dict) else None
    return None


def render_list(reports: Sequence[Report]) -> str:
    """Return the body of the page with all replays."""
    rows = []
    for report in reports:
        with suppress(KeyError, TypeError, AttributeError):
            rows.append(_list_row(report))
    hint = "None yet: <code>frontdesk replay --tickets FILE.jsonl</code>, or <code>--since 90d</code>."
    head = ("Replay", "Desk", "Model", "Tickets", *(WORDS[name].capitalize() for name in OUTCOMES))
    return table(head, rows, "Replays") if rows else nothing(hint)


def render_report(report: Report, verdict: str = "", topic: str = "") -> str:
    """Return the body of the page of one replay.

    Args:
        verdict, topic: which tickets are shown side by side; without either, the worst.
    """
    sample = report["sample"]
    counts = "".join(_count(report, name) for name in OUTCOMES)
    parts = (
        f"<p>{escape(report['at'])}. Desk {escape(report['desk'])}, {escape(report['model'])}. "
        f"{sample['sampled']} of {sample['found']} solved tickets from {escape(report['source'])}.</p>",
        f'<ul class="tiles">{counts}</ul>',
        "<h2>By topic</h2>",
        _topics(report),
        f"<p>{marked(report['rule'])}</p>",
        f"<p>{' '.join(escape(limit) for limit in report['limits'])}</p>",
        _side_by_side(report, verdict, topic),
        f"<p>{_closing(report)}</p>",
    )
    return "".join(parts)


def _list_row(report: Report) -> str:
    link = f'<a href="/console/replay/{escape(report["id"])}">{escape(report["at"])}</a>'
    cells = [report["desk"], report["model"], str(report["sample"]["sampled"])]
    cells += [str(report["totals"][name]["count"]) for name in OUTCOMES]
    return row([link, *map(escape, cells)])


def _count(report: Report, name: str) -> str:
    cell = report["totals"][name]
    share = "" if name == "not_comparable" else f"<br>{percent(cell['share'])}, {interval(cell)}"
    link = f'<a href="?verdict={name}">{escape(_named(name))}</a>'
    return f"<li><b>{cell['count']}</b>{link}{share}</li>"


def _topics(report: Report) -> str:
    shown = [name for name in OUTCOMES if name != "not_comparable"]
    head = ("Topic", "Comparable", *(WORDS[name].capitalize() for name in shown), "Recommendation", "Because")
    rows = []
    for topic in report["topics"]:
        link = f'<a href="?topic={escape(topic["topic"])}">{escape(topic["topic"])}</a>'
        counts = [f"{topic[name]['count']} ({interval(topic[name])})" for name in shown]
        advice = f'<span class="{escape(topic["recommendation"])}">{escape(topic["recommendation"])}</span>'
        cells = [link, str(topic["comparable"]), *counts, advice]
        because = f'<td class="because">{escape(topic["because"])}</td>'
        rows.append(f"{row(cells).removesuffix('</tr>')}{because}</tr>")
    return table(head, rows, "By topic")


def _side_by_side(report: Report, verdict: str, topic: str) -> str:
    if not (verdict or topic):
        return _articles("The worst, side by side", _worst(report))
    found = [each for each in report["tickets"] if _is_asked_for(each, verdict, topic)]
    return _articles(f"{len(found)} {f'{_named(verdict)} {topic}'.strip()}", found)


def _worst(report: Report) -> list[Any]:
    by_name = {each["ticket"]: each for each in report["tickets"]}
    return [by_name[name] for name in report["worst"]]


def _is_asked_for(ticket: Mapping[str, Any], verdict: str, topic: str) -> bool:
    return all(not wanted or ticket[name] == wanted for name, wanted in (("verdict", verdict), ("topic", topic)))


def _articles(title: str, tickets: Sequence[Mapping[str, Any]]) -> str:
    articles = "".join(_article(each) for each in tickets[:SHOWN])
    return f"<h2>{escape(title)}</h2>{articles or '<p>None.</p>'}"


def _article(ticket: Mapping[str, Any]) -> str:
    judged = [f"judge: {ticket['judge_reason']}"] if ticket["judge_reason"] else []
    reasons = "".join(f"<br>{escape(reason)}" for reason in (*ticket["why"], *judged))
    people = f"{ticket['group'] or '–'}, {ticket['priority'] or '–'}"
    words = (f'<td class="words">{marked(ticket[side]) or "–"}</td>' for side in ("human", "desk"))
    rows = [
        f"<tr>{''.join(words)}</tr>",
        f"<tr><td>{escape(people)}</td><td>{escape(did(ticket))}</td></tr>",
    ]
    sides = table(("People", "Desk"), rows, f"Ticket {ticket['ticket']}")
    return (
        f"<article><h3>Ticket {escape(ticket['ticket'])}: {escape(_named(ticket['verdict']))} "
        f"({escape(ticket['topic'])})</h3><p>{reasons.removeprefix('<br>')}</p>"
        f"<blockquote>{escape(ticket['question'])}</blockquote>{sides}</article>"
    )


def _closing(report: Report) -> str:
    held, cost, seconds = report["held_back"], report["cost_usd"], report["seconds"]
    return escape(
        f"Nothing was written: {held['tickets']} tickets, {held['comments']} comments and {held['actions']} offers of "
        f"actions were held back, {held['database']} writes to the database refused. {cost['this_run']:.2f} USD and "
        f"{seconds['this_run']:.0f} s in this run."
    )


def _named(verdict: str) -> str:
    return verdict.replace("_", " ")
