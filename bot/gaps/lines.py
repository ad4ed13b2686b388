"""Words gaps for the terminal, a line each that begins with its id, and as JSON for other programs. Pure."""

import json
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

from bot.gaps.contradictions import Contradiction
from bot.gaps.entries import WORDED, Gap

_LONGEST = 160
"""Characters of somebody's words in a line."""


def lines(gaps: Sequence[Gap], contradictions: Sequence[Contradiction]) -> Iterator[str]:
    """Yield what `frontdesk gaps` prints."""
    for gap in gaps:
        yield "  ".join(part for part in (gap.id, *_parts(gap)) if part)
    for each in contradictions:
        yield (
            f"{each.id}  articles contradict each other ({each.kind})  "
            f"{each.source}: {each.says}  {each.other_source}: {each.other_says}"
        )


def as_json(gaps: Sequence[Gap], contradictions: Sequence[Contradiction]) -> str:
    """Return all of it as one JSON object."""
    told = {"gaps": [fields(gap) for gap in gaps], "contradictions": [vars(each) for each in contradictions]}
    return json.dumps(told, ensure_ascii=False, indent=2)


def fields(gap: Gap) -> dict[str, Any]:
    """Return a gap as names and values."""
    return {
        "id": gap.id,
        "count": gap.count,
        "reasons": {str(reason): count for reason, count in gap.reasons.items()},
        "topic": gap.topic,
        "last": datetime.fromtimestamp(gap.at, UTC).isoformat(timespec="seconds"),
        "questions": list(gap.questions),
        "answers": list(gap.answers),
        "conversations": list(gap.conversations),
        "article": gap.article,
    }


def counted(count: int) -> str:
    """Return in how many conversations, in words."""
    return f"{count} conversation{'' if count == 1 else 's'}"


def why(gap: Gap) -> str:
    """Return the reasons in words, each with how often it was."""
    return ", ".join(f"{WORDED.get(reason, str(reason))} {count}" for reason, count in gap.reasons.items())


def _parts(gap: Gap) -> Iterator[str]:
    yield counted(gap.count)
    yield why(gap)
    yield gap.topic
    yield _quoted(gap.questions)
    yield f"people answered: {_quoted(gap.answers)}" if gap.answers else ""
    yield f"draft: {gap.article}" if gap.article else ""


def _quoted(texts: Sequence[str]) -> str:
    """Return the newest text in one line, shortened."""
    words = " ".join(texts[0].split()) if texts else ""
    shown = words if len(words) <= _LONGEST else f"{words[: _LONGEST - 1].rstrip()}…"
    return f"“{shown}”" if shown else ""
