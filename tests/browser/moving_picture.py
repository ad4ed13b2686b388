"""Writes an animated WebP from still ones, as a browser makes them: each frame's own data is put into a container.

https://developers.google.com/speed/webp/docs/riff_container
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

_ANIMATED = 0x02  # the flag of VP8X
_NO_BLEND = 0x02  # a frame takes the whole place of the one before


@dataclass(frozen=True)
class Frame:
    """A still WebP, and how long it is shown."""

    picture: bytes
    milliseconds: int


def animated(frames: Sequence[Frame], width: int, height: int) -> bytes:
    """Return the frames as one picture that is played without an end."""
    head = _chunk(b"VP8X", bytes([_ANIMATED, 0, 0, 0]) + _three(width - 1) + _three(height - 1))
    loop = _chunk(b"ANIM", b"\xff\xff\xff\xff" + (0).to_bytes(2, "little"))
    body = b"WEBP" + head + loop + b"".join(_frame(frame, width, height) for frame in frames)
    return b"RIFF" + len(body).to_bytes(4, "little") + body


def _frame(frame: Frame, width: int, height: int) -> bytes:
    place = _three(0) + _three(0) + _three(width - 1) + _three(height - 1)
    data = b"".join(
        _chunk(name, body) for name, body in chunks_of(frame.picture) if name in {b"VP8 ", b"VP8L", b"ALPH"}
    )
    return _chunk(b"ANMF", place + _three(frame.milliseconds) + bytes([_NO_BLEND]) + data)


def chunks_of(picture: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Yield the chunks of a WebP with their names.

    Raises:
        ValueError: it is none.
    """
    if picture[:4] != b"RIFF" or picture[8:12] != b"WEBP":
        raise ValueError("is no WebP")
    at = 12
    while at + 8 <= len(picture):
        size = int.from_bytes(picture[at + 4 : at + 8], "little")
        yield picture[at : at + 4], picture[at + 8 : at + 8 + size]
        at += 8 + size + size % 2


def _chunk(name: bytes, body: bytes) -> bytes:
    return name + len(body).to_bytes(4, "little") + body + b"\0" * (len(body) % 2)


def _three(number: int) -> bytes:
    return number.to_bytes(3, "little")
