"""Names why a model did not answer, in our own words, since a server's message may quote a customer.

Servers that reject a prompt often repeat some of it. Their messages are searched for what they mean, and go no further;
a code is kept where it is one word, as codes are.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from bot.domain.errors import AgentError

OUT_OF_MONEY = frozenset({"insufficient_quota", "billing_hard_limit_reached", "billing_not_active"})
"""OpenAI answers 429 where there is no money left, which no waiting brings back."""

LONGEST_CODE = 60
_CODE = re.compile(r"[A-Za-z][A-Za-z_.-]*[A-Za-z]|\d{3}")


class Why(StrEnum):
    """What it comes down to."""

    KEY = "key"
    MONEY = "money"
    MODEL = "model"
    CONTEXT = "context"
    TOOLS = "tools"
    SCHEMA = "schema"
    CROWDED = "crowded"
    AWAY = "away"
    SILENT = "silent"
    LENGTH = "length"
    UNTOLD = "untold"


@dataclass(frozen=True)
class Told:
    """What an operator reads.

    Args:
        what: what is wrong.
        mend: what to do about it.
    """

    what: str
    mend: str


TOLD: Mapping[Why, Told] = {
    Why.KEY: Told("the server refuses the key", "set OPENAI_API_KEY to a valid key of that server"),
    Why.MONEY: Told("the account at the provider has no money left", "add credit there, or raise its limit"),
    Why.MODEL: Told("the server does not know the model", "set FRONTDESK_MODEL to one that it has"),
    Why.CONTEXT: Told(
        "the prompt is longer than the model's context",
        "start the server with a larger context (`--ctx-size`, `--max-model-len`, `num_ctx`), take a model with one, or"
        " lower `history_tokens` and `model.max_output_tokens` in desk.yml",
    ),
    Why.TOOLS: Told(
        "the model, or its server, takes no tools",
        "take a model that calls tools, and start the server so that it lets it (vLLM: `--enable-auto-tool-choice"
        " --tool-call-parser …`; llama.cpp: `--jinja`)",
    ),
    Why.SCHEMA: Told(
        "the server gives no answer by a schema",
        "take one that knows `json_schema`, or set `screen.model: false` in desk.yml: the rules alone screen then",
    ),
    Why.CROWDED: Told("the server asks for fewer calls", "raise the limit at the provider"),
    Why.AWAY: Told("the server cannot be reached", "see that OPENAI_BASE_URL is right, and that the server runs"),
    Why.SILENT: Told(
        "the server says nothing for too long", "raise `model.silence` in desk.yml, or take a faster model or machine"
    ),
    Why.LENGTH: Told(
        "the answer did not end within its limit of tokens",
        "raise `model.max_output_tokens` in desk.yml, or the server's",
    ),
    Why.UNTOLD: Told("the server failed", "look into the server's own log"),
}

_REFUSES = r"(?:not|n't|un|no|never|without|requires?|only|must|cannot|in)"
_SPOKEN: tuple[tuple[Why, re.Pattern[str]], ...] = tuple(
    (why, re.compile(pattern, re.IGNORECASE))
    for why, pattern in (
        (
            Why.CONTEXT,
            r"context[ _-]?(?:length|window|size)|max(?:imum)?[ _](?:context|model[ _]len|input|prompt)"
            r"|(?:prompt|input|request|messages?|context)\b[^.]{0,40}\b(?:too (?:long|large|many)|exceed)"
            r"|exceeds?\b[^.]{0,60}\b(?:context|tokens)|too many (?:input )?tokens|token limit|exceed_context",
        ),
        (
            Why.TOOLS,
            rf"\b{_REFUSES}\w*\b[^.]{{0,60}}\b(?:tools?|functions?|function_call\w*|tool_choice)\b"
            r"|\b(?:tools?|functions?|function[ _]calling|tool[ _](?:use|choice|calling))\b[^.]{0,60}"
            rf"\b(?:{_REFUSES}\b|unsupported|not[ _]supported|--jinja|enable-auto-tool-choice)",
        ),
        (
            Why.SCHEMA,
            r"(?:response_format|json_schema|text\.format|structured output|grammar)\b",
        ),
        (
            Why.MODEL,
            r"model_not_found|\bmodel\b[^.]{0,80}\b(?:not found|does ?n[o']t exist|unknown|not exist|no access)"
            r"|\b(?:no such|unknown|invalid) model\b",
        ),
    )
)  # fmt: skip


_SPEAKING = frozenset({None, 400, 404, 413, 422, 500, 501})
"""Statuses with which servers say in words what they refuse; None is a fault without one."""


def code_of(given: object) -> str:
    """Return a server's code as it may be logged: one plain word, empty where it is anything else."""
    code = str(given or "").strip()
    return code if len(code) <= LONGEST_CODE and _CODE.fullmatch(code) else ""


def why_refused(status: int | None, code: str, words: str = "") -> Why:
    """Return what a refusal comes down to.

    Args:
        words: what the server says, however it is wrapped.
    """
    if code in OUT_OF_MONEY or status == 402:
        return Why.MONEY
    if status in {401, 403} or code == "invalid_api_key":
        return Why.KEY
    if status in _SPEAKING and (why := _why_spoken(f"{code} {words}")):
        return why
    if status == 404:
        return Why.MODEL
    return Why.CROWDED if status in {429, 529} else Why.UNTOLD


def _why_spoken(said: str) -> Why | None:
    return next((why for why, pattern in _SPOKEN if pattern.search(said)), None)


def fields_of(fault: Exception) -> dict[str, str]:
    """Return what log, audit and metrics tell of a fault; nothing of it is a customer's or a server's sentence."""
    if not isinstance(fault, AgentError):
        return {"error": type(fault).__name__}
    status = "" if fault.status is None else str(fault.status)
    return {"error": fault.error, "status": status, "code": code_of(fault.code), "why": fault.why or Why.UNTOLD}
