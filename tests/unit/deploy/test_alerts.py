"""The alerts are sound, each is seen firing and silent, and leads to its paragraph in the runbook."""

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.telemetry.reference import names
from tests.unit.deploy.queries import metrics_in

ROOT = Path(__file__).resolve().parents[3]
DEPLOY = ROOT / "deploy"
RULES = [
    rule for group in yaml.safe_load((DEPLOY / "alerts.yml").read_text("utf-8"))["groups"] for rule in group["rules"]
]
CASES = yaml.safe_load((DEPLOY / "alerts_test.yml").read_text("utf-8"))["tests"]


@pytest.fixture(scope="module")
def promtool() -> str:
    """Prometheus' own checker: Debian's package `prometheus`; `.ci/run` fetches it."""
    found = shutil.which("promtool") or shutil.which("promtool", path=str(ROOT / ".tools"))
    if not found:
        pytest.skip("no promtool: install Debian's package prometheus")
    return found


@pytest.mark.parametrize(
    "arguments",
    [["check", "rules", "alerts.yml"], ["test", "rules", "alerts_test.yml"], ["check", "config", "prometheus.yml"]],
    ids=" ".join,
)
def test_promtool_finds_nothing(promtool: str, arguments: list[str]) -> None:
    done = subprocess.run([promtool, *arguments], cwd=DEPLOY, capture_output=True, text=True, timeout=250, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule["alert"])
def test_an_alert_asks_for_what_there_is_and_leads_to_the_runbook(rule: Any) -> None:
    page, _, anchor = rule["annotations"]["runbook"].partition("#")

    assert metrics_in(rule["expr"])
    assert metrics_in(rule["expr"]) <= names()
    assert rule["labels"]["severity"] in {"critical", "warning"}
    assert rule["annotations"]["summary"].endswith(".")
    assert anchor in anchors((DEPLOY / page).read_text("utf-8"))


def test_every_alert_is_seen_firing_and_silent() -> None:
    """promtool calls a file of tests sound that tests nothing."""
    tried = [(case["alertname"], bool(case["exp_alerts"])) for one in CASES for case in one["alert_rule_test"]]
    names_of_rules = {rule["alert"] for rule in RULES}

    assert {name for name, fires in tried if fires} == names_of_rules
    assert {name for name, fires in tried if not fires} == names_of_rules


def anchors(page: str) -> set[str]:
    """Return where links into a page may lead: its headings, as GitHub names them."""
    heads = re.findall(r"^#+ (.+)$", page, flags=re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", head).strip().lower().replace(" ", "-") for head in heads}
