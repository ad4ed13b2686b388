"""Search over the desk's own articles."""

from bot.desk.knowledge.passages import Passage, split_article
from bot.desk.knowledge.search import Knowledge

ARTICLES = Knowledge(
    [
        *split_article("# Refunds\n\nWithin 30 days.\n\n## Exceptions\n\nOur team decides.", "refunds.md"),
        *split_article("Parcels take a week.", "help/shipping-times.md"),
        *split_article("# Café\n\nWe mail invoices.", "cafe.md"),
    ]
)


def titles(query: str, limit: int = 3) -> list[str]:
    return [passage.title for passage in ARTICLES.search(query, limit)]


def test_an_article_is_cut_at_its_headings() -> None:
    assert list(split_article("intro\n\n# A\n\none\n\n## B c!\n\ntwo\n\n## Empty\n", "a.md")) == [
        Passage("A", "intro", "a.md"),
        Passage("A", "one", "a.md"),
        Passage("A: B c!", "two", "a.md#b-c"),
    ]


def test_a_question_finds_the_passage_in_other_forms_of_its_words() -> None:
    assert titles("can I get it refunded?") == ["Refunds", "Refunds: Exceptions"]
    assert titles("how long until the parcel arrives")[0] == "Shipping times"
    assert titles("where is my invoice?") == ["Café"]
    assert titles("CAFE") == ["Café"]


def test_a_heading_weighs_more_than_the_text() -> None:
    assert titles("exceptions to refunds")[0] == "Refunds: Exceptions"


def test_nothing_is_found_where_only_common_words_agree() -> None:
    assert titles("what is the weather?") == []
    assert titles("can you do that for me?") == []
    assert titles("") == []


def test_no_query_can_break_the_index() -> None:
    for query in ['"', "refund* OR (", "NEAR(refund, 3)", "title:refund", "a'b; DROP TABLE passages", "-refund"]:
        ARTICLES.search(query)
    assert titles("refund") == ["Refunds", "Refunds: Exceptions"]


def test_the_limit_holds() -> None:
    assert len(ARTICLES.search("refunds exceptions parcel invoices", 2)) == 2
    assert len(ARTICLES) == 4


def test_an_article_put_in_again_replaces_what_it_said() -> None:
    knowledge = Knowledge()
    knowledge.replace("1", [Passage("Fees", "Five dollars.", "fees"), Passage("Fees: Abroad", "Nine dollars.", "fees")])
    knowledge.replace("1", [Passage("Fees", "Six dollars.", "fees")])

    assert [passage.text for passage in knowledge.search("fees dollars")] == ["Six dollars."]
    knowledge.replace("1", ())
    assert knowledge.search("fees") == []
    assert (len(knowledge), knowledge.articles()) == (0, frozenset())


def test_passages_in_the_language_of_the_question_come_first() -> None:
    knowledge = Knowledge(
        [
            Passage("Paypal", "We take Paypal.", "en", "en-us"),
            Passage("Paypal", "Wir nehmen Paypal.", "de", "de"),
            Passage("Paypal", "Nous acceptons Paypal.", "fr", "fr-fr"),
        ]
    )

    assert knowledge.search("kann ich mit Paypal bezahlen?")[0].source == "de"
    assert knowledge.search("est-ce que je peux payer par Paypal ?")[0].source == "fr"
    assert knowledge.search("can I pay with Paypal?")[0].source == "en"


def test_a_word_that_most_passages_hold_does_not_decide_alone() -> None:
    knowledge = Knowledge(
        Passage(f"Note {number}", f"Orders are fine. Colour{number}.", str(number)) for number in range(1000)
    )

    assert [passage.source for passage in knowledge.search("orders of colour7")] == ["7"]
    assert len(knowledge.search("orders")) == 3
