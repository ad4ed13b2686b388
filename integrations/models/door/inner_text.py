"""Strips thoughts, template tokens, invented turns and citation marks from a model's text.

Seen with real servers: https://github.com/vllm-project/vllm/issues/31045
https://github.com/NVIDIA/TensorRT-LLM/issues/9256 https://github.com/pytorch/torchchat/issues/459
https://github.com/jundot/omlx/issues/1087 https://github.com/Stack-Cairn/LiveAgent/issues/625
"""

import re
from dataclasses import dataclass

from integrations.models.door.offered_tools import Call, Offered
from integrations.models.door.written_calls import MARK, written_calls

_THOUGHTS = (
    "think(?:ing)?|thoughts?|reason(?:ing)?|reflect(?:ion)?|analysis|scratch_?pad|(?:inner_?)?monologue|internal(?:_thoughts?)?"
    "|cot|chain_of_thought|deliberation|ant_?thinking|plan(?:ning)?|longcat_think"
)
_RESULTS = r"(?:tool|function)(?:_call)?_?(?:response|result|output)s?|observations?"
"""What tools return is written by nobody but us: a small model invents it, and often says nothing else."""

_TOKENS = "begin_of_thought|START_THINKING|(?:start_of_)?think(?:ing)?(?:_start)?|thought(?:_start)?"
_TOKENS_END = "end_of_thought|END_THINKING|/think(?:ing)?|(?:end_of_)?think(?:ing)?_end|end_of_thinking|thought_end"
_OPEN = (
    rf"<\s*(?:\w+:)?(?:{_THOUGHTS}|{_RESULTS})(?:\s[^<>]*)?>|<\|(?:{_RESULTS})\|?>|\[TOOL_RESULTS\]|\[THINK\]|◁think▷|<\|(?:{_TOKENS})\|>|<unused94>"
    r"|<\|channel>\s*thought|<details\s+type=.?reasoning[^>]*>|```(?:think(?:ing)?|thoughts?|reasoning)\n"
)
_CLOSE = (
    rf"<\s*/\s*(?:\w+:)?(?:{_THOUGHTS}|{_RESULTS})\s*>|<\|?/(?:{_RESULTS})\|>|\[/TOOL_RESULTS\]|\[/THINK\]|◁/think▷|<\|(?:{_TOKENS_END})\|>"
    r"|<unused95>|<channel\|>|</details>"
)
_PAIR = re.compile(rf"(?:{_OPEN})(?:(?!{_OPEN}|{_CLOSE}).)*(?:{_CLOSE}|\n```(?:\n|$))", re.DOTALL | re.IGNORECASE)
_OPENED = re.compile(_OPEN, re.IGNORECASE)
_CLOSED = re.compile(_CLOSE, re.IGNORECASE)
_EMPTY = re.compile(rf"<\s*(?:{_THOUGHTS})\s*/\s*>", re.IGNORECASE)

_SEGMENT = re.compile(
    r"(?P<role>(?:<\|start\|>)?[^<\n]*)<\|channel\|>(?P<head>[^<]*(?:<\|constrain\|>[^<]*)?)<\|message\|>"
    r"(?P<body>.*?)(?:<\|end\|>|<\|return\|>|<\|call\|>|(?=<\|start\|>)|(?=<\|channel\|>)|\Z)",
    re.DOTALL,
)
_TO = re.compile(r"\bto=([\w.-]+)")
_WORN_CHANNEL = re.compile(r"\A\s*(?:analysis|commentary)(?=[A-Z\s<|]).*?assistant\s*final", re.DOTALL)
_MUSES = r"(?:thoughts?|thinking|thought process|chain of thought|inner monologue)"
_HEADS = r"(?:#{1,4}[ \t]*|\*\*)"
_WORN_THOUGHT = re.compile(
    rf"\A\s*(?:analysis(?=[A-Z])|(?i:{_HEADS}?{_MUSES}(?:\*\*)?[ \t]*:|{_HEADS}{_MUSES}(?:\*\*)?[ \t]*\n"
    r"|here(?: is|'s) my (?:thought process|thinking|reasoning)[ \t]*:))"
)
_LABELLED = re.compile(rf"\A\s*{_HEADS}?(?:reasoning|analysis)(?:\*\*)?[ \t]*(?::|\n)", re.IGNORECASE)
"""A label that an answer may begin with too: it is a thought only where an answer is labelled as well."""
_ACTS = re.compile(r"(?mi)^\s*Action\s*:")
_FINALLY = r"(?:final answer|final response|answer|response)"
_FINAL = re.compile(
    rf"^\s*{_HEADS}?{_FINALLY}(?:\*\*)?[ \t]*:(?:\*\*)?\s*|^\s*{_HEADS}{_FINALLY}(?:\*\*)?[ \t]*\n\s*"
    r"|\bhere(?: is|'s) my (?:final )?(?:response|answer)[ \t]*:\s*",
    re.IGNORECASE | re.MULTILINE,
)

