"""Pod Security: namespaces that enforce the standard `restricted` admit every pod of the chart."""

from pathlib import Path
from typing import Any

import pytest

from tests.support.charts import GOOD, Manifest, loaded, of_kind, pod, rendered
from tests.support.pod_security import violations

DEMO: dict[str, Any] = {"demo": {"enabled": True}}
# These values remove the security contexts, for namespaces that set them, as in OpenShift.
WITHOUT_CONTEXTS = {"no-resources-and-no-contexts"}


def specs(values: dict[str, Any]) -> list[Manifest]:
    """Return the specs of the workload's pods and of the pod of `helm test`."""
    manifests = rendered(values)
    return [each["spec"] for each in (pod(manifests), *of_kind("Pod", manifests))]


@pytest.mark.parametrize(
    "file", [file for file in GOOD if file.stem not in WITHOUT_CONTEXTS], ids=lambda file: file.stem
)
def test_every_pod_meets_the_restricted_standard(file: Path) -> None:
    assert [violations(spec) for spec in specs(loaded(file))] == [[] for _ in specs(loaded(file))]


@pytest.mark.parametrize(
    ("values", "violation"),
    [
        ({"securityContext": {"allowPrivilegeEscalation": True}}, "exporter: allowPrivilegeEscalation is not false"),
        ({"securityContext": {"capabilities": {"drop": []}}}, "exporter: capabilities are not dropped"),
        ({"securityContext": {"capabilities": {"add": ["NET_RAW"]}}}, "exporter: capabilities are added"),
        ({"podSecurityContext": {"runAsNonRoot": False}}, "exporter: runAsNonRoot is not true"),
        ({"podSecurityContext": {"runAsUser": 0}}, "exporter: runAsUser is 0"),
        (
            {"podSecurityContext": {"seccompProfile": {"type": "Unconfined"}}},
            "exporter: seccompProfile is not restricted",
        ),
        ({"securityContext": {"privileged": True}}, "exporter: privileged"),
        ({"extraVolumes": [{"name": "host", "hostPath": {"path": "/"}}]}, "volume of type hostPath"),
        ({"extraContainers": [{"name": "side", "image": "side"}]}, "side: runAsNonRoot is not true"),
    ],
)
def test_the_standard_forbids_what_values_weaken(values: dict[str, Any], violation: str) -> None:
    weakened = {"podSecurityContext": {"runAsNonRoot": None}} if "extraContainers" in values else {}
    assert violation in violations(specs(DEMO | weakened | values)[0])


def test_openshift_may_choose_the_users_of_the_pods() -> None:
    chosen = {"podSecurityContext": dict.fromkeys(("runAsUser", "runAsGroup", "fsGroup"))}
    for spec in specs(DEMO | chosen):
        assert spec["securityContext"] == {"runAsNonRoot": True, "seccompProfile": {"type": "RuntimeDefault"}}
        assert violations(spec) == []
