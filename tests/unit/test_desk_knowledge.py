"""Search over the desk's own articles."""

from bot.desk.knowledge import Knowledge, Passage, split_article

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