_HEAD = re.compile(
    r"\A\s*(?:(?:<\|im_start\|>|<\|start_header_id\|>|<\|start\|>|<start_of_turn>|<\|turn>|<｜Assistant｜>|<\|?assistant\|?>)"
    r"\s*(?:assistant|model)?\s*(?:<\|end_header_id\|>|<\|message\|>|<\|im_sep\|>)?|<s>|<bos>|<\|begin_of_text\|>"
    r"|<｜begin▁of▁sentence｜>|\[/INST\]|<\|endoftext\|>|</s>|<\|im_end\|>\s*(?=<\|im_start\|>\s*assistant))\s*"
)
_END = re.compile(
    r"<\|(?!tool)[\w▁ /-]{1,40}\|>|<｜[^｜<>]{1,40}｜>|</s>|<s>|<eos>|<end_of_turn>|<start_of_turn>|<turn\|>|<\|turn>"
    r"|<\|(?:user|system|assistant)\b[^<>]{0,8}>|\[/?INST\]|<</?SYS>>|<\|[A-Z_]+_TOKEN\|>"
)
_WRAPPED = re.compile(
    r"</?\s*(?:final_answer|final|answer|response|output|reply|solution|cite|co)(?:\s[^<>]*|:[^<>]*)?>"
    r"|<\|(?:begin|end)_of_solution\|>|<\|(?:START|END)_RESPONSE\|>",
    re.IGNORECASE,
)
_CITED = re.compile(
    r"\s?\ue200[^\ue201]*\ue201|\s?\b(?:file)?cite(?:turn\d+[a-z]+\d+)+|\s?【[^】\n]{0,200}(?:†|source)[^】\n]{0,200}】"
    r"|\s?【\d+(?::\d+)?】|\s?:?contentReference\[[^\]]*\](?:\{[^}]*\})?|\s?\[oaicite[^\]]*\](?:\{[^}]*\})?"
    r"|\s?\[\^\d+\^?\]|\s?\[(?:citation|source|ref|doc)[:\s]?\s*\d+\]",
    re.IGNORECASE,
)
_PRIVATE = re.compile("[\ue000-\uf8ff]")

_ASSISTANT = r"assistant|bot|ai|agent|asistente|assistent"
_ROLE = re.compile(
    rf"(?mi)^[ \t]*(?:#+\s*|\*\*|\[|<)?(?P<role>user|human|customer|client|kunde|kundin|nutzer|benutzer|utilisateur"
    rf"|cliente?|usuario|{_ASSISTANT})(?:\*\*)?[\]>]?\s*[:：](?:\*\*)?(?=\s|$)"
    r"|^[ \t]*#{1,4}\s*(?:instruction|system|user|human|customer|input|question)\s*:?[ \t]*$"
)
_ANSWERS = re.compile(rf"\A\W*(?:{_ASSISTANT}|response)\W*\Z", re.IGNORECASE)
_LABEL = re.compile(r"\s*[-*•]?\s*(?:\*\*)?[^\W\d][\w ./-]{0,30}(?:\*\*)?\s*[:：]")


@dataclass(frozen=True)
class Reading:
    """What a model said.

    Args:
        text: for the customer.
        calls: of tools, that it wrote as text.
        wrote: whether it wrote a call, or nothing but data.
        closed: whether it closed a thought that it had not opened: its template opens them, and all before is one.
    """

    text: str
    calls: tuple[Call, ...] = ()
    wrote: bool = False
    closed: bool = False


def read(raw: str, offered: Offered) -> Reading:
    """Return what a whole text says, and does."""
    text, calls = _channels(raw)
    text, closed = _without_thoughts(text)
    written = written_calls(text, offered)
    done = tuple(call for name, given in calls if (call := _called(name, given, offered)))
    said = _said(written.before).strip()
    return Reading(said, (*done, *written.calls), bool(calls) or written.found, closed)


def read_typed(raw: str) -> Reading:
    """Return the JSON of a typed answer, without what stands around it."""
    text, closed = _without_thoughts(_channels(raw)[0])
    said = _cut(_headless(text)).strip()
    fenced = re.fullmatch(r"```\w*\s*\n(.*?)\n?```", said, re.DOTALL)
    return Reading(fenced[1].strip() if fenced else said, closed=closed)


def after_thoughts(raw: str) -> str | None:
    """Return what a text that is still being written says after its thoughts, None while it has closed none."""
    closes = list(_CLOSED.finditer(raw))
    return raw[closes[-1].end() :] if closes else None


def sounds_like_thought(text: str) -> bool:
    """Return whether a model seems to speak to itself: of the customer, not to them."""
    return bool(_MUSING.search(text))


def shown_so_far(raw: str, offered: Offered, *, begins: bool) -> str:
    """Return what may be shown of a text that is still being written.

    Args:
        begins: whether it is the head of the whole text.
    """
    text, _ = _channels(raw)
    text, _ = _without_thoughts(text)
    stops = [match.start() for pattern in (MARK, _ROLE, _DATA) if (match := pattern.search(text))]
    stops += [0] if begins and _CHANNEL.match(text) else []
    if offered.names and (match := offered.names.search(text)):
        stops.append(match.start())
    text = text[: min(stops, default=len(text))]
    said = _said(text[: _sure(text)])
    return said.lstrip() if begins else said


