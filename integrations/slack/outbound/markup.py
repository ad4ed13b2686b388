"""Converts Slack's markup to plain text and our Markdown to safe Slack markup.

https://docs.slack.dev/messaging/formatting-message-text
"""

import re
from collections.abc import Callable, Sequence
from functools import lru_cache
from html import unescape
from urllib.parse import urlsplit

from bot.domain.effects import Moment

MARKDOWN_LIMIT = 12_000
"""https://docs.slack.dev/reference/methods/chat.postMessage (`markdown_text`)."""

_TOKEN = re.compile(r"<([^<>]*)>")
_BLANK_LINES = re.compile(r"\A(?:[^\S\n]*\n)+")
_EMOJI = r"[^\s:<>]{1,100}:"
_LINK = re.compile(r"!?\[([^\[\]\n]*)\]\(\s*<?([^\s<>()]+(?:\([^\s<>()]*\)[^\s<>()]*)*)>?(?:\s+\"[^\"\n]*\")?\s*\)")
_AUTOLINK = re.compile(r"<(https?://[^\s<>|]+)>", re.IGNORECASE)
_QUOTE = re.compile(r"^[ \t]{0,3}(?:>[ \t]?)+")
_CODE = re.compile(r"(```.*?(?:```|\Z)|`[^`\n]+`)", re.DOTALL)
_BREAKS = ("\n\n", "\n", ". ", " ")


def plain(text: str, bot_user: str = "") -> str:
    """Return a line as a person reads it: tokens resolved, entities decoded, the mention of the bot removed.

    All else stays as it was written: the white space in somebody's code is part of what they show.
    """
    if bot_user and "<@" in text:
        text = _address(bot_user).sub("", text)
    if "<" in text:
        text = _TOKEN.sub(lambda match: _resolve(match[1]), text)
    if "&" in text:
        text = text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
    text = _BLANK_LINES.sub("", text).rstrip()
    return text if "\n" in text else text.lstrip()


@lru_cache(maxsize=64)
def _address(user: str) -> re.Pattern[str]:
    """Return the pattern of addressing `user`: first with the mark behind it, elsewhere with the space before it.

    The colon of an emoji (`:tada:`) that stands straight behind the mention is no such mark.
    """
    name = rf"<@{re.escape(user)}(?:\|[^<>]*)?>"
    return re.compile(rf"\A\s*(?:{name}[ \t]*)+(?:,|:(?!{_EMOJI}))?[ \t]*|[ \t]?{name}")


def mentions(text: str, user: str) -> bool:
    """Return whether the raw line addresses `user`."""
    return bool(user) and (f"<@{user}>" in text or f"<@{user}|" in text)


def _resolve(token: str) -> str:
    target, _, label = token.partition("|")
    match target[:1]:
        case "@":
            return "@" + (label or target[1:])
        case "#":
            return "#" + (label or target[1:])
        case "!":
            return _resolve_special(target[1:], label)
        case _:
            return _resolve_link(target, label)


def _resolve_special(target: str, label: str) -> str:
    name, _, rest = target.partition("^")
    if name == "date":
        return label or rest
    if name == "subteam":
        return "@" + (label or rest).removeprefix("@")
    return "@" + (label or name).removeprefix("@")


def _resolve_link(target: str, label: str) -> str:
    for scheme in ("mailto:", "tel:"):
        if target.startswith(scheme):
            address = target.removeprefix(scheme)
            return address if label in {"", address} else f"{label} ({address})"
    bare = target.partition("://")[2]
    return target if label in {"", target, bare, bare.rstrip("/")} else f"{label} ({target})"


def markdown(text: str) -> str:
    """Return standard Markdown in which Slack finds no mention, no channel and no link but http(s).

    Markdown surfaces parse `<!channel>`, `<@U…>` and `<url|label>` too, so `<` and `>` go out as entities; `&` stays,
    as escaping it breaks the query part of links. A `>` that opens a line is a quotation and stays.
    """
    text = _AUTOLINK.sub(r"\1", _LINK.sub(_keep_web_link, text))
    if "<" not in text and ">" not in text:
        return text
    return "\n".join(_escape_line(line) for line in text.split("\n"))


