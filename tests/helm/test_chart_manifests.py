"""Manifests: valid for Kubernetes and the Prometheus Operator, hardened and consistent."""

import json
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
from cloudcoil.models.prometheus_operator import v1 as operator

from tests.support.charts import CHART, GOOD, NAMESPACE, container, loaded, of_kind, only, pod, rendered, workload

DEMO: dict[str, Any] = {"demo": {"enabled": True}}
OPERATOR = {
    "ServiceMonitor": operator.ServiceMonitor,
    "PodMonitor": operator.PodMonitor,
    "PrometheusRule": operator.PrometheusRule,
}
EXTERNAL = "ExternalSecret"
MALLOC = ("MALLOC_MMAP_THRESHOLD_", "MALLOC_TRIM_THRESHOLD_")
# The oldest that Chart.yaml allows, and a new one.
VERSIONS = ("1.25", "1.37")

good_values = pytest.mark.parametrize("file", GOOD, ids=lambda file: file.stem)


def environment(variables: dict[str, str]) -> list[dict[str, str]]:
    return [{"name": name, "value": value} for name, value in variables.items()]


def selected(selector: dict[str, str], labels: dict[str, str]) -> bool:
    return selector.items() <= labels.items()


@pytest.mark.slow
@pytest.mark.parametrize("version", VERSIONS)
def test_kubernetes_accepts_every_manifest(version: str) -> None:
    checked = set()
    for manifest in (manifest for file in GOOD for manifest in rendered(loaded(file))):
        text = json.dumps(manifest)
        # Each distinct manifest once: most values files render the same Service and dashboards.
        if text not in checked and manifest["kind"] not in {*OPERATOR, EXTERNAL}:
            assert kubernetes_validate.validate(manifest, version, strict=True) == version
            checked.add(text)


def test_the_external_secrets_have_every_key_that_the_configuration_reads() -> None:
    values = loaded(CHART / "ci" / "external-secrets-values.yaml")
    manifests = rendered(values)
    stored = {
        f"{secret['spec']['target']['name']}/{entry['secretKey']}"
        for secret in of_kind(EXTERNAL, manifests)
        for entry in secret["spec"]["data"]
    }
    read = {
        value.removeprefix("/etc/contactcenter-exporter/credentials/")
        for target in values["config"]["targets"]
        for key, value in target.items()
        if key.endswith("_file")
    }
    assert stored == read
    assert {secret["metadata"]["namespace"] for secret in of_kind(EXTERNAL, manifests)} == {NAMESPACE}


@good_values
def test_the_operator_accepts_every_manifest_and_every_field(file: Path) -> None:
    for manifest in rendered(loaded(file)):
        model = OPERATOR.get(manifest["kind"])
        if model is not None:
            read = model.model_validate(manifest)
            assert read.model_dump(mode="json", by_alias=True, exclude_unset=True) == manifest


def test_the_values_files_render_every_kind_of_the_operator() -> None:
    kinds = {manifest["kind"] for file in GOOD for manifest in rendered(loaded(file))}
    assert {"ServiceMonitor", "PodMonitor"} <= kinds


def test_every_object_is_in_the_namespace_of_the_values() -> None:
    enabled = {"enabled": True}
    values = {
        "namespaceOverride": "contact-centre",
        "config": {"targets": [{"name": "a", "vendor": "sinch"}]},
        "leaderElection": enabled,
        "networkPolicy": enabled,
        "podDisruptionBudget": enabled,
        "serviceMonitor": enabled,
        "prometheusRule": enabled | {"namespace": "monitoring"},
        "dashboards": enabled,
        "replicaCount": 2,
    }
    manifests = rendered(values)
    rules = of_kind("PrometheusRule", manifests)
    assert {rule["metadata"]["namespace"] for rule in rules} == {"monitoring"}
    others = [manifest for manifest in manifests if manifest not in rules]
    assert {manifest["metadata"]["namespace"] for manifest in others} == {"contact-centre"}
    assert only("ServiceMonitor", manifests)["spec"]["namespaceSelector"]["matchNames"] == ["contact-centre"]
    assert only("RoleBinding", manifests)["subjects"][0]["namespace"] == "contact-centre"
    assert only("Pod", manifests)["spec"]["containers"][0]["command"][-1] == (
        "http://cc-contactcenter-exporter.contact-centre:10117/-/ready"
    )


