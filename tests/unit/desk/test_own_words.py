"""A customer's own words: every client's quotation and everybody's signature go, and nothing that they wrote does."""

import re
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.desk.policy.phrases import is_yes
from bot.mail.own_words import LONGEST_PASSED_ON, own_words, read
from tests.mail_forms import ABOVE, AUTHOR, BELOW, FOOTER, HTML, KEPT, SIGNED

YES = "Yes, please."


def own(text: str, html: str = "") -> str:
    """Return what is left of Sarah's mail, without a thanks that closes it."""
    return re.sub(r"\s+Thanks,$", "", read(text, html=html, author=AUTHOR).own)


@pytest.mark.parametrize(("client", "habit"), [*product(ABOVE, ["", *SIGNED])])
def test_an_answer_above_the_quotation_is_all_that_is_left(client: str, habit: str) -> None:
    assert own(YES + SIGNED.get(habit, "") + ABOVE[client]) == YES


@pytest.mark.parametrize(("client", "habit"), [*product(BELOW, ["", *SIGNED])])
def test_an_answer_below_the_quotation_is_all_that_is_left(client: str, habit: str) -> None:
    assert own(BELOW[client] + YES + SIGNED.get(habit, "")) == YES


@pytest.mark.parametrize("habit", SIGNED)
def test_what_ends_every_mail_is_not_said(habit: str) -> None:
    assert own(YES + SIGNED[habit]) == YES


@pytest.mark.parametrize(
    ("yes", "thanks"),
    [
        ("Yes, please.", "Many thanks in advance,"),
        ("Ja, gerne!", "Vielen Dank"),
        ("Oui, d'accord", "Merci d'avance,"),
        ("Sí, por favor", "Muchas gracias,"),
    ],
)
def test_a_plain_yes_is_one_over_every_signature(yes: str, thanks: str) -> None:
    foreign = {"thanks"}  # "Ja. Thanks" is nobody's plain yes
    endings = [ending for habit, ending in SIGNED.items() if habit not in foreign]
    for ending in [*endings, f"\n\n{thanks}\nSarah Chen"]:
        assert is_yes(read(yes + ending, author=AUTHOR).own, ("en", "de", "fr", "es")), ending


@pytest.mark.parametrize("client", HTML)
def test_html_shows_where_a_quotation_ends(client: str) -> None:
    assert own("(the plain text, in which nothing is marked)", HTML[client]) == YES


def test_answers_between_the_quoted_lines_all_stay() -> None:
    text = "On 11/23/26 10:02, Acme wrote:\n> Which order?\nA1001\n> Which address?\n> And the name?\n1 Main Street"
    html = (
        "<blockquote>Which order?</blockquote><p>A1001</p><blockquote>Which address?</blockquote><p>1 Main Street</p>"
    )
    assert own(text).split() == ["A1001", "1", "Main", "Street"]
    assert own("plain", html).split() == ["A1001", "1", "Main", "Street"]


@pytest.mark.parametrize("case", KEPT)
def test_what_only_looks_like_mail_stays_whole(case: str) -> None:
    assert own(KEPT[case]) == KEPT[case].strip()


def test_html_without_a_quotation_changes_nothing() -> None:
    assert own("my own\n\nwords", "<p>my <b>own</b></p><script>x</script><p>words</p>") == "my own\n\nwords"
    assert own("mine", '<blockquote style="margin:0 0 0 40px;border:none;padding:0px">mine</blockquote>') == "mine"


def test_a_mail_that_only_quotes_is_read_whole_but_nobody_said_it() -> None:
    for quoted in ("> Shall I do this?\n> yes", "> yes", f"Sarah Chen\n\n{FOOTER}"):
        assert own(quoted)
    assert own_words("> yes") == ""
    below = (
        "On Mon, Nov 23, 2026 at 10:02 AM Acme <support@acme.zendesk.com> wrote:\n\nShall I do this?\n\nYes, please."
    )
    assert own(below) == below


def test_a_forwarded_mail_is_shown_not_said() -> None:
    forwarded = "---------- Forwarded message ---------\nFrom: Shop <shop@example.com>\nSubject: Order\n\nOrder A1001"
    letter = read(f"Where is this?\n\nSarah\n\n{forwarded}", author=AUTHOR)
    assert (letter.own, letter.passed_on) == ("Where is this?", forwarded)
    assert read(forwarded) == read(f"\n\n{forwarded}\n")
    assert (read(forwarded).own, read(forwarded).passed_on) == ("", forwarded)
    outlook = (
        "From: Shop <shop@example.com>\nSent: Monday, November 23, 2026 10:02 AM\nTo: Sarah\nSubject: Order\n\nA1001"
    )
    assert read(f"Where is it?\n\n{outlook}", subject="WG: Order").passed_on == outlook
    assert read(f"Where is it?\n\n{outlook}", subject="Re: Order").passed_on == ""
    long = read(f"See below\n\n{forwarded}\n{'x' * 9_000}").passed_on
    assert LONGEST_PASSED_ON <= len(long) <= LONGEST_PASSED_ON + 4


WORDS = st.text(alphabet=st.sampled_from("abcdefghijklmnopqrstuvwxyzäöüéßñ0123456789 ,.!?()'\n\t"), max_size=400)
LINES = st.lists(
    st.sampled_from(
        [*KEPT.values(), "Hello,", "", "- one", "* two", "1. three", "a | b", "x = y", "Subject: hi", "To: me"]
    ),
    max_size=8,
)


@given(WORDS)
def test_plain_text_of_any_shape_stays_as_it_is(text: str) -> None:
    assert read(text).own == text.strip()


@given(LINES, st.text(max_size=60))
def test_nothing_is_ever_left_without_words(parts: list[str], more: str) -> None:
    text = "\n".join([*parts, more])
    for author in ("", AUTHOR):
        letter = read(text, author=author)
        assert bool(letter.own or letter.passed_on) == bool(text.strip())
        assert all(line in text.replace("\r\n", "\n") for line in letter.own.split("\n"))


@given(WORDS.filter(lambda text: text.strip()), st.sampled_from([*ABOVE]))
def test_whatever_stands_above_a_quotation_stays(text: str, client: str) -> None:
    words = f"Well: {text.strip()} so"
    assert own(words + ABOVE[client]) == words


@pytest.mark.parametrize(
    "hostile",
    [
        "On " * 20_000, "> " * 30_000, "a: b\n" * 12_000, "From: a@b.c\n" * 5_000, "2026/1/1 <@" + " <@" * 20_000,
        "Am 1 schrieb " * 5_000, "confidential e-mail " * 3_000, "A" * 60_000 + "!", "On 10:02 wrote:\n" * 4_000,
        "-" * 60_000, "Best\n" * 12_000, "order " * 10_000, "\n" * 60_000, "____\n" * 9_000,
    ],
)  # fmt: skip
@pytest.mark.timeout(60)
def test_no_text_takes_for_ever(hostile: str) -> None:
    letter = read(hostile, html=f"<blockquote>{hostile}", author=AUTHOR)
    assert bool(letter.own) == bool(hostile.strip())
