"""A wish for a human and orders to the model are found by what they mean; what only sounds like them is not."""

import asyncio
from pathlib import Path
from types import SimpleNamespace

import pytest
import yaml

from bot.desk import load_desk
from bot.desk.knowledge.sentences import Sentences
from bot.desk.policy.policy import human_wish, matches_escalation
from bot.turn.input_checks import signs as module
from bot.turn.input_checks.injection import RuleVerdict, injection
from bot.turn.input_checks.signs import HUMAN_WISH, INJECTION, SURE, Signs, examples_of_sign, may_show
from integrations.models.embedded_sentences import embedded_sentences, missing
from tests.conftest import wait_until
from tests.doubles.clock import ManualClock
from tests.doubles.sentences import TopicSentences
from tests.learnt import FOLDER

DESK = load_desk("store")
UNSEEN = {
    sign: yaml.safe_load(Path(__file__).with_name(f"{name}_unseen.yml").read_text("utf-8"))
    for sign, name in ((HUMAN_WISH, "human_wish"), (INJECTION, "injection"))
}
CHATS = Path(__file__).with_name("router_chats.yml")
real = pytest.mark.skipif(bool(missing()), reason=missing() or "-")


@pytest.fixture(scope="module")
def shown() -> dict[str, dict[str, list[str]]]:
    """The unseen lines of each sign and kind that show it."""
    return asyncio.run(_shown())


async def _learnt() -> Signs:
    signs = Signs(Sentences(embedded_sentences(), ManualClock()))
    signs.learn(DESK, FOLDER)
    await wait_until(lambda: signs.has_learnt, 100, "the signs")
    return signs


async def _shown() -> dict[str, dict[str, list[str]]]:
    signs = await _learnt()
    return {
        sign: {kind: [line for line in lines if await signs.shows(sign, line)] for kind, lines in told.items()}
        for sign, told in UNSEEN.items()
    }


@real
def test_most_wishes_for_a_human_are_found_by_words_or_meaning(shown: dict[str, dict[str, list[str]]]) -> None:
    lines = UNSEEN[HUMAN_WISH]["wanted"]
    by_words = {line for line in lines if matches_escalation(DESK.policy, line)}
    found = by_words | set(shown[HUMAN_WISH]["wanted"])

    assert len(by_words) < 0.4 * len(lines)
    assert len(found) >= 0.7 * len(lines)
    assert "speak with bloody customer service" in found


@real
@pytest.mark.parametrize("sign", [HUMAN_WISH, INJECTION])
def test_what_only_sounds_like_it_is_none(shown: dict[str, dict[str, list[str]]], sign: str) -> None:
    found, lines = shown[sign]["other"], UNSEEN[sign]["other"]

    assert len(found) <= 0.02 * len(lines), found


@real
def test_orders_to_the_model_in_other_words_are_found(shown: dict[str, dict[str, list[str]]]) -> None:
    lines = UNSEEN[INJECTION]["wanted"]
    by_words = {line for line in lines if injection(line) is not RuleVerdict.NO}

    assert len(by_words | set(shown[INJECTION]["wanted"])) >= 0.5 * len(lines)


@pytest.mark.parametrize("sign", [HUMAN_WISH, INJECTION])
def test_a_look_at_the_words_rules_out_no_example(sign: str) -> None:
    assert [line for line in examples_of_sign(sign)["wanted"] if not may_show(sign, line)] == []


@real
@pytest.mark.parametrize("sign", [HUMAN_WISH, INJECTION])
async def test_it_rules_out_hardly_any_line_that_meaning_alone_would_find(sign: str) -> None:
    signs = await _learnt()
    lines = UNSEEN[sign]["wanted"]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "may_show", lambda _sign, _text: True)
        found = [line for line in lines if await signs.shows(sign, line)]

    assert len(found) > 5
    assert [line for line in found if not may_show(sign, line)] == []


def test_most_lines_are_ruled_out_before_a_model_reads_them() -> None:
    told = yaml.safe_load(CHATS.read_text("utf-8"))
    lines = [line for said in told.values() for text in said.values() for line in text.splitlines()]

    assert sum(any(may_show(sign, line) for sign in SURE) for line in lines) <= 0.12 * len(lines)


@pytest.mark.parametrize(
    "line", ["Chcę porozmawiać z człowiekiem", "상담원과 이야기하고 싶어요", "Quero falar com um atendente"]
)
def test_lines_in_languages_whose_words_nobody_listed_are_read_by_the_model(line: str) -> None:
    assert may_show(HUMAN_WISH, line)


def test_the_examples_are_many_and_the_unseen_lines_are_others() -> None:
    examples, unseen = examples_of_sign(HUMAN_WISH), UNSEEN[HUMAN_WISH]

    assert len(examples["wanted"]) + len(unseen["wanted"]) >= 80
    assert len(examples["other"]) + len(unseen["other"]) >= 120
    assert all(not set(examples[kind]) & set(unseen[kind]) for kind in ("wanted", "other"))


def test_the_built_in_desks_say_which_rule_asks_for_a_human() -> None:
    assert all(human_wish(load_desk(name).policy) for name in ("store", "airline"))


async def test_without_the_model_words_alone_decide(clock: ManualClock, tmp_path: Path) -> None:
    model = TopicSentences()
    model.fails = True
    signs = Signs(Sentences(model, clock))
    early = await signs.shows(HUMAN_WISH, "I want to speak with a human")
    signs.learn(DESK, tmp_path)
    await wait_until(lambda: signs.has_learnt, what="the attempt")

    assert not early
    assert not await signs.shows(HUMAN_WISH, "I want to speak with a human")
    await signs.close()


class Sure:
    """What was learnt: that everything is wanted."""

    def likeliest(self, *_: object) -> SimpleNamespace:
        """Be sure."""
        return SimpleNamespace(confidence=1.0)


@pytest.mark.parametrize("wish", ["speak with bloody customer service", "Lassen Sie mich mit einem Menschen reden"])
async def test_a_line_that_comes_while_the_signs_are_learnt_waits_for_them(
    clock: ManualClock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, wish: str
) -> None:
    may = asyncio.Event()

    async def learns(*_: object) -> Sure:
        await may.wait()
        return Sure()

    monkeypatch.setattr(module, "learnt", learns)
    signs = Signs(Sentences(TopicSentences(), clock))
    signs.learn(DESK, tmp_path)
    asked = asyncio.create_task(signs.shows(HUMAN_WISH, wish))
    ordinary = await signs.shows(HUMAN_WISH, "Where is my order A1001?")
    early = asked.done()
    may.set()

    assert await asked
    assert (ordinary, early) == (False, False)
    await signs.close()


async def test_signs_that_take_too_long_are_not_waited_for(
    clock: ManualClock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def learns(*_: object) -> Sure:
        await asyncio.Event().wait()
        return Sure()

    monkeypatch.setattr(module, "learnt", learns)
    monkeypatch.setattr(module, "LEARNING_SECONDS", 0.01)
    signs = Signs(Sentences(TopicSentences(), clock))
    signs.learn(DESK, tmp_path)

    assert not await signs.shows(HUMAN_WISH, "speak with bloody customer service")
    await signs.close()
