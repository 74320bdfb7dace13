"""Renders the chart with Helm's own engine."""

import json
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from helm_python import Chart

from tests.support.paths import ROOT

CHART = ROOT / "helm" / "contactcenter-exporter"
RELEASE = "cc"
NAMESPACE = "voice"
VALUES = ROOT / "tests" / "helm" / "values"
# Every values file that the chart must accept.
GOOD = (*sorted((CHART / "ci").glob("*-values.yaml")), *sorted((VALUES / "valid").glob("*.yaml")))

Manifest = dict[str, Any]


@cache
def chart() -> Chart:
    """Return the chart, loaded once."""
    return Chart.load(CHART)


def loaded(file: Path) -> dict[str, Any]:
    """Return the content of a values file."""
    values: dict[str, Any] = yaml.safe_load(file.read_text())
    return values


def rendered(values: dict[str, Any]) -> list[Manifest]:
    """Return the manifests rendered from values."""
    return _rendered(json.dumps(values))


def of_kind(kind: str, manifests: list[Manifest]) -> list[Manifest]:
    """Return the manifests of a kind."""
    return [manifest for manifest in manifests if manifest["kind"] == kind]


def only(kind: str, manifests: list[Manifest]) -> Manifest:
    """Return the one manifest of a kind."""
    [manifest] = of_kind(kind, manifests)
    return manifest


def workload(manifests: list[Manifest]) -> Manifest:
    """Return the Deployment or, with sharding, the StatefulSet."""
    [manifest] = of_kind("Deployment", manifests) + of_kind("StatefulSet", manifests)
    return manifest


def pod(manifests: list[Manifest]) -> Manifest:
    """Return the pod template."""
    template: Manifest = workload(manifests)["spec"]["template"]
    return template


def container(manifests: list[Manifest]) -> Manifest:
    """Return the container of the exporter."""
    first: Manifest = pod(manifests)["spec"]["containers"][0]
    return first


def manifests_of(files: Mapping[str, str]) -> Iterator[Manifest]:
    """Yield the manifests of rendered templates."""
    for path, text in sorted(files.items()):
        if not path.endswith("NOTES.txt"):
            yield from (manifest for manifest in yaml.safe_load_all(text) if manifest)


@cache
def _rendered(values: str) -> list[Manifest]:
    return list(manifests_of(chart().render(json.loads(values), name=RELEASE, namespace=NAMESPACE)))