def _keep_web_link(match: re.Match[str]) -> str:
    label, url = match[1], match[2]
    return f"[{label}]({url})" if is_web_address(url) else label


def is_web_address(url: str) -> bool:
    """Return whether `url` is an absolute http(s) address."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme.lower() in {"http", "https"} and bool(parts.netloc)


def _escape_line(line: str) -> str:
    quote = _QUOTE.match(line)
    start = quote.end() if quote else 0
    return line[:start] + line[start:].replace("<", "&lt;").replace(">", "&gt;")


def dated(text: str, moments: Sequence[Moment]) -> str:
    """Return a text in Slack's markup whose points of time each reader sees in their own zone and language.

    Who cannot reads the words that stood there: https://docs.slack.dev/messaging/formatting-message-text#date-formatting.
    """
    for moment in moments:
        token = f"<!date^{moment.at:.0f}^{{date_short_pretty}}{moment.joint}{{time}}|{moment.phrase}>"
        text = text.replace(moment.phrase, token)
    return text


def mrkdwn(text: str) -> str:
    """Return standard Markdown as Slack's own markup, for servers without `markdown_text`."""
    text = _AUTOLINK.sub(r"\1", text)
    pieces = _CODE.split(text)
    return "".join(escape(piece) if odd % 2 else _mrkdwn_prose(piece) for odd, piece in enumerate(pieces))


def escape(text: str) -> str:
    """Return text in which Slack's markup finds no token."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


_BOLD_MARK = "\ue000"
_PROSE: tuple[tuple[re.Pattern[str], str | Callable[[re.Match[str]], str]], ...] = (
    (re.compile(r"^#{1,6}[ \t]+(.+?)[ \t]*#*$", re.MULTILINE), rf"{_BOLD_MARK}\1{_BOLD_MARK}"),
    (re.compile(r"\*\*(\S(?:.*?\S)?)\*\*"), rf"{_BOLD_MARK}\1{_BOLD_MARK}"),
    (re.compile(r"(?<!\w)__(\S(?:.*?\S)?)__(?!\w)"), rf"{_BOLD_MARK}\1{_BOLD_MARK}"),
    (re.compile(r"^([ \t]*)[*+-][ \t]+", re.MULTILINE), r"\1• "),
    (re.compile(r"(?<![*\w])\*(\S(?:[^*\n]*\S)?)\*(?![*\w])"), r"_\1_"),
    (re.compile(r"~~(\S(?:.*?\S)?)~~"), r"~\1~"),
    (re.compile(rf"{_BOLD_MARK}{{1,2}}"), "*"),
)


def _mrkdwn_prose(text: str) -> str:
    text = escape(text.replace(_BOLD_MARK, ""))
    text = _LINK.sub(_mrkdwn_link, text)
    for pattern, replacement in _PROSE:
        text = pattern.sub(replacement, text)
    return text


def _mrkdwn_link(match: re.Match[str]) -> str:
    label, url = match[1], match[2]
    if not is_web_address(unescape(url)):
        return label
    return f"<{url.replace('|', '%7C')}|{label.replace('|', '/')}>" if label else url


def split(text: str, limit: int = MARKDOWN_LIMIT) -> list[str]:
    """Return the text in parts of at most `limit` characters, cut between paragraphs where that is possible.

    A code fence that is cut is closed in the one part and opened again in the next.
    """
    room = limit - 8
    parts: list[str] = []
    rest = text.strip()
    while len(rest) > limit:
        cut = _place_to_cut(rest, room)
        head, rest = rest[:cut].rstrip(), rest[cut:].lstrip("\n ")
        if head.count("```") % 2:
            head, rest = f"{head}\n```", f"```\n{rest}"
        parts.append(head)
    return [*parts, rest]


def _place_to_cut(text: str, room: int) -> int:
    for separator in _BREAKS:
        place = text.rfind(separator, room // 4, room)
        if place > 0:
            return place + len(separator)
    entity = text.rfind("&", room - 5, room)  # an entity is never torn
    return entity if entity > 0 else room
