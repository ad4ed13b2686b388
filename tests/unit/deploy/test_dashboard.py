"""The dashboard is one that Grafana provisions from a file, and asks for nothing that is not there."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.telemetry.reference import names
from tests.unit.deploy.queries import metrics_in

GRAFANA = Path(__file__).resolve().parents[3] / "deploy" / "grafana"
DASHBOARDS = sorted((GRAFANA / "dashboards").glob("*.json"))
SOURCE = {"type": "prometheus", "uid": "${datasource}"}
WIDTH = 24


@pytest.fixture(scope="module", params=DASHBOARDS, ids=lambda path: path.name)
def dashboard(request: pytest.FixtureRequest) -> Any:
    return json.loads(request.param.read_text("utf-8"))


def panels_of(dashboard: Any) -> list[Any]:
    return [panel for panel in dashboard["panels"] if panel["type"] != "row"]


def targets_of(dashboard: Any) -> Iterator[Any]:
    for panel in panels_of(dashboard):
        yield from panel["targets"]


def test_a_file_is_provisioned_by_its_uid_alone(dashboard: Any) -> None:
    """Placeholders of an export are filled in by an import by hand, and not by provisioning."""
    text = json.dumps(dashboard)

    assert dashboard["id"] is None
    assert 0 < len(dashboard["uid"]) <= 40
    assert "__inputs" not in dashboard
    assert "${DS_" not in text
    assert dashboard["schemaVersion"] >= 39


def test_uids_are_unique() -> None:
    uids = [json.loads(path.read_text("utf-8"))["uid"] for path in DASHBOARDS]
    assert uids
    assert len(uids) == len(set(uids))


def test_panels_have_their_own_ids_and_do_not_lie_on_each_other(dashboard: Any) -> None:
    ids = [panel["id"] for panel in dashboard["panels"]]
    taken = [cell for panel in dashboard["panels"] for cell in _cells(panel["gridPos"])]

    assert len(ids) == len(set(ids))
    assert len(taken) == len(set(taken))
    assert max(x for x, _ in taken) < WIDTH


def _cells(place: Any) -> Iterator[tuple[int, int]]:
    for x in range(place["x"], place["x"] + place["w"]):
        yield from ((x, y) for y in range(place["y"], place["y"] + place["h"]))


def test_every_panel_says_what_it_shows_and_in_which_unit(dashboard: Any) -> None:
    panels = panels_of(dashboard)

    assert all(panel["title"] and panel["description"] for panel in panels)
    assert all(panel["fieldConfig"]["defaults"]["unit"] for panel in panels)
    assert all(panel["targets"] for panel in panels)


def test_every_panel_and_target_takes_the_chosen_data_source(dashboard: Any) -> None:
    variables = {one["name"]: one["type"] for one in dashboard["templating"]["list"]}

    assert variables == {"datasource": "datasource"}
    assert all(panel["datasource"] == SOURCE for panel in panels_of(dashboard))
    assert all(target["datasource"] == SOURCE for target in targets_of(dashboard))


def test_every_expression_is_promql_and_asks_for_what_there_is(dashboard: Any) -> None:
    expressions = [target["expr"] for target in targets_of(dashboard)]
    asked = {expression: metrics_in(expression) for expression in expressions}

    assert len(expressions) > 40
    assert [expression for expression, found in asked.items() if not found] == []
    assert {name for found in asked.values() for name in found} - names() == set()


def test_an_expression_that_is_none_is_seen() -> None:
    with pytest.raises(ValueError, match="parenthesis"):
        metrics_in("sum by (le (rate(frontdesk_turns_total[$__rate_interval]))")


def test_what_is_provisioned_is_the_file_and_nobodys_changes() -> None:
    [provider] = yaml.safe_load((GRAFANA / "provisioning/dashboards/frontdesk.yml").read_text("utf-8"))["providers"]
    [source] = yaml.safe_load((GRAFANA / "provisioning/datasources/prometheus.yml").read_text("utf-8"))["datasources"]

    assert (provider["allowUiUpdates"], provider["disableDeletion"]) == (False, True)
    assert provider["options"]["path"]
    assert source["type"] == "prometheus"
