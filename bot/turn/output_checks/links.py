"""Allows only links to sources that were looked up and to the desk's own domains. Pure.

Any other one may be an attacker's, put into the model's mouth by a text it has read; its words stay, its address goes.
"""

import json
import re
from collections.abc import Collection, Iterable
from contextlib import suppress
from urllib.parse import urlsplit

REMOVED = "[link removed]"

_MARKDOWN = re.compile(
    r"!?\[([^\[\]\n]*)\]\(\s*<?([^\s<>()]*(?:\([^\s<>()]*\)[^\s<>()]*)*)>?(?:\s+[\"'][^\"'\n]*[\"'])?\s*\)"
)
_ADDRESS = re.compile(
    r"\b[a-z][a-z0-9+.-]{1,20}://[^\s<>\"'|]+"  # with any scheme
    r"|\b(?:javascript|data|vbscript):[^\s<>\"'|)]+"
    r"|(?<![\w@./-])www\.[^\s<>\"'|]+"
    r"|(?<![\w@./-])(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,24}(?::\d+)?/[^\s<>\"'|]*",  # host with a path
    re.IGNORECASE,
)
_SIGN = re.compile(r"[:/]|www\.", re.IGNORECASE)
"""What has to stand in a text so that there can be an address."""
_AFTER = ".,;:!?*_~`…"
_ODD = re.compile(r"[\\\x00-\x20\x7f]")


def without_foreign_links(text: str, domains: Collection[str], cited: Collection[str]) -> str:
    """Return the text with every link taken out that leads neither to a domain nor to a cited address.

    Args:
        domains: `acme.com` also stands for every host under it.
        cited: whole addresses.
    """

    def may_stay(address: str) -> bool:
        return _bare(address) in cited or _is_under(address, domains)

    def label_or_link(match: re.Match[str]) -> str:
        return match[0] if may_stay(match[2]) else match[1]

    def address_or_mark(match: re.Match[str]) -> str:
        address, after = _split_end(match[0])
        return match[0] if may_stay(address) else REMOVED + after

    if "](" in text:
        text = _MARKDOWN.sub(label_or_link, text)
    return _ADDRESS.sub(address_or_mark, text) if _SIGN.search(text) else text


def cited_in(results: Iterable[str]) -> frozenset[str]:
    """Return the addresses of the articles that results of the knowledge search hold."""
    found: set[str] = set()
    for result in results:
        with suppress(ValueError):
            read = json.loads(result)
            passages = read.get("passages") if isinstance(read, dict) else None
            found |= {str(each.get("source", "")) for each in passages or () if isinstance(each, dict)}
    return frozenset(_bare(source) for source in found if "://" in source)


def _bare(address: str) -> str:
    return address.partition("#")[0].rstrip("/")


def _is_under(address: str, domains: Collection[str]) -> bool:
    """What browsers and Python read differently (a backslash, a user before the host) leads nowhere of ours."""
    try:
        parts = urlsplit(address if "://" in address else f"https://{address}")
        host = (parts.hostname or "").rstrip(".")
    except ValueError:
        return False
    if parts.scheme.lower() not in {"http", "https"} or "@" in parts.netloc or _ODD.search(address):
        return False
    return any(host == domain.lower() or host.endswith(f".{domain.lower()}") for domain in domains)


def _split_end(address: str) -> tuple[str, str]:
    """Marks at the end belong to the sentence, and so does a bracket that was opened before."""
    end = len(address)
    while end and (
        address[end - 1] in _AFTER
        or (address[end - 1] in ")]}" and address.count(")", 0, end) > address.count("(", 0, end))
        or address[end - 1] in "]}"
    ):
        end -= 1
    return address[:end], address[end:]
