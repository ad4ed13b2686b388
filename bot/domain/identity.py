"""One-time codes: how an author whom no vendor vouches for proves who they are."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from hmac import compare_digest
from typing import Any

from bot.domain.ids import AuthorId

CODE_SECONDS = 600.0
"""How long a code counts."""
MOST_TRIES = 5
"""Wrong codes after which a code is spent."""
MOST_CODES = 3
"""Codes for one author in one conversation; after that people see to it."""
ADDRESS_SECONDS = 3_600.0
"""How long an address that somebody writes is taken as the answer to our asking for it."""


@dataclass(frozen=True)
class Proof:
    """Where one author stands; a conversation has at most one for each.

    Args:
        author: id of the author; a code in anybody else's line is no code.
        customer: the desk's id of the customer whose address was given; empty where there is none.
        lock: what tells the right code, never the code itself; empty while the address is awaited.
        at: Unix seconds of the last step: asked, sent, or proven.
        tries: wrong codes so far.
        codes: codes asked for so far.
        is_proven: whether the author counts as that customer.
        question: what the author wanted to know before we asked who they are.
        address: digest of the address that was given, on file or not.
        sending: id of the effect that sends the code; empty where an older version asked for it.
        more: fields of a newer version, kept as they were read.
    """

    author: AuthorId
    customer: str = ""
    lock: str = ""
    at: float = 0.0
    tries: int = 0
    codes: int = 0
    is_proven: bool = False
    question: str = ""
    address: str = ""
    sending: str = ""
    more: Mapping[str, Any] = field(default_factory=dict, compare=False)

    def awaits_code(self, now: float) -> bool:
        """Return whether a code that is written now may be the right one.

        Args:
            now: Unix seconds.
        """
        return bool(self.lock) and not self.is_proven and self.tries < MOST_TRIES and now - self.at <= CODE_SECONDS

    def awaits_address(self, now: float) -> bool:
        """Return whether an address that is written now is meant for us.

        Args:
            now: Unix seconds.
        """
        return not self.is_proven and now - self.at <= ADDRESS_SECONDS


def digest_of(address: str) -> str:
    """Return what stands for an address where it is counted: the address itself is nobody's to keep."""
    return sha256(address.strip().lower().encode()).hexdigest()[:32]


def new_code() -> str:
    """Return six digits that nobody can guess."""
    return f"{secrets.randbelow(10**6):06}"


def locked(author: str, code: str) -> str:
    """Return what `opens` compares a code with; the code cannot be read off it without trying them all."""
    salt = secrets.token_hex(16)
    return f"{salt}:{_digest(salt, author, code)}"


def opens(proof: Proof, code: str) -> bool:
    """Return whether it is the right code; in the same time for a wrong one, and never for an unknown address."""
    salt, _, digest = proof.lock.partition(":")
    is_right = compare_digest(_digest(salt, proof.author, code), digest)
    return is_right and bool(proof.customer)


def _digest(salt: str, author: str, code: str) -> str:
    return sha256(f"{salt}:{author}:{code}".encode()).hexdigest()