@good_values
def test_names_are_unique(file: Path) -> None:
    names = [(manifest["kind"], manifest["metadata"]["name"]) for manifest in rendered(loaded(file))]
    assert len(names) == len(set(names))


@good_values
def test_names_are_not_too_long(file: Path) -> None:
    for manifest in rendered(loaded(file)):
        assert len(manifest["metadata"]["name"]) <= (253 if manifest["kind"] in {"ConfigMap", "PrometheusRule"} else 63)


@good_values
def test_selectors_match_the_pods_but_not_the_test_pod(file: Path) -> None:
    manifests = rendered(loaded(file))
    labels = pod(manifests)["metadata"]["labels"]
    selectors = [
        *(service["spec"]["selector"] for service in of_kind("Service", manifests)),
        workload(manifests)["spec"]["selector"]["matchLabels"],
    ]
    selectors += [manifest["spec"]["podSelector"]["matchLabels"] for manifest in of_kind("NetworkPolicy", manifests)]
    selectors += [
        manifest["spec"]["selector"]["matchLabels"]
        for kind in ("PodDisruptionBudget", "PodMonitor")
        for manifest in of_kind(kind, manifests)
    ]
    assert all(selected(selector, labels) for selector in selectors)
    for test in of_kind("Pod", manifests):
        assert not any(selected(selector, test["metadata"]["labels"]) for selector in selectors)


@good_values
def test_every_mount_has_a_volume_and_every_volume_a_mount(file: Path) -> None:
    manifests = rendered(loaded(file))
    spec = pod(manifests)["spec"]
    mounted = {mount["name"] for mount in spec["containers"][0].get("volumeMounts", [])}
    claims = {claim["metadata"]["name"] for claim in workload(manifests)["spec"].get("volumeClaimTemplates", [])}
    assert mounted == {volume["name"] for volume in spec.get("volumes", [])} | claims


