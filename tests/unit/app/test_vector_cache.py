"""The cache of vectors: where it cannot be kept, a desk starts all the same."""

from pathlib import Path

import numpy as np

from bot.app.desk_runtime import _vector_file
from bot.domain.knowledge.sentence_model import Kind


def works(folder: Path) -> bool:
    """Whether vectors are found again in the process that wrote them."""
    file = _vector_file(folder, "a-model")
    file.write([("refund", np.ones(2, np.float32))], Kind.PASSAGE)
    found = file.read(["refund"], Kind.PASSAGE)
    file.close()
    return bool(found)


def test_a_broken_file_stops_no_start(tmp_path: Path) -> None:
    (tmp_path / "embeddings.db").write_bytes(b"no database at all, but long enough to be read as one" * 40)
    assert works(tmp_path)


def test_a_folder_that_cannot_be_made_stops_no_start(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way", "utf-8")
    assert works(tmp_path / "file" / "data")
