"""Turns a mail's HTML into text that marks quotations and signatures as plain mail does.

Zendesk's plain body loses the marks: a `<blockquote>` becomes text like any other, and where it ends nobody can tell.
What is read here is used to tell whose words are whose, never shown as HTML.
"""

import re
from collections.abc import Mapping
from html.parser import HTMLParser

_LONGEST = 300_000
_BLOCKS = frozenset(
    {
        *("p", "div", "li", "tr", "table", "ul", "ol", "dd", "dt", "pre", "hr", "blockquote", "section", "article"),
        *("h1", "h2", "h3", "h4", "h5", "h6"),
    }
)
_HIDDEN = frozenset({"script", "style", "head", "title"})
_VOID = frozenset(["br", "hr", "img", "input", "meta", "link", "col", "area", "base", "wbr", "source"])
_QUOTED = re.compile(
    r"<blockquote|gmail_quote|divRplyFwdMsg|appendonsend|moz-cite-prefix|yahoo_quoted|border-top:\s?solid"
)
_HEADED = re.compile(r"border:\s?none;\s?border-top:\s?solid", re.IGNORECASE)  # Outlook's line above its headers
_HEADERS_BELOW = frozenset({"divRplyFwdMsg", "appendonsend"})
_INDENTED = re.compile(r"margin:\s?0(?:px)? 0(?:px)? 0(?:px)? 40px;\s?border:\s?none", re.IGNORECASE)  # Gmail's indent
_SIGNATURE = re.compile(
    r"gmail_signature(?!_prefix)|moz-signature|ms-outlook-mobile-signature|protonmail_signature_block"
)
_SPACES = re.compile(r"[ \t\r\n\f]+")
_BLANKS = re.compile(r"\n{3,}")
_RULE = "_" * 32
_SIGNED = "-- "


def marked_text(html: str) -> str:
    """Return the text with `> ` before what is quoted, empty where the HTML quotes nothing."""
    if len(html) > _LONGEST or not _QUOTED.search(html):
        return ""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    return _BLANKS.sub("\n\n", "\n".join(reader.finished())).strip("\n")


def _begins_headers(attributes: Mapping[str, str]) -> bool:
    """Return whether Outlook sets the headers of the mail that is answered here."""
    return _HEADED.search(attributes.get("style", "")) is not None or attributes.get("id") in _HEADERS_BELOW


def _begins_signature(attributes: Mapping[str, str]) -> bool:
    return _SIGNATURE.search(f"{attributes.get('class', '')} {attributes.get('id', '')}") is not None


def _is_indent(attributes: Mapping[str, str]) -> bool:
    return _INDENTED.search(attributes.get("style", "")) is not None


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._lines: list[str] = []
        self._line = ""
        self._depth = 0
        self._hidden = 0
        self._open: list[tuple[str, bool]] = []

    def finished(self) -> list[str]:
        """Return the lines."""
        self._break()
        return self._lines

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Begin a line at a block; go one deeper at a quotation."""
        attributes = {name: value or "" for name, value in attrs}
        if tag in _BLOCKS or tag == "br":
            self._break(keep_blank=tag == "br")

        if _begins_headers(attributes):
            self._lines.append(_RULE)
        if _begins_signature(attributes) and not self._depth:
            self._break()
            self._lines.append(_SIGNED)

        if tag not in _VOID:
            self._enter(tag, is_quote=tag == "blockquote" and not _is_indent(attributes))

    def handle_endtag(self, tag: str) -> None:
        """End what was begun, and whatever was forgotten inside it."""
        if tag in _BLOCKS:
            self._break()
        if not any(name == tag for name, _ in self._open):
            return
        while self._open:
            name, was_quote = self._open.pop()
            self._depth -= was_quote
            self._hidden -= name in _HIDDEN
            if name == tag:
                break
        if tag in {"p", "blockquote"} and self._lines and self._lines[-1].strip("> "):
            self._lines.append("")

    def handle_data(self, data: str) -> None:
        """Add to the line."""
        if not self._hidden:
            self._line += _SPACES.sub(" ", data)

    def _enter(self, tag: str, *, is_quote: bool) -> None:
        self._open.append((tag, is_quote))
        self._depth += is_quote
        self._hidden += tag in _HIDDEN

    def _break(self, *, keep_blank: bool = False) -> None:
        line = self._line.strip()
        if line or (keep_blank and self._lines):
            self._lines.append(("> " * self._depth + line).rstrip() if self._depth else line)
        self._line = ""
