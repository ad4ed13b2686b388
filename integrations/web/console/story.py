"""Tells one conversation's whole story: what was said beside what was looked up, decided, done and delivered."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape

from bot.domain.audit import AuditEvent, Deed
from bot.domain.audit_words import is_bad, what, who
from bot.domain.conversation import Conversation
from bot.domain.drafts import Draft, DraftStage
from bot.domain.models.cost import dollars
from bot.domain.transcript import Entry, Role
from bot.store.records.conversations import View
from integrations.web.console.elements import (
    amount,
    badge,
    facts,
    link,
    marked,
    moment,
    nothing,
    owner_badge,
    spaced,
    story_path,
)

SAID = {Role.USER: "customer", Role.ASSISTANT: "bot", Role.HUMAN: "human"}
"""Whose words stand at the left; everything else is told at the right."""
LONGEST_OUTPUT = 4_000
UNTOLD = frozenset({"says", "reply", "promised"})
"""What a turn's end tells for the figures alone."""

OUTCOME_TONES: Mapping[str, str] = {
    DraftStage.SENT: "good",
    DraftStage.SENT_EDITED: "good",
    DraftStage.USED: "good",
    DraftStage.DISCARDED: "bad",
    DraftStage.REWRITTEN: "bad",
    DraftStage.OPEN: "warn",
}
DEED_TONES: Mapping[str, str] = {
    Deed.COMMIT: "good",
    Deed.ESCALATION: "warn",
    Deed.OWNER: "warn",
    Deed.PROPOSAL: "accent",
    Deed.CONFIRMATION: "accent",
    Deed.APPROVAL: "accent",
    Deed.DRAFT: "accent",
}


@dataclass(frozen=True)
class Turn:
    """One turn: what was said in it, and what happened.

    Args:
        number: as the transcript counts them; 0 for what was before the first one.
    """

    number: int
    entries: Sequence[Entry]
    events: Sequence[AuditEvent]


def render_story(view: View | None, events: Sequence[AuditEvent]) -> str:
    """Return the body of the page.

    Args:
        view: None after a reset: what happened stays known, what was said does not.
    """
    if view is None:
        gone = '<p class="notice">What was said here was deleted; what happened is still known.</p>'
        return gone + _timeline((), events, "", "")
    now = view.conversation
    older = f"No longer kept: {amount(str(view.trimmed), 'older line')}."
    trimmed = f'<p class="muted">{older}</p>' if view.trimmed else ""
    earlier = f'<p class="muted">Before that: {escape(now.earlier)}</p>' if now.earlier else ""
    drafts = "".join(_draft(draft) for draft in reversed(now.drafts))
    return (
        f'<div class="card">{facts(_known(view, events))}</div>{_handed_over(now)}'
        f"{f'<h2>Drafts</h2>{drafts}' if drafts else ''}"
        f"<h2>What happened</h2>{trimmed}{earlier}"
        f"{_timeline(view.entries, events, now.requester, now.ticket_id)}"
    )


def _known(view: View, events: Sequence[AuditEvent]) -> dict[str, str]:
    now = view.conversation
    mood = f"{now.sentiments[-1]:.1f}" if now.sentiments else ""
    return {
        "Owner": owner_badge(now.owner),
        **_customer(view),
        "Ticket": escape(now.ticket_id),
        "Group": escape(now.group),
        "Specialist": escape(now.specialist),
        "Turns": str(now.turns),
        "Model costs": dollars(now.spent),
        "Language": escape(now.language),
        "Mood (−1 to 1)": escape(mood),
        "Rating": escape(spaced(now.rating)),
        "Waiting messages": str(view.waiting) if view.waiting else "",
        "Began (UTC)": moment(min((event.at for event in events), default=0.0)),
        "Last activity (UTC)": moment(now.active_at),
        "Conversation before": link(story_path(now.previous), now.previous) if now.previous else "",
    }


def _customer(view: View) -> dict[str, str]:
    now = view.conversation
    return {
        "Customer": escape(now.requester_name),
        "Their id": escape(now.requester or view.customer_id),
        "Proven by a code": escape(", ".join(proof.customer for proof in now.proofs if proof.is_proven)),
        "Plan": escape(now.plan),
    }


def _handed_over(now: Conversation) -> str:
    if not (now.is_with_human and (now.reason or now.escalation)):
        return ""
    card = now.escalation
    known = {
        "Why a human": escape((card and card.reason) or now.reason),
        "What it is about": escape(card.summary) if card else "",
        "Priority": escape(now.priority),
        "Promised until (UTC)": moment(now.promised_until) if now.promised_until else "",
        "Taken by": escape(card.taken_by) if card else "",
    }
    return f'<div class="card"><h2>Handed over</h2>{facts(known)}</div>'


def _draft(draft: Draft) -> str:
    known = {
        "Why a draft": escape(draft.why),
        "Sources": escape(", ".join(draft.sources)),
        "Looked up": escape(", ".join(draft.looked_up)),
        "Would propose": escape("; ".join(draft.proposes)),
        "Decided by": escape(draft.settled_by),
        "Decided (UTC)": moment(draft.settled_at) if draft.settled_at else "",
    }
    instead = f"<p class=muted>Sent instead:</p>{_bubble('human', '', draft.said)}" if draft.said else ""
    outcome = badge(spaced(draft.stage), OUTCOME_TONES.get(draft.stage, ""))
    head = f"<h3>{escape(spaced(draft.kind).capitalize())} by {escape(draft.specialist or 'the bot')} {outcome}</h3>"
    words = f"<p class=muted>{moment(draft.at)} UTC</p>{_bubble('bot', '', draft.text)}{instead}"
    return f"<article>{head}{words}{facts(known)}</article>"


