"""Where nobody can listen the words say why: a port that is taken is another thing than an address that is not ours."""

import errno
import socket

import pytest

from bot.app.server import serving, why_not


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (OSError(errno.EADDRINUSE, "Address already in use"), "--port: 127.0.0.1:80 is not free"),
        (PermissionError(errno.EACCES, "Permission denied"), "--port: this user may not listen on port 80"),
        (OSError(errno.EADDRNOTAVAIL, "Cannot assign"), "--host: 127.0.0.1 is no address of this machine"),
        (socket.gaierror(-2, "Name or service not known"), "--host: 127.0.0.1 is no address of this machine"),
        (OSError(errno.EAFNOSUPPORT, "Address family not supported"), "(Address family not supported)"),
    ],
)
def test_each_reason_has_its_words(error: OSError, words: str) -> None:
    assert words in why_not("127.0.0.1", 80, error)


async def test_a_port_that_another_process_has_is_not_free() -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]

        with pytest.raises(OSError, match="in use") as refused:
            async with serving(None, "127.0.0.1", port):
                pass

    assert "is not free" in why_not("127.0.0.1", port, refused.value)


@pytest.mark.parametrize("host", ["203.0.113.7", "no-such-host.invalid"])
async def test_an_address_of_another_machine_is_not_called_a_taken_port(host: str) -> None:
    with pytest.raises(OSError) as refused:  # noqa: PT011 (each has its own class and words)
        async with serving(None, host, 0):
            pass

    assert "no address of this machine" in why_not(host, 0, refused.value)
