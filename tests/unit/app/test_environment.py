"""Variables that a desk or a connector names: the environment's, else those of `.env`."""

from pathlib import Path

import pytest

from bot.app.environment import variable, variables


def test_the_environment_goes_before_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".env").write_text("BAKERY_KEY=from-the-file\nBAKERY_URL=https://bakery.example\n", "utf-8")
    monkeypatch.setenv("BAKERY_KEY", "from-the-environment")

    found = variables(["BAKERY_KEY", "BAKERY_URL", "BAKERY_NOWHERE"])

    assert found == {"BAKERY_KEY": "from-the-environment", "BAKERY_URL": "https://bakery.example"}
    assert variable("BAKERY_NOWHERE") is None
