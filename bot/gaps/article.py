"""Writes the draft of an article about a gap, from what customers asked and people answered. Pure.

Nobody reads it before a person publishes it: the draft says what to look at, and what stands in it is masked.
"""

import re
from collections.abc import Sequence
from html import escape

import yaml

from bot.desk.language import language_of
from bot.domain.knowledge.articles import ArticleDraft
from bot.gaps.entries import Gap

MOST_QUESTIONS = 8
MOST_ANSWERS = 5
_LONGEST_TITLE = 90
_SENTENCE = re.compile(r"[^?\n]{3,}\?")
_UNSAFE_NAME = re.compile(r"[^a-z0-9]+")
_PARAGRAPH = re.compile(r"\n\s*\n")
_GREETING = re.compile(
    r"^(?:hi|hello|hey|dear|good (?:morning|afternoon|evening|day)|hallo|guten (?:tag|morgen|abend)|liebe[rs]?"
    r"|sehr geehrte[rs]?|bonjour|chère?|hola|estimad[oa])\b[^,!.?\n]{0,40}(?:[,!]\s*|\n\s*)",
    re.IGNORECASE,
)
_HEADING = re.compile(r"^(#+)", re.MULTILINE)

NO_ANSWER = "Nobody has answered this in public yet: write here what customers should read."
TO_CHECK = "Draft from {count} conversations. Check what it says, take out what is about one customer, then publish it."


def title_of(gap: Gap) -> str:
    """Return the question that stands for a gap: the shortest whole one in the language of most, in a line."""
    asked = [found.strip() for text in _in_one_language(gap.questions) for found in _SENTENCE.findall(text)]
    asked = asked or list(gap.questions)
    title = " ".join(min(asked, key=len, default="").split())
    return title if len(title) <= _LONGEST_TITLE else f"{title[: _LONGEST_TITLE - 1].rstrip()}…"


def file_name(gap: Gap) -> str:
    """Return the name of the Markdown file, the same for a gap whenever it is drafted."""
    words = _UNSAFE_NAME.sub("-", title_of(gap).casefold()).strip("-")[:40].strip("-")
    return "-".join(part for part in ("draft", words, gap.id) if part) + ".md"


def markdown(gap: Gap) -> str:
    """Return the article for the desk's knowledge folder: `draft: true` keeps it from being read."""
    head = {"title": title_of(gap), "draft": True, "questions": list(gap.questions[:MOST_QUESTIONS])}
    front: str = yaml.safe_dump(head, allow_unicode=True, sort_keys=False, width=110)
    note = f"# {TO_CHECK.format(count=gap.count)} Then remove the line `draft: true`.\n"
    body = "\n\n".join(_HEADING.sub(r"\\\1", answer) for answer in answers(gap)) or NO_ANSWER
    return f"---\n{note}{front}---\n\n# {head['title']}\n\n{body}\n"


def help_center_draft(gap: Gap) -> ArticleDraft:
    """Return the same for a Help Center, in which a person publishes it.

    What customers asked stands below the answer, under no heading of its own: it is found by that, too.
    """
    asked = "".join(f"<li>{escape(question)}</li>" for question in gap.questions[:MOST_QUESTIONS])
    body = "".join(_paragraphs(answer) for answer in answers(gap)) or f"<p>{escape(NO_ANSWER)}</p>"
    title, question = title_of(gap), next(iter(gap.questions), "")
    return ArticleDraft(gap.id, title, question, f"{body}<ul>{asked}</ul>", language_of(question))


def answers(gap: Gap) -> Sequence[str]:
    """Return what people answered without whom they greet, the newest first; where two say the same, the longer one."""
    found: list[str] = []
    for answer in map(_without_greeting, gap.answers):
        if not any(answer in other for other in found):
            found = [other for other in found if other not in answer] + [answer]
    return found[:MOST_ANSWERS]


def _without_greeting(answer: str) -> str:
    text = _GREETING.sub("", answer.strip(), count=1)
    return text[:1].upper() + text[1:]


def _in_one_language(questions: Sequence[str]) -> Sequence[str]:
    spoken = [language_of(question) for question in questions]
    most = max(spoken, key=spoken.count, default="")
    return [question for question, language in zip(questions, spoken, strict=True) if language == most]


def _paragraphs(text: str) -> str:
    return "".join(f"<p>{'<br>'.join(map(escape, part.splitlines()))}</p>" for part in _PARAGRAPH.split(text))