def _timeline(entries: Sequence[Entry], events: Sequence[AuditEvent], requester: str, ticket: str) -> str:
    turns = turns_of(entries, events)
    shown = "".join(_turn(turn, requester, ticket) for turn in turns)
    return f'<ol class="turns">{shown}</ol>' if shown else nothing("Nothing has happened yet.")


def turns_of(entries: Sequence[Entry], events: Sequence[AuditEvent]) -> list[Turn]:
    """Return what was said and what happened, turn by turn.

    All that one turn stored has the turn's time or that of a message it took; entries do not know their turn.
    """
    by_time = {round(event.at, 3): event.turn for event in events if event.deed is not Deed.DELIVERY}
    said: dict[int, list[Entry]] = {}
    now = 0
    for entry in entries:
        now = by_time.get(round(entry.at, 3), now)
        said.setdefault(now, []).append(entry)
    happened: dict[int, list[AuditEvent]] = {}
    for event in events:
        happened.setdefault(event.turn, []).append(event)
    numbers = sorted({*said, *happened})
    return [Turn(number, said.get(number, ()), happened.get(number, ())) for number in numbers]


def _turn(turn: Turn, requester: str, ticket: str) -> str:
    words = "".join(_words(entry, ticket) for entry in turn.entries if entry.role in SAID)
    outputs = [entry for entry in turn.entries if entry.role is Role.TOOL_OUTPUT]
    lines = "".join(_lines(turn.events, requester, outputs))
    happened = f'<ul class="deeds">{lines}</ul>' if lines else ""
    said = f'<div class="said">{words}</div>' if words else '<div class="said muted">Nothing was said.</div>'
    return f'<li class="card">{_turn_head(turn)}<div class="sides">{said}{happened}</div></li>'


def _turn_head(turn: Turn) -> str:
    ended = next((event for event in turn.events if event.deed is Deed.TURN), None)
    name = f"<h3>Turn {turn.number}</h3>" if turn.number else "<h3>Before the first turn</h3>"
    if ended is None:
        return f'<div class="turn-head">{name}</div>'
    parts = [badge(ended.outcome, "bad" if is_bad(ended) else "")]
    parts += [badge(text) for text in _decided(ended)]
    parts += [f"<small>{ended.seconds:.2f} s</small>"] if ended.seconds else []
    return f'<div class="turn-head">{name}{"".join(parts)}<small>{moment(ended.at)}</small></div>'


def _decided(ended: AuditEvent) -> list[str]:
    """Return which rule decided how much reaches the customer, and what else the turn's end tells."""
    details = {name: value for name, value in ended.details.items() if name not in UNTOLD}
    mode, rule = details.pop("mode", ""), details.pop("rule", "")
    decided = [f"{mode} by rule {rule}" if rule else mode] if mode else []
    return [*decided, *_used(details), *(f"{spaced(name)} {value}" for name, value in details.items() if value)]


def _used(details: dict[str, str]) -> list[str]:
    """Take out what the models used; return it for people."""
    cost, read, written = (details.pop(name, "") for name in ("cost", "input", "output"))
    tokens = f"{int(read or 0) + int(written or 0):,} tokens" if f"{read}{written}".isdigit() else ""
    return [text for text in (dollars(int(cost)) if cost.isdigit() else "", tokens) if text]


def _lines(events: Sequence[AuditEvent], requester: str, outputs: Sequence[Entry]) -> list[str]:
    left = list(outputs)
    is_headed = False
    lines = []
    for event in events:
        if event.deed is Deed.TURN and not is_headed:
            is_headed = True
            continue
        output = left.pop(0).text if event.deed is Deed.TOOL and left else ""
        lines.append(_line(event, requester, output))
    return lines


def _line(event: AuditEvent, requester: str, output: str) -> str:
    tone = "bad" if is_bad(event) else DEED_TONES.get(event.deed, "")
    name = who(event, requester)
    seconds = f"{event.seconds:.2f} s" if event.seconds >= 0.005 else ""
    beside = " · ".join(part for part in (name, seconds) if part)
    shown = (
        f"<details><summary>What came back</summary><pre>{escape(output[:LONGEST_OUTPUT])}</pre></details>"
        if output
        else ""
    )
    return f'<li class="{tone}">{escape(what(event))} <small>{escape(beside)}</small>{shown}</li>'


def _words(entry: Entry, ticket: str) -> str:
    shown = entry.shown(ticket)
    by = entry.name or entry.agent or SAID[entry.role]
    return _bubble("machine" if entry.is_by_machine else SAID[entry.role], by, shown["text"])


def _bubble(side: str, by: str, text: str) -> str:
    name = f"<b>{escape(by)}</b>" if by else ""
    return f'<div class="bubble {side}">{name}<p>{marked(text)}</p></div>'
