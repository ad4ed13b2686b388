"""Remembers what a server showed of itself: parameters it refuses, how its model marks thoughts.

Nothing is asked beforehand: a refusal is answered by leaving the named parameter out, and is remembered. Older models
answer 400 to what newer ones need, and other servers to what OpenAI's own takes.
https://github.com/openai/openai-agents-python/issues/442 https://github.com/anomalyco/opencode/issues/4698
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import structlog
from openai import APIStatusError, NotGiven, Omit

DISTINCT = frozenset({
    "stream_options",
    "parallel_tool_calls",
    "max_tokens",
    "max_completion_tokens",
    "max_output_tokens",
    "prompt_cache_key",
    "prompt_cache_retention",
    "reasoning_effort",
    "response_format",
    "service_tier",
    "temperature",
    "tool_choice",
    "top_p",
})  # fmt: skip
"""What may be left out, and is meant wherever it is named."""

COMMON = frozenset({"include", "metadata", "reasoning", "store", "text", "truncation", "user", "verbosity"})
"""What may be left out, but is a word of every day too: it counts where it is quoted."""

OTHER_NAME = {"max_tokens": "max_completion_tokens"}
REFUSING = frozenset({400, 404, 415, 422})
PLAIN_ANSWERS = 3
"""So many whole answers without a thought among them, and a model's text is shown while it is written."""

_NO_ENCRYPTED = re.compile(r"encrypted[ _]content is not supported", re.IGNORECASE)

log = structlog.get_logger(__name__)


@dataclass
class Habits:
    """Of one model at one server.

    Args:
        left_out: parameters it does not take.
        renamed: parameters it knows by another name.
        hides_thoughts: whether its thoughts came without what is needed to send them back.
        plain: how many whole answers were without a thought in the text.
        closes_thoughts: whether it was seen to close a thought that its template had opened.
    """

    left_out: set[str] = field(default_factory=set)
    renamed: dict[str, str] = field(default_factory=dict)
    hides_thoughts: bool = False
    plain: int = 0
    closes_thoughts: bool = False

    @property
    def speaks_plainly(self) -> bool:
        """Whether what it writes may be shown before it has ended."""
        return self.plain >= PLAIN_ANSWERS and not self.closes_thoughts

    @property
    def wants_encrypted(self) -> bool:
        """Whether its thoughts are to be asked for in the form that can be sent back."""
        return self.hides_thoughts and "include" not in self.left_out

    def kept(self, arguments: Mapping[str, Any]) -> dict[str, Any]:
        """Return what of a call's arguments it takes."""
        return {self.renamed.get(name, name): value for name, value in arguments.items() if name not in self.left_out}

    def learn(self, error: APIStatusError, sent: Mapping[str, Any]) -> bool:
        """Return whether the refusal names a parameter that can be left out; it is, from now on."""
        name = refused(error, sent) if error.status_code in REFUSING else ""
        if not name:
            return False
        other = OTHER_NAME.get(name, "")
        if other and other in str(error) and other not in self.left_out:
            self.renamed[name] = other
        else:
            was = next((mine for mine, theirs in self.renamed.items() if theirs == name), name)
            self.left_out |= {name, was}
        log.info("model.parameter_left_out", parameter=name, status=error.status_code)
        return True


def refused(error: APIStatusError, sent: Mapping[str, Any]) -> str:
    """Return the parameter that a refusal names, empty where it names none that can be left out."""
    optional = _sent_names(sent) & (DISTINCT | COMMON)
    root = re.split(r"[.\[]", str(error.param or ""))[0]
    if root:
        return root if root in optional else ""
    said = f"{error.message} {json.dumps(error.body, default=str)}"
    if "include" in optional and _NO_ENCRYPTED.search(said):
        return "include"
    found = [(match.start(), name) for name in optional if (match := _pattern(name).search(said))]
    return min(found)[1] if found else ""


def _sent_names(sent: Mapping[str, Any]) -> set[str]:
    given = {name: value for name, value in sent.items() if not isinstance(value, Omit | NotGiven)}
    return {name for name, value in given.items() if value not in (None, [])}


def _pattern(name: str) -> re.Pattern[str]:
    if name in DISTINCT:
        return re.compile(rf"(?<![\w.]){name}(?!\w)|\bbody\.{name}\b")
    return re.compile(rf"[\"'`.]{name}[\"'`.\[]|\b(?:body|request)\.{name}\b")
