"""`deploy/metrics.md` is what the code says, and the runbook names no metric that there is not."""

import re
from pathlib import Path

import pytest

from bot.telemetry.metrics import REGISTRY
from bot.telemetry.reference import names, page

ROOT = Path(__file__).resolve().parents[3]
DEPLOY = ROOT / "deploy"
READMES = [*ROOT.glob("*.md"), *(page for name in ("bot", "integrations") for page in (ROOT / name).rglob("*.md"))]
PAGES = [*sorted(READMES), *sorted(DEPLOY.rglob("*.md")), *sorted(DEPLOY.rglob("*.y*ml"))]
NO_IDS = {"conversation", "author", "customer", "ticket", "user", "session", "team", "id", "email", "message"}


def test_the_page_is_made_from_the_code() -> None:
    assert (DEPLOY / "metrics.md").read_text("utf-8") == page(), "python -m bot.telemetry.reference > deploy/metrics.md"


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_no_page_names_a_metric_that_there_is_not(path: Path) -> None:
    named = set(re.findall(r"`(frontdesk_\w+_(?:total|seconds|kept|waiting|held|info)\w*)\b", path.read_text("utf-8")))
    known = names() | {family.name for family in REGISTRY.collect()}

    assert named - known == set()


def test_a_label_is_never_an_id() -> None:
    rows = [line.split("|") for line in page().splitlines() if line.startswith("| `")]
    labels = {label for row in rows for label in re.findall(r"`(\w+)`", row[3])}

    assert len(rows) > 30
    assert labels
    assert labels & NO_IDS == set()
