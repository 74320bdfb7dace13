"""More than one pod: sharding and leader election."""

from typing import Any

import pytest
from helm_python import HelmError

from exporter.cli.commands import parse
from exporter.cluster.kubernetes_lease import MARK_SUFFIX
from exporter.cluster.sharding import shard_of
from exporter.settings import Settings
from tests.support.charts import container, of_kind, only, pod, rendered

CONFIG: dict[str, Any] = {"config": {"targets": [{"name": "a", "vendor": "sinch", "url": "https://a"}]}}
SHARDED = CONFIG | {"sharding": {"enabled": True, "shards": 4}}
ELECTED = CONFIG | {"leaderElection": {"enabled": True, "duration": "20s"}, "replicaCount": 2}


def settings(values: dict[str, Any], tmp_path: Any) -> Settings:  # noqa: ANN401 - pytest's own
    """Return the settings for the arguments of the container, with a configuration file of the test."""
    file = tmp_path / "contactcenter.yml"
    file.write_text("targets: [{name: a, vendor: sinch, url: https://a, username: u, password: secret}]")
    arguments = [each for each in container(rendered(values))["args"] if not each.startswith("--config.file")]
    command = parse([f"--config.file={file}", *arguments], {})
    assert isinstance(command, Settings)
    return command


def strategy(values: dict[str, Any]) -> dict[str, Any]:
    """Return the update strategy of the Deployment."""
    found: dict[str, Any] = only("Deployment", rendered(values))["spec"]["strategy"]
    return found


@pytest.mark.parametrize("duration", ["5s", "1m", "1m30s", "120s"])
def test_the_exporter_accepts_the_durations_that_the_chart_accepts(duration: str, tmp_path: Any) -> None:  # noqa: ANN401 - pytest's
    elected = ELECTED | {"leaderElection": {"enabled": True, "duration": duration}}
    assert settings(elected, tmp_path).leader_election.duration >= 5


@pytest.mark.parametrize("duration", ["4s", "0m", "500ms", "90", "1m0s"])
def test_the_chart_rejects_other_durations(duration: str) -> None:
    with pytest.raises(HelmError, match="at '/leaderElection/duration'"):
        rendered(ELECTED | {"leaderElection": {"enabled": True, "duration": duration}})


def test_each_pod_of_the_statefulset_has_its_own_shard(tmp_path: Any) -> None:  # noqa: ANN401 - pytest's
    manifests = rendered(SHARDED)
    made = only("StatefulSet", manifests)
    read = settings(SHARDED, tmp_path)
    pods = [f"{made['metadata']['name']}-{number}" for number in range(made["spec"]["replicas"])]
    assert [shard_of(read, name) for name in pods] == [(number, 4) for number in range(4)]


def test_a_service_monitor_does_not_select_the_headless_service() -> None:
    manifests = rendered(SHARDED | {"serviceMonitor": {"enabled": True}})
    wanted = only("ServiceMonitor", manifests)["spec"]["selector"]["matchLabels"].items()
    services = of_kind("Service", manifests)
    assert [wanted <= service["metadata"]["labels"].items() for service in services].count(True) == 1
    [headless] = [service for service in services if service["spec"].get("clusterIP") == "None"]
    assert headless["metadata"]["name"] == only("StatefulSet", manifests)["spec"]["serviceName"]


def test_shards_have_the_same_pods_as_a_deployment() -> None:
    one, other = (pod(rendered(values))["spec"] for values in (SHARDED, CONFIG))
    assert [each for each in one["containers"][0]["args"] if each not in other["containers"][0]["args"]] == [
        "--total-shards=4"
    ]
    assert {**one, "containers": 0} == {**other, "containers": 0}


