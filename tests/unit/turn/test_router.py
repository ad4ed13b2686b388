"""The first message goes straight to its specialist where the router is sure, and to triage everywhere else."""

import csv
import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bot.cli.main import app
from bot.desk import load_desk
from bot.desk.loading.desk import Desk
from bot.domain.errors import ConfigError
from bot.evals.routing import Sentence, figures, judge, read_sentences
from bot.turn.routing import learning
from bot.turn.routing.learning import router_from, router_of
from bot.turn.routing.router import Router, examples_of, lesson_of
from bot.turn.routing.trained import NOWHERE
from tests.learnt import learnt_words
from tests.unit.desk.desk_folder import DESK, WAITER, write_desk

ROUTING = Path(__file__).resolve().parents[4] / "shared" / "routing"


@pytest.fixture(scope="module")
def store() -> Router:
    """The store desk's router where there is no sentence model."""
    router = learnt_words("store")
    assert router is not None
    return router


@pytest.fixture
def without_model(monkeypatch: pytest.MonkeyPatch) -> None:
    """The command judges by words alone: the model's part is measured elsewhere, and takes long to read."""
    monkeypatch.setattr("bot.app.sentences.missing", lambda: "there is none")


@pytest.fixture
def forgetful(monkeypatch: pytest.MonkeyPatch) -> None:
    """What this process has learnt before is not known."""
    monkeypatch.setattr(learning, "_learnt", {})


def _rewrite(folder: Path, **words: float) -> None:
    """Change what was kept of the words."""
    [file] = folder.glob("router-*.json")
    told = json.loads(file.read_text())
    file.write_text(json.dumps(told | {"words": told["words"] | words}))


def cafe(folder: Path) -> Desk:
    """Return a desk with two lanes to choose between."""
    lanes = {"baker": ["bread", "rolls", "a cake", "two buns", "baguettes"], "barista": ["tea", "espresso", "mocha"]}
    texts = {
        f"specialists__{name}": WAITER.replace("waiter", name).replace(
            "[one pizza please]", str([f"{word} please" for word in words] + [f"{name} {at}" for at in "abcde"])
        )
        for name, words in lanes.items()
    }
    desk = DESK.replace("[waiter]", "[waiter, baker, barista]")
    return load_desk(str(write_desk(folder / "cafe", desk=desk, **texts)))


@pytest.mark.parametrize(
    ("text", "specialist"),
    [
        ("where is my order A2002?", "orders"),
        ("need to cancel my order", "orders"),
        ("you charged my card twice", "billing"),
        ("I'd like a refund", "billing"),
        ("how much is shipping to Hawaii?", "shipping"),
        ("I forgot my password", "technical"),
        ("what are your business hours on Friday?", "faq"),
    ],
)
def test_a_clear_wish_goes_straight_to_its_specialist(store: Router, text: str, specialist: str) -> None:
    route = store.route(text)

    assert route.sure
    assert route.specialist == specialist


@pytest.mark.parametrize(
    "text",
    [
        "hi",
        "Good morning! How are you?",
        "hello, can somebody help me please?",
        "Guten Tag, ich habe eine Frage",
        "my name is Crystal Minh",
        "crystal@example.com",
        "yes",
        "",
        "?!",
        "how do I cook rice?",
        "who won the game last night?",
        "what is the best way to learn the piano?",
        "tell me about black holes",
    ],
)
def test_greetings_and_foreign_topics_are_left_to_triage(store: Router, text: str) -> None:
    assert not store.route(text).sure


@pytest.mark.parametrize(
    "text",
    [
        "I want a refund and I can't log in",
        "Cancel my order. How do I reset my password?",
        "where is my order? also, what payment methods do you accept?",
    ],
)
def test_two_wishes_in_one_message_are_left_to_triage(store: Router, text: str) -> None:
    assert not store.route(text).sure


def test_politeness_around_a_wish_does_not_hide_it(store: Router) -> None:
    route = store.route("Hi there! Hope you are well today. My name is Joe. I was charged twice. Thanks a lot.")

    assert (route.specialist, route.sure) == ("billing", True)


def test_a_letter_is_left_to_triage(store: Router) -> None:
    assert not store.route("where is my order " * 40).sure


async def test_the_same_sentences_make_the_same_router(store: Router) -> None:
    again = await router_from(lesson_of(examples_of(load_desk("store"))))

    assert again.threshold == store.threshold
    assert again.route("where is my parcel") == store.route("where is my parcel")


