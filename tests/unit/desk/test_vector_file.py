"""The file of vectors: what is kept is found again, and closing waits for who reads."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event

import numpy as np

from bot.desk.knowledge.meaning import VectorFile
from bot.domain.knowledge.sentence_model import Kind

ONE = np.array([1.0, 0.5], np.float32)


def test_vectors_are_found_again_by_text_and_kind(tmp_path: Path) -> None:
    file = VectorFile(tmp_path / "vectors.db", "a-model")
    file.write([("refund", ONE)], Kind.PASSAGE)
    file.close()
    again = VectorFile(tmp_path / "vectors.db", "a-model")

    assert again.read(["refund", "parcel"], Kind.PASSAGE)["refund"].tolist() == [1.0, 0.5]
    assert again.read(["refund"], Kind.QUERY) == {}
    assert VectorFile(tmp_path / "vectors.db", "another-model").read(["refund"], Kind.PASSAGE) == {}
    again.close()


def test_closing_waits_for_a_thread_that_reads() -> None:
    """SQLite ends the whole process where a connection is closed under a statement."""
    file = VectorFile(None, "a-model")
    file.write([("refund", ONE), ("parcel", ONE)], Kind.PASSAGE)
    reads, go_on = Event(), Event()

    def texts() -> Iterator[str]:
        yield "refund"
        reads.set()
        go_on.wait()
        yield "parcel"

    with ThreadPoolExecutor(2) as threads:
        reading = threads.submit(file.read, texts(), Kind.PASSAGE)
        reads.wait()
        closing = threads.submit(file.close)
        go_on.set()

        assert set(reading.result()) == {"refund", "parcel"}
        closing.result()


def test_a_closed_file_holds_nothing() -> None:
    file = VectorFile(None, "a-model")
    file.close()
    file.write([("refund", ONE)], Kind.PASSAGE)

    assert file.read(["refund"], Kind.PASSAGE) == {}
