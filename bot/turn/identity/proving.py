"""Checks who somebody is by a one-time code, from asking for the address on; no model sees a code.

Whoever is not vouched for by Slack, Zendesk or a `/chat` key writes the address of their account; a code goes to that
address if it is on file, and the words are the same if it is not. The author's next line with six digits is compared
before anything else reads it.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from bot.desk.tools.calls import NOT_VERIFIED
from bot.desk.tools.customer import Customer
from bot.domain.conversation import Conversation
from bot.domain.effects import SendCode
from bot.domain.events import InboundMessage
from bot.domain.identity import MOST_CODES, MOST_TRIES, Proof, digest_of, locked, new_code, opens
from bot.domain.ids import same_person
from bot.domain.transcript import Entry, Role
from bot.mail.own_words import own_words
from bot.turn.agent.runner import Run
from bot.turn.context import Batch, TurnInput
from bot.turn.texts import say

UNPROVEN = "the customer could not prove who they are by one-time code"
PROVEN, REFUSED = "proven", "code refused"
ACCEPTED = "[one-time code accepted]"

_ADDRESS = re.compile(r"[\w.+%-]+@[\w-]+(?:\.[\w-]+)+")
_CODE = re.compile(r"(?<![\w.,])[0-9]{3}[ -]?[0-9]{3}(?![\w]|[.,][0-9])")
_MASK = "••••••"
_FEWEST_WORDS = 3
_LONGEST_ADDRESS = 254


@dataclass(frozen=True)
class CodeTried:
    """The author, who was sent a code, wrote six digits; None for several numbers at once."""

    proof: Proof
    code: str | None


@dataclass(frozen=True)
class AddressGiven:
    """The author wrote the one address that they were asked for."""

    proof: Proof
    email: str


@dataclass(frozen=True)
class Challenge:
    """What the author is told, and the code that has to be sent behind it.

    Args:
        step: as the audit tells it.
    """

    conversation: Conversation
    text: str
    step: str
    after: tuple[SendCode, ...] = ()


def proof_of(conversation: Conversation, author: str) -> Proof | None:
    """Return where the author stands, None where nothing was ever asked."""
    return next((proof for proof in conversation.proofs if same_person(proof.author, author)), None)


def proven(conversation: Conversation, lines: Sequence[InboundMessage], now: float, seconds: float) -> Proof | None:
    """Return the proof that counts for these lines; none does where Zendesk doubts who wrote one of them.

    Args:
        seconds: how long a proof counts.
    """
    proof = proof_of(conversation, lines[0].author.id)
    if proof is None or not proof.is_proven or now - proof.at > seconds:
        return None
    return None if any(line.is_flagged for line in lines) else proof


def answer_to_asking(
    conversation: Conversation, batch: Sequence[InboundMessage], now: float
) -> CodeTried | AddressGiven | None:
    """Return the code or the address that the author was asked for, None where they write about something else."""
    proof = proof_of(conversation, batch[0].author.id)
    if proof is None:
        return None
    words = own_words("\n".join(line.text for line in batch))
    if proof.lock and proof.awaits_address(now) and (codes := _CODE.findall(words)):
        return CodeTried(proof, re.sub(r"\D", "", codes[0]) if len(codes) == 1 else None)
    if proof.awaits_address(now) and (email := _only_address(words)):
        return AddressGiven(proof, email)
    return None


def masked(conversation: Conversation, batch: Sequence[InboundMessage]) -> Sequence[InboundMessage]:
    """Return the lines without what may be a code, where one was sent to their author."""
    proof = proof_of(conversation, batch[0].author.id)
    if proof is None or proof.is_proven or not proof.lock:
        return batch
    return [replace(line, text=_CODE.sub(_MASK, line.text)) for line in batch]


def wanted_address(run: Run, claimed: str, words: str) -> str | None:
    """Return the address to send a code to, empty where it has to be asked for, None where nobody needs to know.

    Args:
        claimed: the address that the model asked to verify, empty for none.
        words: the author's own.
    """
    was_refused = any(entry.role is Role.TOOL_OUTPUT and entry.text == NOT_VERIFIED for entry in run.entries)
    if run.request or not (claimed or was_refused):
        return None
    return _only_address(claimed) or _only_address(words)


def not_told(conversation: Conversation) -> str:
    """Return what an author hears whom nobody can be asked about at the moment: that is not their doing."""
    return say("identity.not_told", conversation.spoken)


def ask_address(waiting: TurnInput, asked: Batch) -> Challenge:
    """Ask for the address of the account."""
    return Challenge(
        kept(waiting.conversation, _begun(waiting, asked)),
        say("identity.ask", waiting.conversation.spoken),
        "address asked",
    )


def send_code(waiting: TurnInput, asked: Batch, email: str, customer: Customer | None) -> Challenge | None:
    """Send a code, or do as if; None where the author has had so many that a human should see to it.

    Args:
        customer: whose address it is, None where it is nobody's.
    """
    before = _begun(waiting, asked)
    if before.codes >= MOST_CODES:
        return None
    code = new_code()
    proof = replace(
        before,
        customer=customer.id if customer else "",
        lock=locked(before.author, code),
        at=waiting.now,
        tries=0,
        codes=before.codes + 1,
        is_proven=False,
        address=digest_of(email),
        sending=f"{asked.cause}:code",
    )
    # What is sent to nobody is an effect too: nothing that can be seen or timed tells the two apart.
    effect = SendCode(
        id=f"{asked.cause}:code",
        email=email if customer else "",
        name=customer.name if customer else "",
        code=code if customer else "",
        asker=before.author,
        at=waiting.now,
        language=waiting.conversation.spoken,
    )
    text = say("identity.sent", waiting.conversation.spoken)
    return Challenge(kept(waiting.conversation, proof), text, "code asked", (effect,))


def limited(waiting: TurnInput, asked: Batch) -> Challenge:
    """Too many codes or guesses: nothing is sent and nothing opens, whether the address is on file or not."""
    proof = replace(_begun(waiting, asked), customer="", lock="", sending="")
    return Challenge(kept(waiting.conversation, proof), say("identity.limited", waiting.conversation.spoken), REFUSED)


def try_code(waiting: TurnInput, tried: CodeTried, *, was_sent: bool = True) -> Challenge | Proof:
    """Return the proof, now proven; or what is said to a wrong code.

    Args:
        was_sent: whether the code has gone out; what nobody can have read opens nothing.
    """
    language = waiting.conversation.spoken
    if not tried.proof.awaits_code(waiting.now):
        return Challenge(waiting.conversation, say("identity.gone", language), REFUSED)
    if tried.code is None:
        return Challenge(waiting.conversation, say("identity.alone", language), REFUSED)
    if opens(tried.proof, tried.code) and was_sent:
        return replace(tried.proof, is_proven=True, lock="", at=waiting.now)
    wrong = replace(tried.proof, tries=tried.proof.tries + 1)
    text = _wrong_code(MOST_TRIES - wrong.tries, language)
    return Challenge(kept(waiting.conversation, wrong), text, REFUSED)


def _wrong_code(left: int, language: str) -> str:
    if not left:
        return say("identity.spent", language)
    return say("identity.wrong_last_try" if left == 1 else "identity.wrong", language, left=left)


def kept(conversation: Conversation, proof: Proof) -> Conversation:
    """Return the conversation with this proof in the place of the same author's last one."""
    others = tuple(old for old in conversation.proofs if not same_person(old.author, proof.author))
    return replace(conversation, proofs=(*others, proof))


