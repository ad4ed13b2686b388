"""Customers are spoken to in their own language, whatever the product itself says."""

import json
import re
from pathlib import Path

import pytest

from bot.desk.policy.phrases import LANGUAGES
from bot.turn.texts import sentences
from tests.flow.harness.frontdesk import OLEG, SARAH, SARAH_DM, open_stage, said
from tests.flow.harness.mail_server import mailboxes
from tests.flow.harness.refunds import open_refunds
from tests.flow.harness.scripted_model import Script, call
from tests.flow.people.test_identity_story import SARAHS, dm_of
from tests.flow.slack.test_channel_story import desk_with

GERMAN: Script = {
    "eine Erstattung": [
        call("transfer_to_billing"),
        call("propose_refund", order_id="ord_1002", reason="nicht gebraucht", amount=None),
        "Das kann ich für Sie tun:",
    ],
}
SPANISH: Script = {
    "mi pedido": [
        call("transfer_to_orders"),
        call("lookup_order", order_id="A1001"),
        "El pedido está en camino.",
    ],
}
PIECES = re.compile(r"\{\w+\}|[*_\n>]+")


def english_in(text: str) -> list[str]:
    """Return the pieces of our English sentences that stand in a text."""
    pieces = [
        piece.strip() for row in sentences().values() for piece in PIECES.split(row["en"]) if len(piece.split()) > 1
    ]
    return [piece for piece in pieces if piece in text]


def test_english_is_found() -> None:
    assert english_in("Done: x. Shall I do this? Please answer yes or no.")
    assert {"de", "es"} <= LANGUAGES


@pytest.mark.parametrize(
    ("answer", "end", "committed"),
    [
        (
            "ja",
            "Erledigt: Erstattung von 49.99 USD für die Bestellung ord_1002.",
            ["Refund of 49.99 USD for order ord_1002"],
        ),
        ("nein", "Kein Problem, es wurde nichts geändert.", []),
    ],
)
async def test_a_refund_is_german_from_the_offer_to_the_end(
    answer: str, end: str, committed: list[str], redis_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_refunds(redis_url, tmp_path, monkeypatch, GERMAN) as till:
        ts = await till.asks(SARAH, SARAH_DM, "Ich möchte bitte eine Erstattung für meine Bestellung ord_1002")
        offer = (await till.stage.thread(SARAH_DM, ts))[-1]
        await till.asks(SARAH, SARAH_DM, answer, ts)
        told = await till.last(SARAH_DM, ts)
        heard = [message for message in await till.stage.thread(SARAH_DM, ts) if message["user"] != SARAH]
        rows = await till.committed()

    everything = json.dumps(heard, ensure_ascii=False)
    assert "Erstattung von 49.99 USD für die Bestellung ord_1002" in said(offer)
    assert re.search("Ja, bitte|_Ja_|_Nein_", everything)
    assert english_in(everything) == []
    assert "Refund of" not in everything
    assert told.startswith(end)
    assert [row["summary"] for row in rows] == committed


async def test_a_code_is_spanish_in_the_thread_and_in_the_mail(
    redis_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with mailboxes() as post:
        mail = {"frontdesk_smtp_url": post.url, "frontdesk_mail_from": "Acme <frontdesk@acme.example>"}
        async with open_refunds(redis_url, tmp_path, monkeypatch, SPANISH, **mail) as till:
            await till.stage.takes_all()
            dm = await dm_of(till, OLEG)
            ts = await till.asks(OLEG, dm, "¿Dónde está mi pedido A1001? Gracias por su ayuda")
            await till.asks(OLEG, dm, SARAHS, ts)
            code = post.codes(SARAHS)[-1]
            wrong = "111111" if code != "111111" else "222222"
            await till.asks(OLEG, dm, wrong, ts)
            await till.asks(OLEG, dm, code, ts)
            heard = [said(message) for message in await till.stage.thread(dm, ts) if message["user"] != OLEG]
            [letter] = post.letters

    everything = "\n".join(heard)
    assert "código de seis cifras" in everything
    assert "Ese no es el código." in everything
    assert english_in(everything) == []
    assert str(letter["Subject"]).startswith("Su código para ")
    assert english_in(str(letter.get_content())) == []


@pytest.mark.parametrize(
    ("words", "spoken", "real"),
    [
        ("Vorrei parlare con un essere umano. Grazie per il vostro aiuto (human please)", "de", "it"),
        ("Good morning, please let me talk to a human about my invoice", "de", "en"),
        ("Bonjour, je veux parler à un humain au sujet de ma facture", "fr", "fr"),
    ],
)
async def test_who_writes_in_a_language_that_the_desk_does_not_claim_reads_its_first(
    words: str, spoken: str, real: str, redis_url: str, tmp_path: Path
) -> None:
    desk = desk_with(tmp_path, languages=["de", "fr"])
    async with open_stage(redis_url, tmp_path / "data", frontdesk_desk=desk) as stage:
        ts = await stage.writes(SARAH, SARAH_DM, words)
        [told] = await stage.answers(SARAH_DM, ts)
        view = await stage.engine.conversations.read(f"slack:T0FRONTDSK:{SARAH_DM}:{ts}")

    assert view is not None
    assert (view.conversation.language, view.conversation.spoken) == (real, spoken)
    assert english_in(told) == []
    assert any(piece in told for piece in PIECES.split(sentences()["human.handed_over"][spoken]) if len(piece) > 9), (
        told
    )
