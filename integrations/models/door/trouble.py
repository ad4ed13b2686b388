"""`ModelTrouble`: a model call that led to nothing usable, and whether asking again can help."""

import re
from typing import Any

from bot.domain.errors import AgentError, ModelTrouble, passes_by
from bot.domain.models.faults import Why

_LENGTH = frozenset({"length", "max_tokens", "max_output_tokens", "model_length", "max_length"})
_FILTERED = frozenset({"content_filter", "safety", "recitation", "blocklist", "prohibited_content", "spii", "refusal"})
_BROKEN = frozenset(
    {"error", "abort", "aborted", "cancelled", "insufficient_system_resource", "malformed_function_call"}
)
_FOR_GOOD = (
    "invalid",
    "image",
    "context_length",
    "insufficient_quota",
    "unsupported",
    "model_not_found",
    "content_policy",
)

_CODE = re.compile(r"[^\w.-]")

SHORTER = "Your last answer was cut off because it was too long. Answer again, in fewer than 80 words."
NO_TEXT_CALLS = (
    "Your last answer was a tool call or data written as text, which nobody sees. Call tools through the tool interface"
    " alone, with exactly the arguments of their schema, or answer the customer in plain sentences."
)


def ended(reason: str) -> None:
    """Let an answer pass that ended by itself.

    Raises:
        ModelTrouble: it did not.
        AgentError: it never will.
    """
    why = reason.casefold()
    if why in _LENGTH:
        raise ModelTrouble(
            "the model's answer was too long", error="HalfAnswer", code=why, why=Why.LENGTH, tries=1, hint=SHORTER
        )
    if why in _FILTERED:
        raise AgentError("the model's provider withheld the answer", error="HalfAnswer", code=why)
    if why in _BROKEN:
        raise ModelTrouble(f"the model's server broke off ({why})", error="BrokenAnswer", code=why)


def cut_off() -> ModelTrouble:
    """The stream ended in the middle."""
    return ModelTrouble("the model's answer broke off", error="BrokenAnswer", code="no_end")


def garbled(error: Exception) -> ModelTrouble:
    """What came is nothing that can be read."""
    name = type(error).__name__
    return ModelTrouble(f"the model's answer cannot be read ({name})", error=name, code="unreadable", tries=1)


def written_call() -> ModelTrouble:
    """The model wrote a call as text that cannot be made."""
    reason = "the model wrote a tool call as text"
    return ModelTrouble(reason, error="WrittenCall", code="written_call", tries=1, hint=NO_TEXT_CALLS)


def failed(error: Any) -> AgentError:
    """The provider says that it failed (`response.failed`, an event `error`)."""
    given = error.get("code") if isinstance(error, dict) else getattr(error, "code", "")
    code = _CODE.sub("", str(given or ""))[:60]
    reason = f"the model failed ({code or 'no reason given'})"
    if code.startswith(_FOR_GOOD) or (code.isdigit() and not passes_by(int(code))):
        return AgentError(reason, error="ResponseFailed", code=code)
    return ModelTrouble(reason, error="ResponseFailed", code=code)
