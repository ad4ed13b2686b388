"""The report of a replay as JSON: counts per topic with intervals, a recommendation, and each ticket. Pure."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from bot.domain.models.cost import MICRO
from bot.replay.advice import RULE, Tally, recommend
from bot.replay.answers import DeskAnswer
from bot.replay.intervals import Share, kappa
from bot.replay.verdicts import HELPFUL, OUTCOMES, Verdict

WORST = 20
VERSION = 1

LIMITS = (
    "Reads saw the desk's data as it is now, with the clock of each ticket's day: what changed since shows.",
    "Tools of the desk that ask other systems were called: one that writes there has written.",
    "Only the first answer is compared. How customers would have gone on, nobody knows.",
    "A figure that people got wrong counts against the desk: read the worst ones before you decide.",
)


@dataclass(frozen=True)
class Judged:
    """One ticket with everything that is known of it, masked.

    Args:
        judge: what the judging model says of the two answers, empty where it was not asked.
        label: the verdict that somebody gave by hand, empty for none.
    """

    ticket: str
    topic: str
    verdict: Verdict
    question: str = ""
    human: str = ""
    group: str = ""
    priority: str = ""
    answer: DeskAnswer = field(default_factory=DeskAnswer)
    judge: str = ""
    judge_reason: str = ""
    label: str = ""

    @property
    def is_comparable(self) -> bool:
        """Whether it says anything of the desk."""
        return self.verdict.outcome != "not_comparable"

    @property
    def is_wrong(self) -> bool:
        """Whether the facts, or the judge in both orders, speak against the desk."""
        return self.verdict.outcome == "wrong" or (self.is_comparable and self.judge == "contradicts")

    @property
    def badness(self) -> tuple[int, str]:
        """The smaller, the worse."""
        ranks = (
            self.verdict.outcome == "wrong" and self.verdict.is_about_money,
            self.verdict.outcome == "wrong",
            self.is_wrong,
            self.verdict.agrees is False and self.verdict.outcome in HELPFUL,
            self.verdict.agrees is False,
        )
        return next((rank for rank, holds in enumerate(ranks) if holds), len(ranks)), self.ticket

    @property
    def is_disagreement(self) -> bool:
        """Whether the desk would have done something else than people did."""
        return self.is_wrong or (self.is_comparable and self.verdict.agrees is False)

    def dump(self) -> dict[str, Any]:
        """Return it as the report has it."""
        return {
            "ticket": self.ticket,
            "topic": self.topic,
            **self.verdict.dump(),
            "judge": self.judge or None,
            "judge_reason": self.judge_reason or None,
            "label": self.label or None,
            "group": self.group,
            "priority": self.priority,
            "question": self.question,
            "human": self.human,
            "desk": self.answer.text,
            "specialist": self.answer.specialist,
            "calls": list(self.answer.calls),
            "proposed": [vars(each) for each in self.answer.proposed],
            "handed": vars(self.answer.handed) if self.answer.handed else None,
            "cost_usd": self.answer.spent / MICRO,
            "seconds": round(self.answer.seconds, 2),
        }


@dataclass(frozen=True)
class Run:
    """What is known of the replay as a whole.

    Args:
        at: when it was made, ISO 8601.
        source: where the tickets came from, in words.
        found: solved tickets that could be chosen from.
        left_out: why others were not: reason → how many.
        problems: what could not be read, in words.
        unanswered: tickets of the sample for which there was no money left.
        spent: of this run, what was recorded before not included, in millionths of a dollar.
    """

    id: str
    at: str
    desk: str
    model: str
    source: str
    found: int
    sampled: int
    recorded: int = 0
    unanswered: int = 0
    left_out: Mapping[str, int] = field(default_factory=dict)
    problems: Sequence[str] = ()
    spent: int = 0
    seconds: float = 0.0


def report_of(run: Run, tickets: Sequence[Judged]) -> dict[str, Any]:
    """Return the whole report."""
    return {
        "version": VERSION,
        "id": run.id,
        "at": run.at,
        "desk": run.desk,
        "model": run.model,
        "source": run.source,
        "sample": {
            "found": run.found,
            "sampled": run.sampled,
            "answered_before": run.recorded,
            "unanswered": run.unanswered,
            "left_out": dict(run.left_out),
        },
        "problems": list(run.problems),
        "limits": list(LIMITS),
        "rule": RULE,
        "totals": _counts(tickets),
        "topics": [_topic(name, own) for name, own in sorted(_by_topic(tickets).items())],
        "labels": _labels(tickets),
        "judge": _judge(tickets),
        "held_back": _held_back(tickets),
        "cost_usd": {"this_run": run.spent / MICRO, "all_answers": sum(each.answer.spent for each in tickets) / MICRO},
        "seconds": {"this_run": round(run.seconds, 1), "per_ticket": _seconds(tickets)},
        "worst": [each.ticket for each in worst(tickets)],
        "tickets": [each.dump() for each in tickets],
    }


def worst(tickets: Sequence[Judged]) -> list[Judged]:
    """Return the disagreements that weigh most."""
    return sorted((each for each in tickets if each.is_disagreement), key=lambda each: each.badness)[:WORST]


def _by_topic(tickets: Iterable[Judged]) -> dict[str, list[Judged]]:
    found: dict[str, list[Judged]] = {}
    for each in tickets:
        found.setdefault(each.topic, []).append(each)
    return found


def _topic(name: str, own: Sequence[Judged]) -> dict[str, Any]:
    comparable = [each for each in own if each.is_comparable]
    wrong = [each for each in comparable if each.is_wrong]
    tally = Tally(
        comparable=len(comparable),
        wrong=len(wrong),
        wrong_about_money=sum(each.verdict.is_about_money for each in wrong),
        helpful=sum(each.verdict.outcome in HELPFUL and not each.is_wrong for each in comparable),
    )
    advice, why = recommend(tally)
    return {
        "topic": name,
        "tickets": len(own),
        "comparable": tally.comparable,
        "wrong_about_money": tally.wrong_about_money,
        **_counts(own),
        "recommendation": advice,
        "because": why,
    }


def _counts(own: Sequence[Judged]) -> dict[str, Any]:
    """Shares are of the comparable tickets; what is not comparable is of all."""
    counts = Counter(each.verdict.outcome for each in own)
    comparable = len(own) - counts["not_comparable"]
    return {
        outcome: _share(Share(counts[outcome], len(own) if outcome == "not_comparable" else comparable))
        for outcome in OUTCOMES
    }


def _share(share: Share) -> dict[str, Any]:
    ends = {"share": share.value, "low": share.low, "high": share.high}
    return {"count": share.count, "of": share.of, **{name: round(value, 4) for name, value in ends.items()}}


def _labels(tickets: Sequence[Judged]) -> dict[str, Any] | None:
    """How far the verdicts, and the judge, agree with what somebody said by hand."""
    labelled = [each for each in tickets if each.label in OUTCOMES]
    if not labelled:
        return None
    return {
        "verdicts": _agreement([(each.verdict.outcome, each.label) for each in labelled]),
        "judge": _agreement(
            [
                ("wrong" if each.judge == "contradicts" else "right", "wrong" if each.label == "wrong" else "right")
                for each in labelled
                if each.judge in {"contradicts", "agrees"}
            ]
        ),
    }


def _agreement(pairs: list[tuple[str, str]]) -> dict[str, Any]:
    same = Share(sum(one == other for one, other in pairs), len(pairs))
    chance = kappa(pairs)
    return {**_share(same), "kappa": None if chance is None else round(chance, 3)}


def _judge(tickets: Sequence[Judged]) -> dict[str, int] | None:
    asked = Counter(each.judge for each in tickets if each.judge)
    return dict(asked) or None


def _held_back(tickets: Sequence[Judged]) -> dict[str, int]:
    counts: Counter[str] = Counter()
    for each in tickets:
        counts.update(each.answer.held_back or {})
        counts["actions"] += len(each.answer.proposed)
    return {name: counts[name] for name in ("tickets", "comments", "actions", "database")}


def _seconds(tickets: Sequence[Judged]) -> float | None:
    took = sorted(each.answer.seconds for each in tickets if each.answer.seconds)
    return round(took[len(took) // 2], 2) if took else None
