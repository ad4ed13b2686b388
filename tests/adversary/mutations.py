# ruff: noqa: E501 (a line of code is quoted as it stands)
"""Switch each guard off in turn, in a copy, and see that the suite turns red: `python -m tests.adversary`."""

import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PARTS = ("bot", "integrations", "tests", "pyproject.toml", "README.md", "manifest.yml")
SUITE = (
    "tests/unit/turn/test_proving.py",
    "tests/adversary",
    "tests/flow/money/test_money_story.py",
    "tests/flow/people/test_privacy_story.py",
)
SECONDS = 400


@dataclass(frozen=True)
class Mutation:
    """One guard, and what the code is without it."""

    guard: str
    file: str
    code: str
    without: str


MUTATIONS = (
    Mutation("an order is its customer's", "bot/desks/store/data.py", "wanted, Order.customer_id.in_(customer.ids))", "wanted)"),
    Mutation("no more than is left", "bot/desks/store/actions.py", "amount > left", "amount > 10**9"),
    Mutation("nothing twice", "bot/desks/store/actions.py", "if left <= 0:", "if False:"),
    Mutation("amounts are positive", "bot/desk/actions/offers.py", "gt=Decimal(0), ", ""),
    Mutation("limits add up", "bot/desk/actions/offers.py", "offer.so_far + offer.amount", "offer.amount"),
    Mutation("some things are a human's", "bot/desk/actions/offers.py", "if limits.human:", "if False:"),
    Mutation("some plans are a human's", "bot/desk/actions/offers.py", "sorted(set(offer.involves) & set(limits.human_for))", "[]"),
    Mutation("only in certain states", "bot/desk/actions/offers.py", "limits.statuses and offer", "False and offer"),
    Mutation("a human for what needs one", "bot/desk/actions/ledger.py", "case Needs.HUMAN if not", "case Needs.HUMAN if False and not"),
    Mutation("a reason for what needs one", "bot/desk/actions/ledger.py", "case Needs.REASON if not", "case Needs.REASON if False and not"),
    Mutation("checked again at the commit", "bot/desk/actions/ledger.py", "case Needs.IMPOSSIBLE:", "case Needs.IMPOSSIBLE if False:"),
    Mutation("one open action per thing", "bot/desk/actions/ledger.py", "if await is_blocked(session, attempt):", "if False:"),
    Mutation("its author's yes alone", "bot/turn/turn_context.py", "same_person(proposal.author, author)", "True"),
    Mutation("its author's click alone", "bot/turn/actions/actions.py", "or not same_person(proposal.author, click.author.id):", ":"),
    Mutation("the verified customer alone", "bot/turn/actions/actions.py",
             "if asked.customer is None or asked.customer.id != proposal.customer:\n            return not_you(waiting, asked, proposal)\n        answer =",
             "if asked.customer is None:\n            asked = replace(asked, customer=await self._data.customer_by_id(proposal.customer))\n        answer ="),
    Mutation("the whole message", "bot/desk/policy/phrases.py", "re.fullmatch(rf\"(?:{table[name]})(?: (?:{table[name]}))*\", words)", "True"),
    Mutation("exactly one open", "bot/turn/rules/plain_yes_no.py", "if len(offered) + len(reasons) != 1:", "if not (offered or reasons):"),
    Mutation("a reason has words", "bot/turn/actions/reasons.py", "FEWEST_WORDS = 3", "FEWEST_WORDS = 1"),
    Mutation("approvers are in the channel", "bot/turn/actions/approvals.py", "await self._directory.is_in(self._channel, click.author.id)", "True"),
    Mutation("agents alone approve on tickets", "bot/turn/actions/approvals.py", "return click.staff", "return True"),
    Mutation("a booking is its passenger's", "bot/desks/airline/data.py", ".where(Booking.passenger_id.in_(customer.ids))", ""),
    Mutation("a seat is one passenger's", "bot/desks/airline/tools.py", "if await is_taken(session, booking.flight, seat):", "if False:"),
    Mutation("another cabin is another fare", "bot/desks/airline/tools.py", "is_business(seat) != is_business(booking.seat)", "False"),
    Mutation("outsiders hear nothing personal", "bot/turn/identity/authors.py", "if readers is not Readers.NOBODY:", "if False:"),
    Mutation("a code is its author's", "bot/turn/identity/proving.py", "if same_person(proof.author, author)), None)", "if author), None)"),
    Mutation("a code is the right one", "bot/domain/identity.py", "is_right = compare_digest(_digest(salt, proof.author, code), digest)", "is_right = True"),
    Mutation("an unknown address opens nothing", "bot/domain/identity.py", "return is_right and bool(proof.customer)", "return is_right"),
    Mutation("a code has five tries", "bot/domain/identity.py", "and self.tries < MOST_TRIES ", ""),
    Mutation("a code has ten minutes", "bot/domain/identity.py", " and now - self.at <= CODE_SECONDS", ""),
    Mutation("a proof does not last for ever", "bot/turn/identity/proving.py", " or now - proof.at > seconds", ""),
    Mutation("so many codes and then a human", "bot/turn/identity/proving.py", "if before.codes >= MOST_CODES:", "if False:"),
    Mutation("a doubted line is not its author's", "bot/turn/identity/proving.py", "return None if any(line.is_flagged for line in lines) else proof", "return proof"),
    Mutation("a doubted line stands alone", "bot/turn/context.py", ", trust, changed", ", changed"),
    Mutation("what holds back is no reason", "bot/turn/actions/reasons.py", "or _holds_back(words, sentences) ", ""),
    Mutation("a doubtful reason needs a yes", "bot/turn/actions/actions.py", "if not sure:", "if False:"),
    Mutation("a served tool fits", "bot/desk/tools/mcp.py", "tool is None or misfits(rule, tool) or", "tool is None or"),
    Mutation("limits count the books", "bot/desk/actions/ledger.py", "return replace(offer, so_far=counted)", "return offer"),
    Mutation("only what was sent opens", "bot/turn/identity/proving.py", "opens(tried.proof, tried.code) and was_sent", "opens(tried.proof, tried.code)"),
    Mutation("no model reads a code", "bot/turn/identity/proving.py", "text=_CODE.sub(_MASK, line.text)", "text=line.text"),
)  # fmt: skip


