"""Keeps a model's reasoning items: sent back to the same model where that works, else dropped.

Nothing is kept at the provider (`store` is false), so a thought without its encrypted content is known by an id that
nobody knows: https://github.com/openai/openai-agents-python/issues/2265 https://github.com/pydantic/pydantic-ai/issues/2865
One of another model, server or account cannot be read by this one, and is refused.
"""

from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import Any

from openai.types.responses import ResponseReasoningItem

ORIGIN = "origin"
"""Where an item says whose thought it is."""


def origin_of(model: str, server: str) -> str:
    """Return the mark of a model at a server."""
    return sha256(f"{server} {model}".encode()).hexdigest()[:12]


def kept_thought(item: ResponseReasoningItem, origin: str, *, plain: bool) -> ResponseReasoningItem | None:
    """Return the thought with its mark, None where it cannot be sent back.

    Args:
        plain: whether this model wants its thoughts back as the plain text they came in.
    """
    is_signed = bool(item.encrypted_content or (getattr(item, "provider_data", None) or {}).get("thinking_blocks"))
    return item.model_copy(update={ORIGIN: origin}) if is_signed or plain else None


def own_thoughts(items: Sequence[Any], origin: str, *, by_id: bool) -> list[Any]:
    """Return a history without what this model cannot read.

    Args:
        by_id: whether the API knows items by their ids.

    What was said or called after a thought that is missing loses its id: by it a provider would ask for the thought.
    """
    kept: list[Any] = []
    is_thought_missing = True
    for index, item in enumerate(items):
        match item.get("type"):
            case "reasoning":
                is_thought_missing = item.get(ORIGIN) != origin or not _is_followed(items, index)
                if not is_thought_missing:
                    kept.append(_without(item, ORIGIN))
            case "function_call" | "message" if by_id and is_thought_missing:
                kept.append(_without(item, "id"))
            case kind:
                ends_thought = kind == "function_call_output" or item.get("role") == "user"
                is_thought_missing = is_thought_missing or ends_thought
                kept.append(item)
    return kept


def _without(item: Mapping[str, Any], name: str) -> dict[str, Any]:
    return {key: value for key, value in item.items() if key != name}


def without_thoughts(items: Sequence[Any]) -> list[Any]:
    """Return a history without any thought: what is sent where they were refused."""
    return own_thoughts([item for item in items if item.get("type") != "reasoning"], "", by_id=True)


def _is_followed(items: Sequence[Any], index: int) -> bool:
    """A thought stands before what it led to; one that led to nothing is refused."""
    after: dict[str, Any] = next((item for item in items[index + 1 :] if item.get("type") != "reasoning"), {})
    return after.get("type") in {"function_call", "message"} or after.get("role") == "assistant"
