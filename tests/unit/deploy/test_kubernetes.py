"""The manifests: valid for the oldest and the newest Kubernetes, probed where somebody answers, locked down."""

from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

from bot.app.settings import METRICS_PORT
from tests.unit.deploy.tools import DEPLOY, PROJECT, documents, is_command, run, tool

FOLDER = DEPLOY / "kubernetes"
DRAIN_SECONDS = 30
KEDA = yaml.safe_load((FOLDER / "examples" / "keda.yaml").read_text("utf-8"))
KEDA_SCHEMA = {
    # The fields used, as https://keda.sh/docs/latest/reference/scaledobject-spec/ has them; no package holds its schema
    "type": "object",
    "required": ["scaleTargetRef", "triggers"],
    "additionalProperties": False,
    "properties": {
        "scaleTargetRef": {"type": "object", "required": ["name"]},
        "minReplicaCount": {"type": "integer", "minimum": 0},
        "maxReplicaCount": {"type": "integer", "minimum": 1},
        "pollingInterval": {"type": "integer"},
        "cooldownPeriod": {"type": "integer", "minimum": 300},
        "fallback": {
            "type": "object",
            "required": ["failureThreshold", "replicas"],
            "additionalProperties": False,
            "properties": {
                "failureThreshold": {"type": "integer"},
                "replicas": {"type": "integer"},
                "behavior": {
                    "enum": ["static", "currentReplicas", "currentReplicasIfHigher", "currentReplicasIfLower"]
                },
            },
        },
        "triggers": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["type", "metadata"],
                "properties": {"metadata": {"additionalProperties": {"type": "string"}}},
            },
        },
    },
}


@cache
def rendered() -> str:
    done = run(tool("kubectl", "https://kubernetes.io/docs/tasks/tools/"), "kustomize", str(FOLDER))
    assert done.returncode == 0, done.stderr
    return done.stdout


def of_kind(kind: str) -> dict[str, Any]:
    files = [path.read_text("utf-8") for path in sorted(FOLDER.glob("*.yaml"))]
    found = [each for text in files for each in documents(text) if each["kind"] == kind]
    return {each["metadata"]["name"]: each for each in found}


DEPLOYMENTS = of_kind("Deployment")


@pytest.mark.parametrize("version", ["1.32", "1.37"])
def test_what_is_rendered_is_valid(version: str, tmp_path: Path) -> None:
    validate = tool("kubernetes-validate")
    file = tmp_path / "all.yaml"
    file.write_text(rendered(), "utf-8")

    done = run(validate, "--kubernetes-version", version, "--strict", str(file))

    assert done.returncode == 0, done.stdout + done.stderr


def test_every_file_belongs_to_the_base_and_carries_this_version() -> None:
    base = yaml.safe_load((FOLDER / "kustomization.yaml").read_text("utf-8"))

    assert {*base["resources"], "kustomization.yaml"} == {path.name for path in FOLDER.glob("*.yaml")}
    assert [image["newTag"] for image in base["images"]] == [PROJECT["version"]]
    assert sorted(of_kind("PodDisruptionBudget")) == sorted(DEPLOYMENTS) == ["frontdesk-web", "frontdesk-worker"]


@pytest.mark.parametrize("name", DEPLOYMENTS)
def test_it_is_probed_where_somebody_answers(name: str) -> None:
    [container] = DEPLOYMENTS[name]["spec"]["template"]["spec"]["containers"]
    port = {"web": 8080, "worker": METRICS_PORT}[container["name"]]
    probes = {kind: container[f"{kind}Probe"]["httpGet"] for kind in ("startup", "liveness", "readiness")}

    assert [each["containerPort"] for each in container["ports"]] == [port]
    assert {each["port"] for each in probes.values()} == {container["ports"][0]["name"]}
    # What asks Redis and the database must not end a process that waits for them.
    assert {kind: each["path"] for kind, each in probes.items()} == {
        "startup": "/healthz",
        "liveness": "/healthz",
        "readiness": "/readyz",
    }


@pytest.mark.parametrize("name", DEPLOYMENTS)
def test_its_commands_are_ours(name: str) -> None:
    pod = DEPLOYMENTS[name]["spec"]["template"]["spec"]

    for container in (*pod["initContainers"], *pod["containers"]):
        assert is_command(container["args"]), container["args"]


@pytest.mark.parametrize("name", DEPLOYMENTS)
def test_it_is_locked_down_and_given_time_to_drain(name: str) -> None:
    pod = DEPLOYMENTS[name]["spec"]["template"]["spec"]

    assert pod["securityContext"]["runAsNonRoot"]
    assert pod["terminationGracePeriodSeconds"] >= 2 * DRAIN_SECONDS
    for container in (*pod["initContainers"], *pod["containers"]):
        assert container["securityContext"]["readOnlyRootFilesystem"]
        assert container["securityContext"]["capabilities"] == {"drop": ["ALL"]}
        assert "cpu" not in container["resources"]["limits"]


def test_the_scaler_goes_by_how_late_work_is_taken_up() -> None:
    assert KEDA["kind"] == "ScaledObject"
    assert KEDA["spec"]["scaleTargetRef"]["name"] in DEPLOYMENTS
    assert [error.message for error in Draft202012Validator(KEDA_SCHEMA).iter_errors(KEDA["spec"])] == []
    [trigger] = KEDA["spec"]["triggers"]
    assert "frontdesk_due_lag_seconds_bucket" in trigger["metadata"]["query"]
    assert trigger["metadata"]["ignoreNullValues"] == "false", "figures that do not come would scale in"
