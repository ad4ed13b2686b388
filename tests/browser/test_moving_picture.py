"""The container of the README's film, read back as it was written."""

import pytest

from tests.browser.moving_picture import Frame, animated, chunks_of

STILL = b"RIFF\x16\x00\x00\x00WEBPVP8 \x05\x00\x00\x00abcde\x00EXIF\x00\x00\x00\x00"


def test_each_frame_holds_the_still_ones_data_and_its_time() -> None:
    film = animated([Frame(STILL, 110), Frame(STILL, 4_000)], 1366, 768)
    chunks = list(chunks_of(film))
    frames = [body for name, body in chunks if name == b"ANMF"]

    assert int.from_bytes(film[4:8], "little") == len(film) - 8
    assert [name for name, _ in chunks] == [b"VP8X", b"ANIM", b"ANMF", b"ANMF"]
    assert [int.from_bytes(body[12:15], "little") for body in frames] == [110, 4_000]
    assert [int.from_bytes(body[6:9], "little") + 1 for body in frames] == [1366, 1366]
    assert all(body[16:] == b"VP8 \x05\x00\x00\x00abcde\x00" for body in frames)


def test_what_is_no_webp_is_refused() -> None:
    with pytest.raises(ValueError, match="WebP"):
        list(chunks_of(b"\x89PNG\r\n\x1a\n"))