def survives(mutation: Mutation) -> bool:
    """Return whether the suite is green without the guard."""
    with tempfile.TemporaryDirectory() as folder:
        for part in PARTS:
            source, target = ROOT / part, Path(folder) / part
            (shutil.copytree if source.is_dir() else shutil.copy)(source, target)
        file = Path(folder) / mutation.file
        text = file.read_text()
        if mutation.code not in text:
            raise LookupError(f"{mutation.guard}: {mutation.file} has changed, so must the mutation")
        file.write_text(text.replace(mutation.code, mutation.without, 1))
        done = subprocess.run(
            [sys.executable, "-m", "pytest", "-q", "-x", *SUITE],
            cwd=folder,
            env={**os.environ, "PYTHONPATH": folder},
            capture_output=True,
            timeout=SECONDS,
            check=False,
        )
        if done.returncode not in {0, 1}:
            raise RuntimeError(f"{mutation.guard}: the suite did not run: {done.stdout[-500:]!r}")
        return done.returncode == 0


def main() -> int:
    """Print a table; return the number of guards nobody would miss."""
    wanted = sys.argv[1:]
    missed = 0
    for mutation in MUTATIONS:
        if wanted and not any(word in mutation.guard for word in wanted):
            continue
        alive = survives(mutation)
        missed += alive
        print(f"{'NOT NOTICED' if alive else 'red':12} {mutation.guard}", flush=True)  # noqa: T201
    return missed
