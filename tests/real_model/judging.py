"""Whether what a customer reads is a kind sentence: no data, tags, tokens, calls, names of errors or half answers."""

import re
from collections.abc import Iterable

from tests.real_model.tap import Said

TAIL, SHORTEST_TAIL = 40, 12
"""Characters of a cut answer's end by which it is known again."""

UNKIND = {
    "data": re.compile(r"^\s*[\[{]\s*[\"{\[]|[{,]\s*[\"'“]\w+[\"'”]\s*:|```\s*json|^\s*\{[^}\n]*:", re.MULTILINE),
    "a template's token": re.compile(
        r"<\||\|>|\[/?INST\]|<</?SYS>>|</?s>|<(?:start|end)_of_turn>|▁|\bim_(?:start|end)\b"
    ),
    "a tag": re.compile(r"(?:<|&lt;)/?(?!https?:|mailto:|[@#!])[A-Za-z_][\w:-]*(?:\s[^<>]*)?/?(?:>|&gt;)"),
    "a call": re.compile(
        r"\b(?:transfer_to_\w+|lookup_\w+|track_shipment|search_knowledge|report_bug|escalate_to_human|verify_identity"
        r"|propose_\w+|tool_call\w*|function_call\w*)\b"
    ),
    "an error's name": re.compile(
        r"Traceback \(most recent|\b[A-Z]\w*(?:Error|Exception)\b|\bat 0x[0-9a-f]+|File \"[^\"]+\", line \d"
    ),
    "an invented turn": re.compile(r"^\s*(?:user|assistant|system|customer|human)\s*:", re.MULTILINE | re.IGNORECASE),
    "an inner word": re.compile(r"^\s*(?:thoughts?|reasoning|analysis|observation)\s*:", re.MULTILINE | re.IGNORECASE),
}


def unkind(text: str, asked: str = "") -> list[str]:
    """Return what is wrong with what a customer reads.

    Args:
        asked: their own words; what they named themselves may be named to them.
    """
    found = {what: [match[0] for match in pattern.finditer(text)] for what, pattern in UNKIND.items()}
    return [what for what, matches in found.items() if any(match.strip() not in asked for match in matches)]


def is_half(text: str, said: Iterable[Said]) -> bool:
    """Return whether the text holds the broken-off end of an answer."""
    shown = _plain(text)
    ends = (_plain(each.text)[-TAIL:] for each in said if each.is_cut and not each.is_typed)
    return any(len(end) >= SHORTEST_TAIL and end in shown for end in ends)


def _plain(text: str) -> str:
    return re.sub(r"[\W_]+", " ", text).strip().casefold()