def question_again(lines: Sequence[InboundMessage], proof: Proof) -> Sequence[InboundMessage]:
    """Return the line with the code as the question that had to wait for it."""
    return [replace(lines[-1], text=f"{ACCEPTED} {proof.question}".rstrip(), files=())]


def _begun(waiting: TurnInput, asked: Batch) -> Proof:
    author = asked.requester.author.id
    known = proof_of(waiting.conversation, author) or Proof(author)
    # Who was asked for their address writes that; their question was before.
    said = "" if known.awaits_address(waiting.now) else _question(asked.words)
    question = said or known.question or _earlier_question(waiting.history, author)
    return replace(known, at=waiting.now, question=question, is_proven=False)


def _earlier_question(history: Sequence[Entry], author: str) -> str:
    said = [_question(entry.text) for entry in history if entry.role is Role.USER and same_person(entry.author, author)]
    return next((words for words in reversed(said) if words), "")


def _question(words: str) -> str:
    """The words without addresses; empty where nothing of a question is left."""
    rest = _ADDRESS.sub("", words).replace(ACCEPTED, "").strip()
    return rest if len(rest.split()) >= _FEWEST_WORDS and _MASK not in rest else ""


def _only_address(words: str) -> str:
    found = {match.lower() for match in _ADDRESS.findall(words)}
    address = found.pop() if len(found) == 1 else ""
    return address if len(address) <= _LONGEST_ADDRESS else ""
