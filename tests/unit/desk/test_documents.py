"""The files of `knowledge/`: every kind is read, and what they say of themselves holds."""

from pathlib import Path

import pytest

from bot.desk.knowledge.documents import read_knowledge
from bot.desk.knowledge.passages import Passage
from bot.desk.loading.loader import load_desk
from bot.domain.errors import ConfigError
from tests.unit.desk.desk_folder import write_desk

PAGE = """\
<html><head><title>Opening hours</title><style>p {color: red}</style></head>
<body><nav>Home | Shop</nav><p>We open at <b>nine</b>.</p><script>alert(1)</script>
<h2>On Sundays</h2><ul><li>closed</li></ul><table><tr><th>Day</th></tr><tr><td>Sunday</td></tr></table></body></html>
"""


def pdf(*pages: str, title: str = "") -> bytes:
    """Return a PDF with a line of text a page."""
    kids = " ".join(f"{4 + 2 * number} 0 R" for number in range(len(pages)))
    things = [
        "<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Kids [{kids}] /Count {len(pages)} >>",
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    for number, text in enumerate(pages):
        drawn = "".join(f"({line}) Tj 0 -14 Td " for line in text.split("\n"))
        stream = f"BT /F1 12 Tf 72 720 Td {drawn}ET" if text else ""
        font = "/Resources << /Font << /F1 3 0 R >> >>"
        things += [
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] {font} /Contents {5 + 2 * number} 0 R >>",
            f"<< /Length {len(stream)} >>\nstream\n{stream}\nendstream",
        ]
    things.append(f"<< /Title ({title}) >>")
    written, places = b"%PDF-1.4\n", []
    for number, thing in enumerate(things, 1):
        places.append(len(written))
        written += f"{number} 0 obj\n{thing}\nendobj\n".encode()
    table = "".join(f"{place:010} 00000 n \n" for place in places)
    ends = f"startxref\n{len(written)}\n%%EOF"
    tail = f"trailer\n<< /Size {len(things) + 1} /Root 1 0 R /Info {len(things)} 0 R >>\n{ends}"
    return written + f"xref\n0 {len(things) + 1}\n0000000000 65535 f \n{table}{tail}\n".encode()


@pytest.fixture
def shelf(tmp_path: Path) -> Path:
    (tmp_path / "knowledge").mkdir()
    return tmp_path / "knowledge"


def read(shelf: Path) -> list[Passage]:
    mistakes: list[object] = []
    found = read_knowledge(shelf.parent, mistakes)  # type: ignore[arg-type]
    assert mistakes == []
    return found


def wrong(shelf: Path) -> list[str]:
    mistakes: list[object] = []
    read_knowledge(shelf.parent, mistakes)  # type: ignore[arg-type]
    return [str(mistake) for mistake in mistakes]


def test_a_page_of_html_is_cut_at_its_headings_and_loses_what_is_no_text(shelf: Path) -> None:
    (shelf / "hours.html").write_text(PAGE, "utf-8")
    first, sundays = read(shelf)

    assert (first.title, first.text, first.source) == ("Opening hours", "We open at **nine**.", "hours.html")
    assert (sundays.title, sundays.source) == ("Opening hours: On Sundays", "hours.html#on-sundays")
    assert "closed" in sundays.text
    assert "| Sunday |" in sundays.text
    assert "alert" not in first.text + sundays.text


def test_a_pdf_is_cut_at_its_pages(shelf: Path) -> None:
    (shelf / "terms.pdf").write_bytes(pdf("Deliveries cost\nfive dollars.", "", "Re-\nturns are free.", title="Terms"))

    assert [(each.title, each.text, each.source) for each in read(shelf)] == [
        ("Terms: page 1", "Deliveries cost five dollars.", "terms.pdf"),
        ("Terms: page 3", "Returns are free.", "terms.pdf#page=3"),
    ]


