"""A package that comes late: its modules load by themselves, its names when somebody wants them."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor, wait
from pathlib import Path
from threading import Event

import pytest

from bot.late_package import absent, load_late


@pytest.fixture
def slow(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Return the name of a package that says when it runs."""
    folder = tmp_path / "slow_package"
    folder.mkdir()
    (folder / "__init__.py").write_text('import sys\nsys.ran_slow_package = True\nNAME = "whole"\n')
    (folder / "part.py").write_text('NAME = "part"\n')
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr(sys, "ran_slow_package", False, raising=False)
    for name in ("slow_package", "slow_package.part"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    return "slow_package"


def test_a_module_of_it_loads_by_itself(slow: str) -> None:
    load_late(slow)
    from slow_package.part import NAME  # type: ignore[import-not-found]

    assert (NAME, sys.ran_slow_package) == ("part", False)  # type: ignore[attr-defined]


def test_its_names_are_there_when_they_are_wanted(slow: str) -> None:
    load_late(slow)
    from slow_package import NAME  # type: ignore[import-not-found]

    assert (NAME, sys.ran_slow_package) == ("whole", True)  # type: ignore[attr-defined]


def test_who_looks_at_every_module_loads_none(slow: str) -> None:
    load_late(slow)
    assert not hasattr(sys.modules[slow], "__wrapped__")
    assert not sys.ran_slow_package  # type: ignore[attr-defined]


def test_what_has_no_such_name_says_so(slow: str) -> None:
    load_late(slow)
    with pytest.raises(AttributeError):
        _ = sys.modules[slow].nothing
    with pytest.raises(AttributeError):
        _ = sys.modules[slow].nothing


def test_a_second_thread_waits_until_all_names_are_there(
    slow: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    runs, goes_on = Event(), Event()
    monkeypatch.setattr(sys, "slow_package_events", (runs, goes_on), raising=False)
    lines = ("import sys", "runs, goes_on = sys.slow_package_events", "runs.set()", "goes_on.wait()", 'NAME = "whole"')
    (tmp_path / slow / "__init__.py").write_text("\n".join(lines))
    load_late(slow)

    with ThreadPoolExecutor(2) as threads:
        first = threads.submit(lambda: sys.modules[slow].NAME)
        runs.wait()
        second = threads.submit(lambda: sys.modules[slow].NAME)
        wait([second], timeout=0.1)  # long enough for it to look in too early
        goes_on.set()

        assert (first.result(), second.result()) == ("whole", "whole")


def test_a_process_whose_desk_has_no_server_does_without_the_protocol() -> None:
    code = (
        "import sys; import bot.app.processes, bot.app.background, bot.app.web; "
        "print([name for name in sys.modules if name.startswith(('mcp.client', 'mcp.server'))]); "
        "import agents.mcp; from integrations.mcp.connection import MCPError; "
        "print(agents.mcp.util.MCPError is MCPError, agents.mcp.MCPServerStdio.__name__)"
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert told.splitlines() == ["[]", "True MCPServerStdio"]


def test_a_library_does_without_what_is_absent_and_others_find_it(slow: str) -> None:
    with absent(slow, "json"):
        with pytest.raises(ImportError):
            import slow_package  # noqa: F401
        import json  # what is loaded already is not hidden

        assert json.loads("1") == 1
    from slow_package import NAME

    assert NAME == "whole"