_DATA = re.compile(r"(?m)^\s*[\[{]|```|^\s*(?:Action|Thought)\s*:")
_MUSING = re.compile(
    r"\A\W*(?:okay|ok|alright|all right|hmm+|wait|let me|let's|so,|first,|we|i (?:need|should|have to|must))\b"
    r"|\bthe (?:user|customer)\b"
    r"|\b(?:i|we) (?:need to|should|must|have to) (?:answer|respond|reply|check|call|look)"
    r"|\bder (?:kunde|nutzer|benutzer)\b|\bl'utilisateur\b|\ble client\b|\bel (?:usuario|cliente)\b",
    re.IGNORECASE,
)
_CHANNEL = re.compile(r"\s*(?:analysis\b|commentary\b|(?i:here(?: is|'s)?(?: my\b|\s*\Z)))")
_TAIL = re.compile(r"[<◁【\ue200\[`][^>▷】\ue201\]`\n]{0,300}\Z|(?:^|\n)[^\w\n]{0,4}\w{0,24}\W{0,3}\Z")
_WORD = re.compile(r"\s*\w*\Z")


def _sure(text: str) -> int:
    """How far a text that goes on means what it says: its end may be the beginning of a mark."""
    word = _WORD.search(text)
    end = word.start() if word else len(text)
    while match := _TAIL.search(text, 0, end):
        if match.start() == end:
            break
        end = match.start()
    return end


def _called(name: str, given: str, offered: Offered) -> Call | None:
    found = written_calls(f"{name} {given.strip() or '{}'}", offered).calls
    return found[0] if found else None


def _channels(raw: str) -> tuple[str, list[tuple[str, str]]]:
    """Return what the final channel says, and the calls of the others (OpenAI's harmony)."""
    if "<|channel|>" not in raw:
        return _worn(raw), []
    said: list[str] = []
    calls: list[tuple[str, str]] = []
    segments = list(_SEGMENT.finditer(raw))
    for segment in segments:
        if to := _TO.search(segment["role"] + segment["head"]):
            calls.append((to[1], segment["body"]))
        elif "final" in segment["head"]:
            said.append(segment["body"])
    if not said and not calls and (not segments or segments[0].start()):
        said.append(raw[: raw.index("<|")])
    return "\n".join(said), calls


def _worn(raw: str) -> str:
    """Return what is left of channels whose tokens a server has taken out, and of a thought that is only labelled."""
    if worn := _WORN_CHANNEL.match(raw):
        return raw[worn.end() :].lstrip()
    if not (_WORN_THOUGHT.match(raw) or _LABELLED.match(raw)):
        return raw
    if final := _FINAL.search(raw):
        return raw[final.end() :]
    if not _WORN_THOUGHT.match(raw):
        return raw
    acts = _ACTS.search(raw)
    return raw[acts.start() :] if acts else ""


def _without_thoughts(text: str) -> tuple[str, bool]:
    text = _EMPTY.sub("", text)
    while (shorter := _PAIR.sub("", text)) != text:
        text = shorter
    closes = list(_CLOSED.finditer(text))
    if closes:
        text = text[closes[-1].end() :]
    if opened := _OPENED.search(text):
        text = text[: opened.start()]
    return text, bool(closes)


def _said(text: str) -> str:
    text = _cut(_headless(_WRAPPED.sub("", text)))
    return _PRIVATE.sub("", _CITED.sub("", _own_turn(text)))


def _headless(text: str) -> str:
    while match := _HEAD.match(text):
        text = text[match.end() :]
    return text


def _cut(text: str) -> str:
    """Up to the first token that ends a turn: what follows is nobody's answer."""
    end = _END.search(text)
    return text[: end.start()] if end else text


def _own_turn(text: str) -> str:
    """Leave out where the model begins to speak for the customer; a label of its own at the head goes too."""
    start = 0
    for match in _ROLE.finditer(text):
        is_own = bool(_ANSWERS.match(match[0]))
        if not text[start : match.start()].strip():
            start = match.end() if is_own else start
            if not is_own and (answer := _next_answer(text, match.end())):
                start = answer
        elif match.start() >= start and (is_own or _is_turn(text, match)):
            return text[start : match.start()]
    return text[start:]


def _next_answer(text: str, at: int) -> int:
    return next((match.end() for match in _ROLE.finditer(text, at) if _ANSWERS.match(match[0])), 0)


def _is_turn(text: str, match: re.Match[str]) -> bool:
    """A line such as `Customer: Sarah Chen` in a list of facts is none."""
    before = text[: match.start()].rstrip(" \t").rsplit("\n", 2)
    lines = [line for line in before if line.strip()]
    after = next((line for line in text[match.end() :].splitlines()[1:] if line.strip()), "")
    return not any(_LABEL.match(line) and not _ROLE.match(line) for line in (*lines[-1:], after))
