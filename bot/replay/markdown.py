"""The report of a replay as Markdown, made of its JSON. Pure."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from bot.replay.verdicts import OUTCOMES

WORDS = {name: name.replace("_", " ") for name in OUTCOMES}
_LONGEST = 1_200
_SPACES = re.compile(r"\s+")

Report = Mapping[str, Any]


def markdown(report: Report) -> str:
    """Return the report as people read it."""
    parts = (_head(report), _topics(report), _rule(report), _checks(report), _worst(report), _closing(report))
    return "\n".join(line for part in parts for line in part) + "\n"


def _head(report: Report) -> Iterator[str]:
    sample, totals = report["sample"], report["totals"]
    yield f"# Replay of {sample['sampled']} past tickets"
    yield ""
    yield f"Desk **{report['desk']}**, {report['model']}, {report['at']}. Tickets: {report['source']}."
    yield ""
    yield f"| would | tickets | of {totals['settles']['of']} comparable | 95 % interval |"
    yield "|---|--:|--:|--:|"
    for name in OUTCOMES:
        cell = totals[name]
        share, ends = (percent(cell["share"]), interval(cell)) if name != "not_comparable" else ("", "")
        yield f"| {WORDS[name]} | {cell['count']} | {share} | {ends} |"


def _topics(report: Report) -> Iterator[str]:
    yield ""
    yield "## By topic"
    yield ""
    shown = [name for name in OUTCOMES if name != "not_comparable"]
    yield f"| topic | comparable | {' | '.join(WORDS[name] for name in shown)} | recommendation | because |"
    yield f"|---|--:|{'--:|' * len(shown)}---|---|"
    for topic in report["topics"]:
        cells = " | ".join(f"{topic[name]['count']} ({interval(topic[name])})" for name in shown)
        advice = f"**{topic['recommendation']}**"
        yield f"| {topic['topic']} | {topic['comparable']} | {cells} | {advice} | {topic['because']} |"


def _rule(report: Report) -> Iterator[str]:
    yield ""
    yield f"The rule. {report['rule']}"
    yield ""
    yield "What this cannot show:"
    yield ""
    yield from (f"- {limit}" for limit in report["limits"])


def _checks(report: Report) -> Iterator[str]:
    labels, judge, held = report["labels"], report["judge"], report["held_back"]
    yield ""
    yield "## How far to trust it"
    yield ""
    yield (
        f"- Nothing was written: {held['tickets']} tickets, {held['comments']} comments and {held['actions']} offers "
        f"of actions were held back, {held['database']} writes to the database refused."
    )
    if judge:
        told = ", ".join(f"{name} {count}" for name, count in sorted(judge.items()))
        yield f"- The judging model, asked in both orders: {told}."
    else:
        yield "- No model judged beside the facts: the offline rule model cannot."
    if labels:
        yield from (f"- {line}" for line in _agreements(labels))
    else:
        yield "- No ticket has a verdict by hand (`label`), so how well verdicts hold is not known."


def _agreements(labels: Mapping[str, Any]) -> Iterator[str]:
    for name, title in (("verdicts", "Verdicts agree"), ("judge", "The judge agrees")):
        cell = labels[name]
        if cell["of"]:
            beyond = "" if cell["kappa"] is None else f", Cohen's kappa {cell['kappa']:.2f}"
            told = f"{cell['count']} of {cell['of']} tickets ({interval(cell)}{beyond})"
            yield f"{title} with verdicts by hand: {told}."


def _worst(report: Report) -> Iterator[str]:
    tickets = {ticket["ticket"]: ticket for ticket in report["tickets"]}
    yield ""
    yield "## The worst, side by side"
    if not report["worst"]:
        yield ""
        yield "No ticket on which the desk would have done something else than people did."
    for name in report["worst"]:
        yield from _side_by_side(tickets[name])


def _side_by_side(ticket: Mapping[str, Any]) -> Iterator[str]:
    yield ""
    yield f"### Ticket {ticket['ticket']}: {WORDS[ticket['verdict']]} ({ticket['topic']})"
    yield ""
    reasons = [*ticket["why"], *([f"judge: {ticket['judge_reason']}"] if ticket["judge_reason"] else [])]
    yield from (f"- {reason}" for reason in reasons)
    yield ""
    yield f"> {one_line(ticket['question'])}"
    yield ""
    yield "| people | desk |"
    yield "|---|---|"
    yield f"| {_cell(ticket['human'])} | {_cell(ticket['desk'])} |"
    yield f"| {ticket['group'] or '–'}, {ticket['priority'] or '–'} | {did(ticket)} |"


def did(ticket: Mapping[str, Any]) -> str:
    """Return what the desk would have done beside its words."""
    handed, offers = ticket["handed"], ticket["proposed"]
    parts = [f"hands over to {handed['group']}, {handed['priority']}"] if handed else []
    parts += [" ".join(part for part in (each["action"], each["subject"], each["amount"]) if part) for each in offers]
    return "; ".join(parts) or f"answered by {ticket['specialist'] or 'nobody'}"


def _closing(report: Report) -> Iterator[str]:
    sample, cost, seconds = report["sample"], report["cost_usd"], report["seconds"]
    yield ""
    yield "## What was read, and what it cost"
    yield ""
    yield (
        f"- {sample['found']} solved tickets found, {sample['sampled']} in the sample, "
        f"{sample['answered_before']} of them answered in an earlier run."
    )
    if sample["unanswered"]:
        yield f"- {sample['unanswered']} tickets were left unanswered: the limit of the cost was reached."
    yield from (f"- Left out: {count} {reason}." for reason, count in sorted(sample["left_out"].items()))
    yield f"- {cost['this_run']:.2f} USD in this run, {cost['all_answers']:.2f} USD for all its answers."
    median = "" if seconds["per_ticket"] is None else f", {seconds['per_ticket']:.1f} s for a ticket (median)"
    yield f"- {seconds['this_run']:.0f} s{median}."
    yield from (f"- Not read: {problem}." for problem in report["problems"])


def percent(share: float) -> str:
    """Return a fraction as people read it."""
    return f"{share:.0%}"


def interval(cell: Mapping[str, Any]) -> str:
    """Return the ends of an interval."""
    return f"{percent(cell['low'])}–{percent(cell['high'])}" if cell["of"] else "–"


def one_line(text: str) -> str:
    """Return a text in one line, a long one cut."""
    line = _SPACES.sub(" ", text).strip()
    return line if len(line) <= _LONGEST else f"{line[:_LONGEST]} […]"


def _cell(text: str) -> str:
    return one_line(text).replace("|", "\\|").replace("<", "&lt;") or "–"


def summary(report: Report) -> Sequence[str]:
    """Return the few lines that a terminal shows."""
    totals = report["totals"]
    counts = ", ".join(f"{totals[name]['count']} {WORDS[name]}" for name in OUTCOMES)
    lines = [counts]
    lines += [f"  {each['topic']}: {each['recommendation']} ({each['because']})" for each in report["topics"]]
    lines += [f"  {line}" for line in _agreements(report["labels"])] if report["labels"] else []
    return lines