def test_the_role_grants_the_rights_to_the_lease(tmp_path: Any) -> None:  # noqa: ANN401 - pytest's
    manifests = rendered(ELECTED)
    election = settings(ELECTED, tmp_path).leader_election
    create, own = only("Role", manifests)["rules"]
    assert (create["resources"], create["verbs"]) == (["leases"], ["create"])
    assert (own["resources"], own["verbs"]) == (["leases"], ["get", "update"])
    assert own["resourceNames"] == [election.lease, f"{election.lease}{MARK_SUFFIX}"]
    binding = only("RoleBinding", manifests)
    assert binding["roleRef"]["name"] == only("Role", manifests)["metadata"]["name"]
    [subject] = binding["subjects"]
    assert subject["name"] == only("ServiceAccount", manifests)["metadata"]["name"]
    assert subject["name"] == pod(manifests)["spec"]["serviceAccountName"]
    assert election.duration == 20


def test_the_leases_are_part_of_the_release_and_left_to_the_exporter() -> None:
    manifests = rendered(ELECTED)
    leases = of_kind("Lease", manifests)
    granted = only("Role", manifests)["rules"][1]["resourceNames"]
    assert [lease["metadata"]["name"] for lease in leases] == granted
    assert ["spec" in lease for lease in leases] == [False, False]
    assert of_kind("Lease", rendered(CONFIG)) == []


def test_leader_election_uses_a_rolling_update() -> None:
    assert strategy(ELECTED)["type"] == "RollingUpdate"
    assert strategy(CONFIG) == {"type": "Recreate"}


# Server-side apply (Helm 4) removes only fields that the release set. A limit that Kubernetes added by default would
# remain when the type changes to Recreate, and Recreate with a limit is invalid.
@pytest.mark.parametrize(
    ("values", "limits"),
    [
        (ELECTED, ("25%", "25%")),
        (CONFIG | {"strategy": None}, ("25%", "25%")),
        (CONFIG | {"strategy": {"type": "RollingUpdate"}}, ("25%", "25%")),
        (CONFIG | {"strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": 0}}}, ("25%", 0)),
        (ELECTED | {"strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 2}}}, (2, "25%")),
    ],
)
def test_a_rolling_update_has_both_limits(values: dict[str, Any], limits: tuple[object, object]) -> None:
    surge, unavailable = limits
    assert strategy(values) == {
        "type": "RollingUpdate",
        "rollingUpdate": {"maxSurge": surge, "maxUnavailable": unavailable},
    }


def test_a_disruption_budget_may_keep_all_shards_but_one() -> None:
    budget = {"podDisruptionBudget": {"enabled": True, "minAvailable": 3}}
    assert only("PodDisruptionBudget", rendered(SHARDED | budget))["spec"]["minAvailable"] == 3


@pytest.mark.parametrize(
    ("kubernetes", "rule"),
    [
        ({}, {"ports": [{"port": 6443, "protocol": "TCP"}]}),
        (
            {"cidrs": ["10.0.0.1/32"], "ports": [443]},
            {"to": [{"ipBlock": {"cidr": "10.0.0.1/32"}}], "ports": [{"port": 443, "protocol": "TCP"}]},
        ),
    ],
)
def test_a_network_policy_allows_a_leader_to_reach_kubernetes(kubernetes: dict[str, Any], rule: dict[str, Any]) -> None:
    policy = {"networkPolicy": {"enabled": True, "egress": {"kubernetes": kubernetes}}}
    assert only("NetworkPolicy", rendered(ELECTED | policy))["spec"]["egress"][-1] == rule
    assert rule not in only("NetworkPolicy", rendered(CONFIG | policy))["spec"]["egress"]


@pytest.mark.parametrize(("values", "token"), [(CONFIG, False), (SHARDED, False), (ELECTED, True)])
def test_pods_have_a_token_and_rights_only_with_leader_election(values: dict[str, Any], token: bool) -> None:  # noqa: FBT001 - both
    manifests = rendered(values)
    assert pod(manifests)["spec"]["automountServiceAccountToken"] is token
    assert bool(of_kind("Role", manifests) + of_kind("RoleBinding", manifests)) is token
    assert only("ServiceAccount", manifests)["automountServiceAccountToken"] is False
