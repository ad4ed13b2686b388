"""The compose file: well formed, made of commands and variables that exist, and locked down."""

import re
from typing import Any

import pytest
import yaml

from bot.app.settings import Settings
from tests.unit.deploy.tools import DEPLOY, PROJECT, is_command

TEXT = (DEPLOY / "compose.yml").read_text("utf-8")
COMPOSE: dict[str, Any] = yaml.safe_load(TEXT)
SERVICES: dict[str, Any] = COMPOSE["services"]
OURS = [name for name, service in SERVICES.items() if service["image"].startswith("frontdesk")]


def test_it_is_what_the_specification_allows() -> None:
    compose_spec = pytest.importorskip("compose_spec", reason="not checked: no compose-spec here (make deploy-tools)")

    assert set(compose_spec.ComposeSpecification(**COMPOSE).services) == set(SERVICES)


def test_it_has_a_web_process_workers_and_both_stores() -> None:
    assert set(SERVICES) == {"upgrade", "web", "worker", "redis", "postgres"}
    assert {SERVICES[name]["image"] for name in OURS} == {f"frontdesk:{PROJECT['version']}"}


@pytest.mark.parametrize("name", OURS)
def test_every_command_is_one_of_ours(name: str) -> None:
    assert is_command(SERVICES[name]["command"])


@pytest.mark.parametrize("name", OURS)
def test_every_process_of_ours_is_locked_down_and_given_time_to_drain(name: str) -> None:
    service = SERVICES[name]

    assert service["read_only"]
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["stop_grace_period"] == "60s"
    assert set(service["environment"]) <= {field.upper() for field in Settings.model_fields}


def test_every_variable_that_it_asks_for_stands_in_the_example() -> None:
    asked = set(re.findall(r"\$\{(\w+)", TEXT))

    assert asked == {"POSTGRES_PASSWORD"}
    assert "\nPOSTGRES_PASSWORD=\n" in (DEPLOY / "env.example").read_text("utf-8")


def test_nothing_but_the_web_app_is_reachable_and_that_from_this_machine_alone() -> None:
    published = {name: service["ports"] for name, service in SERVICES.items() if "ports" in service}

    assert published == {"web": ["127.0.0.1:8080:8080"]}


def test_nothing_starts_before_the_tables_are_there() -> None:
    conditions = {name: SERVICES[name]["depends_on"]["upgrade"]["condition"] for name in OURS if name != "upgrade"}

    assert conditions == dict.fromkeys(("web", "worker"), "service_completed_successfully")