def test_pods_and_the_test_pod_are_hardened() -> None:
    manifests = rendered(DEMO)
    for spec in (pod(manifests)["spec"], only("Pod", manifests)["spec"]):
        assert spec["automountServiceAccountToken"] is False
        assert spec["enableServiceLinks"] is False
        assert spec["securityContext"]["runAsNonRoot"] is True
        assert spec["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
        assert spec["containers"][0]["securityContext"] == {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "privileged": False,
            "capabilities": {"drop": ["ALL"]},
        }
    assert only("ServiceAccount", manifests)["automountServiceAccountToken"] is False


def test_the_test_pod_waits_for_the_release_with_a_deadline() -> None:
    spec = only("Pod", rendered(DEMO))["spec"]
    assert spec["restartPolicy"] == "OnFailure"
    assert 60 <= spec["activeDeadlineSeconds"] < 300  # the timeout of `helm test`


def test_the_image_tag_is_the_charts_version_unless_tag_or_digest_is_set() -> None:
    digest = "sha256:" + "0" * 64
    assert container(rendered(DEMO))["image"].endswith(":" + loaded(CHART / "Chart.yaml")["appVersion"])
    assert container(rendered(DEMO | {"image": {"tag": "v9"}}))["image"].endswith(":v9")
    assert container(rendered(DEMO | {"image": {"tag": "v9", "digest": digest}}))["image"].endswith(
        f"exporter@{digest}"
    )


def test_glibc_returns_large_blocks_unless_extra_env_sets_other_thresholds() -> None:
    assert container(rendered(DEMO))["env"] == environment(dict.fromkeys(MALLOC, "131072"))
    extra = environment({"TZ": "UTC", "MALLOC_TRIM_THRESHOLD_": "65536"})
    overridden = container(rendered(DEMO | {"extraEnv": extra}))["env"]
    assert overridden == [*environment({"MALLOC_MMAP_THRESHOLD_": "131072"}), *extra]


def test_a_changed_configuration_replaces_the_pods() -> None:
    one, same, other = (
        pod(rendered({"config": {"targets": [{"name": name, "vendor": "sinch", "url": "https://a"}]}}))["metadata"]
        for name in ("a", "a", "b")
    )
    assert one == same
    assert one["annotations"]["checksum/config"] != other["annotations"]["checksum/config"]


@pytest.mark.parametrize(
    ("values", "scheme"), [({}, "HTTP"), ({"webConfig": {"existingSecret": "web", "tls": True}}, "HTTPS")]
)
def test_probes_and_monitors_use_the_scheme_of_the_web_configuration(values: dict[str, Any], scheme: str) -> None:
    manifests = rendered(DEMO | values | {"serviceMonitor": {"enabled": True}})
    assert container(manifests)["livenessProbe"]["httpGet"]["scheme"] == scheme
    assert container(manifests)["readinessProbe"]["httpGet"] == {
        "path": "/-/ready",
        "port": "metrics",
        "scheme": scheme,
    }
    assert only("ServiceMonitor", manifests)["spec"]["endpoints"][0]["scheme"] == scheme.lower()
    assert only("Service", manifests)["spec"]["ports"][0]["appProtocol"] == scheme.lower()


def test_no_manifest_contains_a_credential_of_a_probe() -> None:
    manifests = rendered(
        DEMO | {"webConfig": {"existingSecret": "web"}, "probes": {"type": "exec", "credentialsSecret": "probe"}}
    )
    assert container(manifests)["readinessProbe"]["exec"]["command"] == [
        "contactcenter-exporter-probe",
        "--credentials=/etc/contactcenter-exporter/probe/credentials",
        "http://127.0.0.1:10117/-/ready",
    ]
    assert "Authorization" not in json.dumps(manifests)


def test_a_network_policy_allows_prometheus_and_the_test_in_and_vendors_and_dns_out() -> None:
    values = {
        "config": {"targets": [{"name": "a", "vendor": "sinch"}]},
        "networkPolicy": {"enabled": True, "egress": {"cidrs": ["203.0.113.0/24"]}},
    }
    spec = only("NetworkPolicy", rendered(values))["spec"]
    assert spec["policyTypes"] == ["Ingress", "Egress"]
    [ingress] = spec["ingress"]
    assert [set(peer) for peer in ingress["from"]] == [{"namespaceSelector", "podSelector"}, {"podSelector"}]
    dns, vendors = spec["egress"]
    assert {port["port"] for port in dns["ports"]} == {53}
    assert vendors == {"to": [{"ipBlock": {"cidr": "203.0.113.0/24"}}], "ports": [{"port": 443, "protocol": "TCP"}]}


@pytest.mark.parametrize("kind", ["ServiceMonitor", "PodMonitor"])
def test_a_monitor_has_additional_fields_beside_its_own(kind: str) -> None:
    monitor = {"enabled": True, "extraSpec": {"sampleLimit": 9}, "extraEndpoint": {"honorLabels": True, "port": "x"}}
    spec = only(kind, rendered(DEMO | {kind[0].lower() + kind[1:]: monitor}))["spec"]
    [endpoint] = spec["endpoints" if kind == "ServiceMonitor" else "podMetricsEndpoints"]
    assert spec["sampleLimit"] == 9
    assert (endpoint["honorLabels"], endpoint["port"]) == (True, "metrics")


def test_the_services_have_the_ip_families_of_the_values() -> None:
    families = {"ipFamilyPolicy": "PreferDualStack", "ipFamilies": ["IPv6", "IPv4"]}
    sharded = {"existingConfig": {"name": "a"}, "sharding": {"enabled": True}, "service": families}
    services = of_kind("Service", rendered(sharded))
    assert [families.items() <= service["spec"].items() for service in services] == [True, True]


def test_a_quota_accepts_the_test_pod_too() -> None:
    resources = {"requests": {"cpu": "50m"}, "limits": {"cpu": "1", "memory": "256Mi"}}
    manifests = rendered(DEMO | {"resources": resources})
    expected = {"requests": {"cpu": "50m", "memory": "96Mi"}, "limits": {"cpu": "1", "memory": "256Mi"}}
    assert container(manifests)["resources"] == expected
    assert only("Pod", manifests)["spec"]["containers"][0]["resources"] == expected


def test_a_simulation_needs_no_egress_but_dns() -> None:
    spec = only("NetworkPolicy", rendered(DEMO | {"networkPolicy": {"enabled": True}}))["spec"]
    assert [port["port"] for rule in spec["egress"] for port in rule["ports"]] == [53, 53]


def test_a_spread_constraint_defaults_to_the_labels_of_the_pods() -> None:
    constraint = {"maxSkew": 1, "topologyKey": "zone", "whenUnsatisfiable": "DoNotSchedule"}
    complete = constraint | {"labelSelector": {"matchLabels": {"a": "b"}}}
    manifests = rendered(DEMO | {"topologySpreadConstraints": [constraint, complete]})
    own, other = pod(manifests)["spec"]["topologySpreadConstraints"]
    assert own["labelSelector"] == only("Deployment", manifests)["spec"]["selector"]
    assert other == complete
