"""The product's own sentences: every one in every language that the product claims, and none beside `texts.yml`."""

import ast
import re
import string
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path

import pytest

import bot
from bot.desk.loading.loader import load_desk
from bot.desk.policy.business_hours import BusinessHours, parse_span, promise_within
from bot.desk.policy.phrases import LANGUAGES
from bot.turn.texts import moments_of, promise_told, reworded, say, sentences, spoken_to
from tests.doubles.clock import MONDAY

HOURS = BusinessHours.model_validate({"open": "09:00", "close": "17:00"})
ROOT = Path(bot.__path__[0]).parent
SPEAK = {"say", "status"}
KEY = re.compile(r"[a-z]+\.[a-z_]+")
FOR_COLLEAGUES = {"bot/turn/actions/approvals.py", "bot/turn/drafts/note.py"}
FAMILIES = {key.partition(".")[0] for key in sentences()}


def fields_of(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


OTHERS = ("integrations/sandbox", "integrations/models/rules")
"""What has sentences of its own: the simulated vendors, and the offline model, whose `say` reads its own table."""


def trees() -> Iterator[tuple[str, ast.Module]]:
    for folder in ("bot", "integrations"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            name = str(path.relative_to(ROOT))
            if not name.startswith(OTHERS):
                yield name, ast.parse(path.read_text("utf-8"))


def keys_in_code() -> set[str]:
    """Every text in the code that looks like a key of one of our families, also the parts of an f-string."""
    found = {
        node.value
        for _, tree in trees()
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    return {text for text in found if KEY.fullmatch(text) and text.partition(".")[0] in FAMILIES}


@pytest.mark.parametrize("key", sentences())
def test_a_sentence_is_said_in_every_language_and_fills_in_the_same(key: str) -> None:
    told = sentences()[key]

    assert set(told) == LANGUAGES
    assert all(told.values())
    assert len({frozenset(fields_of(text)) for text in told.values()}) == 1


def test_what_the_code_says_stands_in_the_table() -> None:
    said = {
        call.args[0].value
        for _, tree in trees()
        for call in ast.walk(tree)
        if isinstance(call, ast.Call) and called(call) == "say" and isinstance(call.args[0], ast.Constant)
    }

    assert said
    assert said <= set(sentences())


def test_what_stands_in_the_table_is_said() -> None:
    by_amount = {key for key in sentences() if key.startswith("time.")}
    recognised = {key for key in sentences() if key.startswith("why.")}

    assert set(sentences()) - by_amount - recognised <= keys_in_code()


def called(call: ast.Call) -> str:
    return call.func.id if isinstance(call.func, ast.Name) else getattr(call.func, "attr", "")


def words_in(node: ast.expr) -> bool:
    """Whether a value is written out in the code and has words."""
    if isinstance(node, ast.JoinedStr):
        return any(words_in(part) for part in node.values)
    if not (isinstance(node, ast.Constant) and isinstance(node.value, str)):
        return False
    return bool(re.search(r"[A-Za-z]{2}", node.value)) and not KEY.fullmatch(node.value)


def test_no_sentence_to_a_customer_is_written_in_the_code() -> None:
    """A reply's text, a customer's button and a status line come from the table."""
    product = {path: tree for path, tree in trees() if path.startswith("bot/") and path not in FOR_COLLEAGUES}
    written = [
        f"{path}:{call.lineno}"
        for path, tree in product.items()
        for call in calls_in(tree)
        if any(words_in(value) for value in said_to_customers(call))
    ]

    assert written == []


PLACES: Mapping[str, set[int | str | None]] = {
    "Reply": {1, "text"},
    "spoken": {1, "text"},
    "status": {0},
    "Challenge": {1, "text"},
    "Step": {1, "text"},
    "Button": {1, "label"},
}
"""Which arguments of which calls a customer reads, by place or by name."""


def calls_in(tree: ast.AST) -> Iterator[ast.Call]:
    return (node for node in ast.walk(tree) if isinstance(node, ast.Call))


def said_to_customers(call: ast.Call) -> Iterator[ast.expr]:
    """Yield the arguments that a customer reads."""
    arguments = [*enumerate(call.args), *((word.arg, word.value) for word in call.keywords)]
    return (value for place, value in arguments if place in PLACES.get(called(call), ()))


def reasons_in_code() -> Iterator[str]:
    """What policy and ledger give as the reason why something waits or is not done; "…" for what is filled in."""
    for path in ("bot/desk/actions/offers.py", "bot/desk/actions/ledger.py", "bot/turn/actions/actions.py"):
        for call in calls_in(ast.parse((ROOT / path).read_text("utf-8"))):
            if called(call) in {"Decision", "Refused", "Rejected"} and call.args:
                yield from template(call.args[-1])


def template(text: ast.expr) -> Iterator[str]:
    """Yield a text as it is written in the code, with "…" for what is filled in; nothing for what is computed."""
    if isinstance(text, ast.Constant) and text.value:
        yield str(text.value)
    elif isinstance(text, ast.JoinedStr):
        yield "".join(str(part.value) if isinstance(part, ast.Constant) else "…" for part in text.values)


@pytest.mark.parametrize("language", sorted(LANGUAGES - {"en"}))
def test_every_reason_why_something_waits_is_reworded(language: str) -> None:
    reasons = [*reasons_in_code()]

    assert len(reasons) > 5
    assert [reason for reason in reasons if reworded(reason, language) == reason] == []


def test_a_reason_of_the_desk_itself_stays_as_it_is() -> None:
    assert reworded("the warehouse has burnt down", "de") == "the warehouse has burnt down"


def test_a_reworded_reason_keeps_what_was_filled_in() -> None:
    assert reworded("it is outside the 30 days", "de") == "die Frist von 30 Tagen ist vorbei"


def test_a_language_that_is_not_spoken_is_answered_in_english() -> None:
    assert say("limits.slowed", "fi") == say("limits.slowed", "") == say("limits.slowed", "en")


def test_numbers_are_grouped_as_the_customer_reads_them() -> None:
    assert "4,000" in say("limits.too_long", "en", limit=4000)
    assert "4.000" in say("limits.too_long", "de", limit=4000)


@pytest.mark.parametrize(
    ("span", "now", "told"),
    [
        ("15 minutes", MONDAY, ["within 15 minutes", "innerhalb von 15 Minuten", "dans un délai de 15 minutes"]),
        (
            "1 business day",
            MONDAY,
            ["within 1 business day", "innerhalb von 1 Arbeitstag", "dans un délai de 1 jour ouvré"],
        ),
        ("4 hours", MONDAY + 36_000, ["by Tuesday 13:00 UTC", "bis Dienstag, 13:00 UTC", "d'ici mardi à 13:00 UTC"]),
    ],
)
def test_a_promised_time_is_told_in_the_customers_language(span: str, now: float, told: list[str]) -> None:
    promised = promise_within(HOURS, parse_span(span), now)

    assert [promise_told(promised, language) for language in ("en", "de", "fr")] == told
    assert promise_told(promised, "en") == promised.text
    assert promise_told(promised, "es") != promised.text


@pytest.mark.parametrize(
    ("zone", "told"),
    [
        ("Europe/Berlin", "bis Montag, 11:00 CET"),
        ("America/New_York", "bis Montag, 05:00 EST"),
        ("", "bis Montag, 10:00 UTC"),
        ("Nowhere/Land", "bis Montag, 10:00 UTC"),
    ],
)
def test_a_promised_time_is_told_in_the_customers_zone(zone: str, told: str) -> None:
    hours = BusinessHours.model_validate({"open": "09:00", "close": "17:00"})
    winter = datetime(2026, 11, 29, 12, tzinfo=UTC).timestamp()
    promised = promise_within(hours, parse_span("1 hour"), winter)

    assert promise_told(promised, "de", zone) == told
    [moment] = moments_of(promised, "de", zone)
    assert told == f"bis {moment.phrase}"
    assert (moment.at, moment.joint) == (promised.until, " um ")


def test_how_long_it_takes_is_no_point_of_time() -> None:
    assert moments_of(promise_within(HOURS, parse_span("15 minutes"), MONDAY), "en") == ()


def test_a_promise_far_ahead_names_the_date() -> None:
    hours = BusinessHours.model_validate({"open": "09:00", "close": "17:00", "days": ["mon"]})
    promised = promise_within(hours, parse_span("8 hours"), MONDAY + 36_000)

    assert promise_told(promised, "en") == promised.text
    assert promise_told(promised, "de").startswith("bis Montag, ")
    assert " de " in promise_told(promised, "es")


@pytest.mark.parametrize("desk", ["store", "airline"])
def test_what_a_built_in_desk_offers_or_refuses_is_said_in_every_language(desk: str) -> None:
    rows = load_desk(desk).texts
    files = (ROOT / "bot/desks" / desk).glob("*.py")
    calls = [call for path in files for call in calls_in(ast.parse(path.read_text("utf-8")))]
    offers = [call for call in calls if called(call) in {"Offer", "Refused"}]
    said = [phrase(value) for call in offers for value in told_by(call)]

    assert said
    assert [set(row) for row in rows if set(row) != LANGUAGES] == []
    assert [text for text in said if reworded(text, "de", rows) == text] == []


def told_by(offer: ast.Call) -> list[ast.expr]:
    """Return what an offer or a refusal says, by place or by name."""
    return [*offer.args, *(word.value for word in offer.keywords if word.arg in {"summary", "afterwards"})]


def phrase(value: ast.expr) -> str:
    """A text with "…" for what is filled in."""
    parts = value.values if isinstance(value, ast.JoinedStr) else [value]
    return "".join(str(part.value) if isinstance(part, ast.Constant) else "…" for part in parts)


@pytest.mark.parametrize(
    ("customer", "claimed", "spoken"),
    [
        ("de", ("en", "de"), "de"),
        ("it", ("de", "fr"), "de"),
        ("en", ("es",), "es"),
        ("", ("fr", "en"), "fr"),
    ],
)
def test_a_language_that_the_desk_does_not_claim_is_answered_in_its_first(
    customer: str, claimed: tuple[str, ...], spoken: str
) -> None:
    assert spoken_to(customer, claimed) == spoken


def test_no_sentence_goes_by_the_customers_language_alone() -> None:
    by_customer = [
        f"{path}:{call.lineno}"
        for path, tree in trees()
        for call in ast.walk(tree)
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id in {"say", "promise_told"}
        for language in call.args[1:2]
        if isinstance(language, ast.Attribute) and language.attr == "language"
    ]

    assert [place for place in by_customer if not place.startswith("bot/delivery/one_time_codes.py")] == []
