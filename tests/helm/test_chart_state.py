"""The state volume: what it outlives, and the workload that it needs."""

from typing import Any

import pytest

from tests.support.charts import container, of_kind, only, pod, rendered, workload

CONFIG: dict[str, Any] = {"config": {"targets": [{"name": "a", "vendor": "kpn", "url": "https://a"}]}}
CLAIMED = CONFIG | {"state": {"volume": "persistentVolumeClaim"}}
DIRECTORY = "/var/lib/contactcenter-exporter"
MOUNT = {"name": "state", "mountPath": DIRECTORY}


def test_the_state_outlives_the_container_by_default() -> None:
    manifests = rendered(CONFIG)
    assert f"--state.dir={DIRECTORY}" in container(manifests)["args"]
    assert MOUNT in container(manifests)["volumeMounts"]
    assert {"name": "state", "emptyDir": {}} in pod(manifests)["spec"]["volumes"]


def test_an_empty_directory_may_have_a_limit() -> None:
    volumes = pod(rendered(CONFIG | {"state": {"sizeLimit": "64Mi"}}))["spec"]["volumes"]
    assert {"name": "state", "emptyDir": {"sizeLimit": "64Mi"}} in volumes


@pytest.mark.parametrize("values", [{"demo": {"enabled": True}}, CONFIG | {"state": {"volume": "none"}}])
def test_without_state_there_is_no_volume(values: dict[str, Any]) -> None:
    manifests = rendered(values)
    assert [each for each in container(manifests)["args"] if each.startswith("--state.dir")] == []
    assert [each["name"] for each in pod(manifests)["spec"].get("volumes", [])] in ([], ["config"])


@pytest.mark.parametrize(
    ("replicas", "pods"),
    [
        ({}, 1),
        ({"replicaCount": 2, "leaderElection": {"enabled": True}}, 2),
        ({"sharding": {"enabled": True, "shards": 4}}, 4),
    ],
)
def test_each_pod_of_a_statefulset_has_its_own_claim(replicas: dict[str, Any], pods: int) -> None:
    manifests = rendered(CLAIMED | replicas)
    made = only("StatefulSet", manifests)["spec"]
    assert made["replicas"] == pods
    [claim] = made["volumeClaimTemplates"]
    assert claim["metadata"]["name"] == MOUNT["name"]
    assert claim["spec"] == {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}
    assert MOUNT in container(manifests)["volumeMounts"]
    assert "state" not in {volume["name"] for volume in pod(manifests)["spec"]["volumes"]}
    assert made["serviceName"] in {service["metadata"]["name"] for service in of_kind("Service", manifests)}


def test_shards_without_claims_keep_their_state_in_an_empty_directory() -> None:
    made = workload(rendered(CONFIG | {"sharding": {"enabled": True}}))["spec"]
    assert "volumeClaimTemplates" not in made
    assert "persistentVolumeClaimRetentionPolicy" not in made