@pytest.mark.usefixtures("forgetful")
async def test_what_was_learnt_is_read_again_by_the_next_start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    desk = cafe(tmp_path)
    await router_of(desk, tmp_path)
    _rewrite(tmp_path, threshold=0.123)
    monkeypatch.setattr(learning, "_learnt", {})

    router = await router_of(desk, tmp_path)

    assert router is not None
    assert router.threshold == 0.123


async def test_a_desk_with_too_few_sentences_has_no_router(tmp_path: Path) -> None:
    assert await router_of(load_desk(str(write_desk(tmp_path)))) is None


async def test_what_cannot_be_told_apart_is_never_sure() -> None:
    lines = [f"{word} please" for word in ("one", "two", "three", "four", "five", "six", "seven", "eight")]
    router = await router_from(lesson_of({"left": lines, "right": lines}))

    assert not router.route("three please").sure


def test_the_first_specialists_own_sentences_belong_to_nobody() -> None:
    desk: Desk = load_desk("store")
    learned = examples_of(desk)

    assert set(learned) == {NOWHERE, *desk.specialists} - {desk.first}
    assert learned[NOWHERE] == desk.specialists[desk.first].examples


async def test_the_figures_count_what_is_sure_right_and_kept_out() -> None:
    learned = [Sentence(line, lane) for lane, lines in examples_of(load_desk("store")).items() for line in lines]
    tested = [
        Sentence("I was charged twice", "billing"),
        Sentence("how do I reset my password?", "faq"),  # wrong on purpose
        Sentence("hm", "orders"),
        Sentence("where does the sun go at night?", NOWHERE),
    ]
    told, router, cost = await judge(learned, tested)
    report = figures(told, router, cost)

    assert (report["sentences"], report["out_of_scope"]) == (4, 1)
    assert report["coverage"] == round(2 / 3, 4)
    assert report["precision"] == 0.5
    assert report["out_of_scope_kept_out"] == 1.0
    assert report["lines_by_language"]["?"] == 4
    assert all(report[name] > 0 for name in ("ms_per_message", "training_seconds"))


@pytest.mark.usefixtures("without_model")
def test_the_command_tells_the_figures_and_writes_a_row_per_sentence(tmp_path: Path) -> None:
    train, test, out = tmp_path / "train.csv", tmp_path / "test.csv", tmp_path / "out.csv"
    rows = [f'"{line}",{lane},x' for lane, lines in examples_of(load_desk("store")).items() for line in lines]
    train.write_text("\n".join(["utterance,specialist,more", *rows]))
    test.write_text("utterance\nwhat is the moon made of?\nhello\n")
    result = CliRunner().invoke(
        app, ["eval", "--router", "--train", str(train), "--test", str(test), "--predictions", str(out)]
    )

    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout.splitlines()[-1])["out_of_scope"] == 2
    with out.open(newline="") as lines:
        told = list(csv.DictReader(lines))
    assert [row["utterance"] for row in told] == ["what is the moon made of?", "hello"]
    assert list(told[0]) == ["utterance", "specialist", "predicted", "confidence", "sure"]
    assert {(row["specialist"], row["sure"]) for row in told} == {("", "false")}
    assert all(0 <= float(row["confidence"]) <= 1 for row in told)


@pytest.mark.usefixtures("without_model")
def test_without_files_the_desks_own_sentences_are_cross_validated() -> None:
    result = CliRunner().invoke(app, ["eval", "--router"])

    report = json.loads(result.stdout.splitlines()[-1])
    assert report["sentences"] == sum(map(len, examples_of(load_desk("store")).values()))


@pytest.mark.parametrize("text", ["", "utterance,specialist\n", "line,specialist\nhi,orders\n"])
def test_a_file_that_cannot_be_judged_is_refused(tmp_path: Path, text: str) -> None:
    file = tmp_path / "rows.csv"
    file.write_text(text)
    with pytest.raises(ConfigError, match="utterance"):
        read_sentences(file)


@pytest.mark.skipif(not ROUTING.is_dir(), reason="the shared sentences are not here")
async def test_forty_sentences_per_lane_are_enough_for_public_customer_lines() -> None:
    strangers = [Sentence(each.text, NOWHERE) for each in read_sentences(ROUTING / "out_of_scope.csv")]
    told, router, cost = await judge(
        read_sentences(ROUTING / "train.csv"), [*read_sentences(ROUTING / "dev.csv"), *strangers]
    )
    report = figures(told, router, cost)

    assert report["precision"] >= 0.97
    assert report["coverage"] >= 0.8
    assert report["out_of_scope_kept_out"] >= 0.8
