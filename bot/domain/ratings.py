"""Names by which customers say what they think: of one answer (a thumb), of a whole conversation (a rating).

An answer is known by a key, and each thumb under it by an opaque value that stands for this answer alone.
"""

from hashlib import sha256

RATING_BUTTON = "frontdesk_rating"
FEEDBACK_BUTTON = "frontdesk_feedback"
UP, DOWN = "up", "down"
SIGNS = (UP, DOWN)
"""In the order in which the two buttons stand."""
_KEY, _VALUE = 12, 24


def answer_key(reply_id: str) -> str:
    """Return the key of the answer that an effect carries out."""
    return sha256(reply_id.encode()).hexdigest()[:_KEY]


def thumb_value(answer: str, sign: str) -> str:
    """Return the opaque value of one of an answer's two buttons."""
    return sha256(f"{answer}\0{sign}".encode()).hexdigest()[:_VALUE]
