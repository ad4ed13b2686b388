"""Caches what was learned of the account for five minutes, shared by the worker threads."""

import threading
from typing import Generic, TypeVar

from cachetools import TTLCache

from bot.domain.ports import Clock
from integrations.zendesk.outbound.users import User

KEEP_SECONDS = 300

K = TypeVar("K")
V = TypeVar("V")


class Cache(Generic[K, V]):
    """A dictionary that forgets after five minutes; safe to share between threads."""

    def __init__(self, size: int, clock: Clock) -> None:
        self._entries: TTLCache[K, V] = TTLCache(size, KEEP_SECONDS, clock.now)
        self._lock = threading.Lock()

    def get(self, key: K) -> V | None:
        """Return the entry, None when it is unknown or too old."""
        with self._lock:
            return self._entries.get(key)

    def put(self, key: K, value: V) -> None:
        """Remember the entry from now on."""
        with self._lock:
            self._entries[key] = value


class AccountCache:
    """The account's users, groups and ourselves.

    Attributes:
        me: the bot's own user, None before the first look; it never changes.
        users: by id.
        mailboxes: user id → whether their e-mail address is a verified identity.
        people: what identifies a person to us → their user id.
        groups: all groups by name, under one key.
        brands: what each brand is called, by its id, under one key.
    """

    def __init__(self, clock: Clock) -> None:
        self.me: User | None = None
        self.users: Cache[int, User] = Cache(10_000, clock)
        self.mailboxes: Cache[int, bool] = Cache(10_000, clock)
        self.people: Cache[tuple[str, str], int] = Cache(10_000, clock)
        self.groups: Cache[str, dict[str, int]] = Cache(1, clock)
        self.brands: Cache[str, dict[str, tuple[str, ...]]] = Cache(1, clock)
