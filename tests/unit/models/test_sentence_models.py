"""The two homes of the sentence model: inside this process, and behind a server."""

import asyncio
from pathlib import Path
from typing import cast

import pytest

from bot.domain.knowledge.sentence_model import Kind, Vector
from integrations.models import embedded_sentences as home
from integrations.models.embedded_sentences import embedded_sentences, missing
from integrations.models.embeddings import Embeddings
from tests.flow.harness.model_server import model_server

here = pytest.mark.skipif(bool(missing()), reason=missing())


def cosine(one: Vector, other: Vector) -> float:
    return sum(a * b for a, b in zip(one, other, strict=True))


@here
async def test_what_means_the_same_lies_close_together_in_every_language() -> None:
    model = embedded_sentences()
    [reset, ship] = await model.embed(
        ["Resetting your password: choose forgot password", "Shipping takes 5 to 7 business days"], Kind.PASSAGE
    )
    asked = await model.embed(["Ich komme nicht mehr in mein Konto", "パスワードを忘れました"], Kind.QUERY)

    assert all(cosine(question, reset) > cosine(question, ship) for question in asked)
    assert all(abs(cosine(vector, vector) - 1) < 1e-3 for vector in (reset, ship, *asked))


@here
async def test_a_kind_by_its_plain_name_is_that_kind_and_no_other_name_is_one() -> None:
    model, text = embedded_sentences(), "How do I reset my password?"
    [asked], [said] = await model.embed([text], Kind.QUERY), await model.embed([text], Kind.PASSAGE)

    assert asked != said
    assert list(await model.embed([text], cast("Kind", "query"))) == [asked]
    assert list(await model.embed([text], cast("Kind", "passage"))) == [said]
    with pytest.raises(ValueError, match="question"):
        await model.embed([text], cast("Kind", "question"))


@here
@pytest.mark.parametrize("text", ["", "\0", "a\0b", "\ud800", "😀" * 300])
async def test_no_text_is_too_odd(text: str) -> None:
    [vector] = await embedded_sentences().embed([text], Kind.QUERY)

    assert abs(cosine(vector, vector) - 1) < 1e-3


@here
async def test_the_event_loop_goes_on_while_a_long_list_is_read() -> None:
    ticks = 0

    async def tick() -> None:
        nonlocal ticks
        while True:
            ticks += 1
            await asyncio.sleep(0)

    ticking = asyncio.create_task(tick())
    await embedded_sentences().embed(["Where is the parcel that I ordered last week?"] * 3, Kind.QUERY)
    ticking.cancel()

    assert ticks > 10


@pytest.mark.parametrize(
    ("flags", "why"), [("flags : sse4_2 avx", "its build needs a processor with AVX2"), ("flags : avx avx2 fma", "")]
)
def test_a_processor_that_would_end_the_process_gets_no_model(
    flags: str, why: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cpu = tmp_path / "cpuinfo"
    cpu.write_text(flags, "utf-8")
    monkeypatch.setattr(home, "_CPU", cpu)
    monkeypatch.setattr("platform.machine", lambda: "x86_64")
    monkeypatch.setattr("sys.platform", "linux")
    monkeypatch.setattr(home, "find_spec", lambda _: object())

    assert missing() == why


def test_a_platform_without_the_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(home, "find_spec", lambda _: None)
    monkeypatch.setattr("platform.machine", lambda: "riscv64")

    assert "riscv64" in missing()


@pytest.mark.parametrize(
    ("name", "sent"),
    [
        ("intfloat/multilingual-e5-large", "query: refunds"),
        ("text-embedding-3-small", "refunds"),
        ("intfloat/multilingual-e5-large-instruct", "refunds"),
    ],
)
async def test_a_servers_model_gets_the_prefix_that_it_was_trained_with(name: str, sent: str) -> None:
    async with model_server(lambda _: "") as server:
        model = Embeddings(name, "key-1", f"{server.url}/v1")
        [vector] = await model.embed(["refunds"], Kind.QUERY)
        await model.close()

    assert [body["input"] for body in server.embedded] == [[sent]]
    assert abs(cosine(vector, vector) - 1) < 1e-3
