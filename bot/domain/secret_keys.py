"""Keys that encrypt what is secret in the store: 32 bytes, written in base64."""

import base64
import binascii
import secrets

KEY_BYTES = 32
_STANDARD = str.maketrans("-_", "+/")
_URL_SAFE = str.maketrans("+/", "-_")


def new_key() -> str:
    """Return a key that nobody has."""
    return base64.urlsafe_b64encode(secrets.token_bytes(KEY_BYTES)).decode()


def is_key(text: str) -> bool:
    """Return whether the text is 32 bytes in base64, in either of its alphabets."""
    try:
        return len(base64.b64decode(text.translate(_STANDARD), validate=True)) == KEY_BYTES
    except (binascii.Error, ValueError):
        return False


def url_safe(key: str) -> str:
    """Return a key in the alphabet that is safe in addresses."""
    return key.translate(_URL_SAFE)
