"""`frontdesk brake`: on, off and status, and what is misuse."""

from pathlib import Path

import pytest

from bot.cli.main import main


@pytest.fixture(autouse=True)
def own_store(redis_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("REDIS_URL", redis_url)


def code(*arguments: str) -> int:
    with pytest.raises(SystemExit) as ended:
        main(["brake", *arguments])
    return int(ended.value.code or 0)


def test_it_goes_on_says_so_and_goes_off(capsys: pytest.CaptureFixture[str]) -> None:
    codes = [code("off"), code("on"), code("status"), code("on", "--mode", "silent"), code("status")]
    told = capsys.readouterr().out
    codes += [code("off"), code("status")]
    after = capsys.readouterr().out

    assert codes == [0] * 7
    assert told.count("on (draft): every public answer becomes a draft") == 2
    assert told.count("on (silent): nothing is answered") == 2
    assert after.count("off: the desk's `autonomy` decides") == 2


@pytest.mark.parametrize("arguments", [("on", "--mode", "loud"), ("on", "--mode", "public"), ("pull",), ()])
def test_misuse_is_two(arguments: tuple[str, ...]) -> None:
    assert code(*arguments) == 2


def test_a_store_that_is_away_is_two(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("REDIS_URL", "redis://127.0.0.1:1")

    assert code("status") == 2
    assert "REDIS_URL" in capsys.readouterr().err
