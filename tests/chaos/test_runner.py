"""The long form itself: whatever becomes of a run is told, and a signal goes to nobody who was not meant."""

import os
import signal
import sys
from typing import Any

import pytest

from tests.chaos import __main__ as runner
from tests.chaos.machine import is_alive, signal_quietly

DEATHS = {
    "import os, signal; os.kill(0, signal.SIGKILL)": "ended by SIGKILL",
    "raise MemoryError": "exit code 1",
    "pass": "without a result",
}


@pytest.mark.parametrize(("program", "told"), DEATHS.items())
def test_a_run_that_comes_to_no_end_of_its_own_is_told(
    monkeypatch: pytest.MonkeyPatch, capfd: Any, program: str, told: str
) -> None:
    # 0 is a whole process group: this one lives, for a run has its own.
    play = runner._code_of
    monkeypatch.setattr(runner, "_code_of", lambda _: play([sys.executable, "-c", program]))
    monkeypatch.setattr(runner, "ENDINGS", ())

    assert runner.main(["neither"]) == runner.FINDING

    out = capfd.readouterr().out
    assert told in out.splitlines()[0]
    assert "Nothing lost" not in out


def test_a_run_that_nobody_knows_is_misuse(capsys: Any) -> None:
    assert runner.main(["nether"]) == runner.MISUSE
    assert "there are: all on, neither" in capsys.readouterr().out


def test_no_signal_goes_to_a_place_that_is_empty_for_a_moment(monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[int] = []
    monkeypatch.setattr(os, "kill", lambda pid, _number: sent.append(pid))

    signal_quietly(0, signal.SIGKILL)
    signal_quietly(-1, signal.SIGKILL)

    assert not is_alive(0)
    assert sent == []
