"""Reads the kinds of files that knowledge may have: Markdown, HTML, PDF and plain text, through their libraries."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from io import BytesIO

from bot.desk.knowledge.passages import Part, parts_of_markdown

LONGEST_PARAGRAPHS = 1_200
"""Characters of a plain text that stand under no heading: so much is one passage."""

_UNSEEN = ("script", "style", "template", "iframe", "svg", "nav", "noscript", "head")
_BROKEN_WORD = re.compile(r"(?<=[a-zß-ÿ])-\n(?=[a-zß-ÿ])")
_LINE_END = re.compile(r"(?<=\S)[ \t]*\n(?=\S)")


class Unreadable(ValueError):
    """A file that cannot be read; the text says what to do."""


def from_markdown(raw: bytes) -> Sequence[Part]:
    """Return the sections."""
    return list(parts_of_markdown(raw.decode("utf-8-sig")))


def from_text(raw: bytes) -> Sequence[Part]:
    """Return the paragraphs, as many together as a passage has room for."""
    groups: list[str] = []
    for paragraph in re.split(r"\n\s*\n", raw.decode("utf-8-sig").replace("\r\n", "\n")):
        if groups and len(groups[-1]) + len(paragraph) < LONGEST_PARAGRAPHS:
            groups[-1] += f"\n\n{paragraph.strip()}"
        elif paragraph.strip():
            groups.append(paragraph.strip())
    return [Part(text, anchor=f"part-{number}" if number > 1 else "") for number, text in enumerate(groups, 1)]


def from_html(raw: bytes) -> Sequence[Part]:
    """Return the page's sections, under its own title where no heading has one.

    Raises:
        Unreadable: it is broken, or nested too deeply.
    """
    from bs4 import BeautifulSoup, ParserRejectedMarkup  # 0.1 s, for desks that have such a file
    from markdownify import MarkdownConverter

    try:
        page = BeautifulSoup(raw, "html.parser")
        title = page.title.get_text(" ", strip=True) if page.title else ""
        for unseen in page.find_all(_UNSEEN):
            unseen.decompose()
        text = MarkdownConverter(heading_style="ATX", strip=["img"]).convert_soup(page)
    except (ParserRejectedMarkup, RecursionError) as error:
        raise Unreadable("save it as simpler HTML, or as Markdown") from error
    return [part if part.title else replace(part, title=title) for part in parts_of_markdown(text)]


def from_pdf(raw: bytes) -> Sequence[Part]:
    """Return the pages that have text, under the document's title.

    Raises:
        Unreadable: it is encrypted, or broken.
    """
    try:
        pages, title = _pages_and_title(raw)
    except Unreadable:
        raise
    except Exception as error:  # a broken file makes the library raise anything
        raise Unreadable("save it as a PDF once more") from error
    if len(pages) == 1:
        return [Part(text, title=title) for text in pages if text]
    numbered = [(number, text) for number, text in enumerate(pages, 1) if text]
    return [Part(text, f"page {number}", title, _page_anchor(number)) for number, text in numbered]


def _pages_and_title(raw: bytes) -> tuple[list[str], str]:
    from pypdf import PdfReader

    reader = PdfReader(BytesIO(raw))
    if reader.is_encrypted and not reader.decrypt(""):
        raise Unreadable("save it without a password")
    pages = [_flowing(page.extract_text()) for page in reader.pages]
    title = reader.metadata.title if reader.metadata else None
    return pages, str(title or "").strip()


def _page_anchor(number: int) -> str:
    """Return what leads to a page; the first one is where the document begins."""
    return f"page={number}" if number > 1 else ""


READERS: Mapping[str, Callable[[bytes], Sequence[Part]]] = {
    ".md": from_markdown,
    ".html": from_html,
    ".txt": from_text,
    ".pdf": from_pdf,
}
"""Ending of a name → what reads such a file."""


def _flowing(text: str) -> str:
    """A page's lines end where the paper does, not the sentence."""
    whole = _BROKEN_WORD.sub("", text.replace("\r\n", "\n").replace("\0", ""))
    return _LINE_END.sub(" ", whole).strip()