def test_a_plain_text_is_cut_into_paragraphs_and_knows_no_headings(shelf: Path) -> None:
    long = "Word " * 150
    (shelf / "house-rules.txt").write_text(f"# 1 rule\n\nBe kind.\n\n{long}\n\n{long}\n", "utf-8")
    found = read(shelf)

    assert [each.source for each in found] == ["house-rules.txt", "house-rules.txt#part-2"]
    assert {each.title for each in found} == {"House rules"}
    assert found[0].text.startswith("# 1 rule\n\nBe kind.")


def test_front_matter_says_who_may_read_it_and_how_it_is_asked_for(shelf: Path) -> None:
    head = "title: Half price\naudience: [enterprise, Initech]\nupdated: 2026-05-01\n"
    asked = "questions:\n  For ever: [does it end]\n"
    (shelf / "half.md").write_text(f"---\n{head}{asked}---\n# Discounts\n\nHalf.\n\n## For ever\n\nYes.\n", "utf-8")
    first, forever = read(shelf)

    assert (first.title, forever.title) == ("Half price", "Half price: For ever")
    assert first.audience == forever.audience == {"enterprise", "Initech"}
    assert (first.updated, first.questions, forever.questions) == ("2026-05-01", (), ("does it end",))


def test_a_file_beside_a_pdf_says_it_for_the_pdf(shelf: Path) -> None:
    (shelf / "margins.pdf").write_bytes(pdf("We earn half."))
    (shelf / "margins.yml").write_text("audience: staff\nquestions: [what do we earn]\n", "utf-8")
    [margins] = read(shelf)

    assert (set(margins.audience), margins.questions) == ({"staff"}, ("what do we earn",))


@pytest.mark.parametrize("name", ["note.html", "note.txt", "note.md"])
def test_every_kind_of_text_may_have_front_matter(name: str, shelf: Path) -> None:
    (shelf / name).write_text("---\naudience: staff\n---\nGive up to 50 dollars.\n", "utf-8")
    [note] = read(shelf)

    assert (set(note.audience), note.text) == ({"staff"}, "Give up to 50 dollars.")


@pytest.mark.parametrize(
    ("files", "told"),
    [
        ({"a.md": b"---\naudiance: staff\n---\nhi\n"}, "knowledge/a.md:2: `audiance` means nothing here; did you mean"),
        ({"a.md": b"---\naudience: []\n---\nhi\n"}, "knowledge/a.md:2: `audience`"),
        ({"a.md": b"---\nquestions: {Nowhere: [hi]}\n---\nhi\n"}, "there is no section “Nowhere”"),
        ({"a.md": b"hi", "a.yml": b"audience: {b: 5}\n"}, "knowledge/a.yml:1: `audience`"),
        ({"a.md": b"---\ntitle: A\n---\nhi\n", "a.yml": b"title: B\n"}, "has front matter, and a.yml beside it"),
        ({"a.yml": b"audience: staff\n"}, "knowledge/a.yml: stands beside no document"),
        ({"a.pdf": b"%PDF-1.4 broken"}, "knowledge/a.pdf: cannot be read; save it as a PDF once more"),
        ({"a.pdf": pdf("")}, "knowledge/a.pdf: says nothing; its pages are pictures"),
        ({"a.html": b"<div>" * 5000 + b"hi"}, "knowledge/a.html: cannot be read; save it as simpler HTML"),
        ({"a.txt": b"caf\xe9"}, "knowledge/a.txt: cannot be read; save it as UTF-8 text"),
        ({"a.docx": b"hi"}, "knowledge/a.docx: is not read"),
    ],
)
def test_what_is_wrong_is_told(files: dict[str, bytes], told: str, shelf: Path) -> None:
    for name, raw in files.items():
        (shelf / name).write_bytes(raw)

    assert any(told in line for line in wrong(shelf)), wrong(shelf)


def test_what_cannot_be_read_of_an_audience_is_for_nobody(tmp_path: Path) -> None:
    folder = write_desk(tmp_path / "pizza")
    (folder / "knowledge").mkdir()
    (folder / "knowledge" / "secret.md").write_text("---\naudience: {}\n---\nThe oven is broken.\n", "utf-8")
    found = read_knowledge(folder, [])

    assert [passage.audience for passage in found] == [frozenset()]
    with pytest.raises(ConfigError, match="audience"):
        load_desk(str(folder))
