"""Help Center articles, as the desk's knowledge takes them in."""

from dataclasses import dataclass
from typing import Protocol

PUBLIC = "public"
"""Who everybody is, verified or not."""
SIGNED_IN = "verified"
"""Every customer whose identity is proven."""
STAFF = "staff"
"""Our own people, who are never customers."""
EVERYBODY = frozenset({PUBLIC})


@dataclass(frozen=True)
class Article:
    """A published article in one language.

    Args:
        id: the vendor's, the same for all its languages.
        text: Markdown.
        link: where customers read it.
        locale: such as `en-us`.
        audience: who may read it: `public`, `verified`, or organisations by name.
        updated: the day of its last change, empty where it is not known.
    """

    id: str
    title: str
    text: str
    link: str
    locale: str
    audience: frozenset[str] = EVERYBODY
    updated: str = ""


@dataclass(frozen=True)
class ArticlePage:
    """A part of a listing.

    Args:
        ids: every article the part tells about, those that customers must not see included.
        articles: those that customers, or some of them, may see, in each of their languages.
        following: where the listing goes on, empty at its end.
        until: Unix seconds up to which changes are told; 0 for a listing of everything.
    """

    ids: tuple[str, ...]
    articles: tuple[Article, ...]
    following: str = ""
    until: int = 0


@dataclass(frozen=True)
class ArticleDraft:
    """An article that nobody may read before a person publishes it.

    Args:
        mark: what it is found again by, so that it is written once.
        question: what it is about, as customers ask; near which articles it belongs.
        html: its body.
        language: two letters, empty where it is not known.
    """

    mark: str
    title: str
    question: str
    html: str
    language: str = ""


class ArticleWriter(Protocol):
    """Where drafts of articles are written; every method raises the `RemoteError` family."""

    async def draft_article(self, draft: ArticleDraft) -> str:
        """Write the draft, or find the one with its mark; return where people open it.

        Raises:
            PermanentFailure: there is no place for it, or the credentials may not write it.
        """


class HelpCenter(Protocol):
    """Where articles are read; every method raises the `RemoteError` family."""

    async def all_articles(self, following: str = "") -> ArticlePage:
        """Return a part of all articles, the first one without `following`."""

    async def changed_articles(self, since: int, following: str = "") -> ArticlePage:
        """Return a part of the articles changed after `since` (Unix seconds); deleted ones are not told."""
