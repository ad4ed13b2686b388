"""Encrypts what the store keeps of an installation, bound to its name: https://cryptography.io/en/latest/fernet/."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from bot.domain.errors import SignedOut
from bot.domain.secret_keys import url_safe

VARIABLE = "FRONTDESK_SECRET_KEY"


class Seal:
    """Encrypts with the first key, and opens what any of them has encrypted.

    Args:
        keys: 32 bytes each, base64; two while they are rotated, the new one first.
    """

    def __init__(self, keys: Sequence[str]) -> None:
        # Six megabytes that a single workspace does not need.
        from cryptography.fernet import Fernet, InvalidToken, MultiFernet

        self._unopened = InvalidToken
        fernets = [Fernet(url_safe(key)) for key in keys]
        self._newest = fernets[0]
        self._all = MultiFernet(fernets)

    def close(self, name: str, record: Mapping[str, Any]) -> str:
        """Return the record, encrypted."""
        return self._newest.encrypt(json.dumps({"name": name, "record": record}).encode()).decode()

    def open(self, name: str, sealed: str) -> Mapping[str, Any]:
        """Return the record.

        Raises:
            SignedOut: none of the keys opens it, or it was put here from under another name.
        """
        try:
            opened = json.loads(self._all.decrypt(sealed))
        except self._unopened:
            raise SignedOut(f"{VARIABLE}: none of the keys opens the installation {name}") from None
        if opened["name"] != name:
            raise SignedOut(f"what is kept as installation {name} belongs to {opened['name']}")
        record: Mapping[str, Any] = opened["record"]
        return record

    def is_old(self, sealed: str) -> bool:
        """Return whether the first key does not open it."""
        try:
            self._newest.decrypt(sealed)
        except self._unopened:
            return True
        return False
