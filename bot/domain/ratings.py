"""Names by which customers say what they think: of one answer (a thumb), of a whole conversation (a rating).

An answer is known by a key, and each thumb under it by an opaque value that stands for this answer alone.
"""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass, field
from hashlib import sha256
from hmac import compare_digest, new

CHOICES = {"good": "rating.good", "bad": "rating.bad"}
"""What a rating is stored as, and the sentence that its button says."""
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


LINK_SECONDS = 30 * 86_400.0
"""A link to rate is good for so long."""
SCORES = ("good", "bad")
_LINK_PATH = "/rate/"


@dataclass(frozen=True)
class RatingTicket:
    """What a link to rate stands for.

    Args:
        question: key of the question that it answers.
        score: what whoever opens it has chosen so far.
        at: Unix seconds of the question.
    """

    conversation: str
    question: str
    score: str
    at: float


@dataclass(frozen=True)
class RatingLinks:
    """Makes and reads the signed links by which a ticket's customer rates the help.

    Args:
        base: our https address as customers reach it.
        key: all processes of an installation have the same, and keep it.
    """

    base: str
    key: bytes = field(repr=False)

    def link(self, ticket: RatingTicket) -> str:
        """Return the address of the page on which this rating can be given."""
        said = [ticket.conversation, ticket.question, ticket.score, int(ticket.at)]
        text = urlsafe_b64encode(json.dumps(said, separators=(",", ":")).encode()).decode().rstrip("=")
        return f"{self.base.rstrip('/')}{_LINK_PATH}{text}.{self._seal(text)}"

    def read(self, token: str) -> RatingTicket | None:
        """Return what a token stands for, None for one that we have not made."""
        text, _, seal = token.partition(".")
        if not compare_digest(seal.encode("utf-8", "replace"), self._seal(text).encode()):
            return None
        conversation, question, score, at = json.loads(urlsafe_b64decode(text + "=" * (-len(text) % 4)))
        return RatingTicket(conversation, question, score, float(at))

    def _seal(self, text: str) -> str:
        sealed = new(self.key, b"frontdesk rating\0" + text.encode("utf-8", "replace"), sha256).digest()
        return urlsafe_b64encode(sealed).decode().rstrip("=")


def question_key(cause: str) -> str:
    """Return the key of a question that was asked for this cause."""
    return sha256(f"rating\0{cause}".encode()).hexdigest()[:_KEY]


def rating_value(cause: str, score: str) -> str:
    """Return the opaque value of the button, or the link, that answers a question with this score."""
    return sha256(f"{cause}\0{score}".encode()).hexdigest()[:_VALUE]
