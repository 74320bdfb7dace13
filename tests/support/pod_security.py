"""The Pod Security Standard `restricted`, from kubernetes.io/docs/concepts/security/pod-security-standards."""

from collections.abc import Iterator
from typing import Any

Manifest = dict[str, Any]

_VOLUMES = {
    "configMap",
    "csi",
    "downwardAPI",
    "emptyDir",
    "ephemeral",
    "image",
    "persistentVolumeClaim",
    "projected",
    "secret",
}
_SECCOMP = {"RuntimeDefault", "Localhost"}


def violations(spec: Manifest) -> list[str]:
    """Return what the standard forbids in the spec of a pod."""
    return [
        *_of_the_pod(spec),
        *(found for container in _containers(spec) for found in _of_a_container(spec, container)),
    ]


def _containers(spec: Manifest) -> Iterator[Manifest]:
    for kind in ("initContainers", "containers", "ephemeralContainers"):
        yield from spec.get(kind, [])


def _of_the_pod(spec: Manifest) -> Iterator[str]:
    yield from (f"{key} is true" for key in ("hostNetwork", "hostPID", "hostIPC") if spec.get(key))
    for volume in spec.get("volumes", []):
        yield from (f"volume of type {kind}" for kind in volume if kind != "name" and kind not in _VOLUMES)
    if spec.get("securityContext", {}).get("sysctls"):
        yield "sysctls are set"


def _of_a_container(spec: Manifest, container: Manifest) -> Iterator[str]:
    own = container.get("securityContext", {})
    effective = spec.get("securityContext", {}) | own
    capabilities = own.get("capabilities", {})
    conditions = {
        "privileged": not own.get("privileged"),
        "allowPrivilegeEscalation is not false": own.get("allowPrivilegeEscalation") is False,
        "capabilities are not dropped": "ALL" in capabilities.get("drop", []),
        "capabilities are added": set(capabilities.get("add", [])) <= {"NET_BIND_SERVICE"},
        "runAsNonRoot is not true": effective.get("runAsNonRoot") is True,
        "runAsUser is 0": effective.get("runAsUser") != 0,
        "seccompProfile is not restricted": effective.get("seccompProfile", {}).get("type") in _SECCOMP,
        "procMount is set": own.get("procMount", "Default") == "Default",
        "host ports are used": not any(port.get("hostPort") for port in container.get("ports", [])),
    }
    yield from (f"{container['name']}: {text}" for text, holds in conditions.items() if not holds)
