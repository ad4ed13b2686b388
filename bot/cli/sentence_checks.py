"""What `doctor` asks of the sentence model: whether this machine has it, and whether it answers."""

from collections.abc import Sequence

from bot.app.sentences import absence, open_sentences
from bot.app.settings import Settings
from bot.desk.policy.policy import Policy
from bot.domain.knowledge.sentence_model import Kind
from bot.domain.ports import Clock
from bot.runtime.connectors import CheckResult

SAMPLE = "Where is my order?"
FOR_WORDS = "search and router go by words alone, and a question that shares none with an article finds nothing"


async def look_at_sentences(settings: Settings, policy: Policy, clock: Clock) -> Sequence[CheckResult]:
    """Return the sentence model's line; a machine that cannot have the one inside is no fault to be mended."""
    named = policy.embeddings
    if why := absence(settings, policy):
        mend = f"set it, or write `embeddings: false` in desk.yml: {FOR_WORDS} until then"
        return [CheckResult("Sentence model", why, mend) if named else CheckResult(f"Sentence model: none, {_so(why)}")]
    async with open_sentences(settings, policy, clock) as sentences:
        if sentences is None:
            return [CheckResult(f"Sentence model: none, {_so('desk.yml wants none')}")]
        try:
            [vector] = await sentences.embed([SAMPLE], Kind.QUERY)
        except Exception as error:  # whatever it is, a person is to read of it
            what = f"{sentences.name} does not answer ({type(error).__name__})"
            return [CheckResult("Sentence model", what, f"until it does {FOR_WORDS}")]
    return [CheckResult(f"Sentence model {sentences.name}: {len(vector)} numbers a sentence")]


def _so(why: str) -> str:
    return f"{why}, so {FOR_WORDS}; `embeddings` in desk.yml may name a server's model"
