"""The chart as a dependency of a parent chart."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from helm_python import Chart, HelmError, package

from tests.support.charts import (
    CHART,
    NAMESPACE,
    RELEASE,
    Manifest,
    container,
    loaded,
    manifests_of,
    of_kind,
    only,
    pod,
)

NAME = CHART.name
DEMO: dict[str, Any] = {"demo": {"enabled": True}}
ALIAS = "voice"

Rendered = Callable[[dict[str, Any]], list[Manifest]]


def parent(directory: Path, **dependency: str) -> Rendered:
    """Return a function that renders a parent chart whose one dependency is the packaged chart."""
    (directory / "charts").mkdir()
    package(CHART, destination=directory / "charts")
    version = loaded(CHART / "Chart.yaml")["version"]
    chart = {"apiVersion": "v2", "name": "parent", "version": "1.0.0"}
    dependencies = [{"name": NAME, "version": version, "repository": "", **dependency}]
    (directory / "Chart.yaml").write_text(yaml.safe_dump(chart | {"dependencies": dependencies}))
    (directory / "values.yaml").write_text("{}\n")
    made = Chart.load(directory)
    return lambda values: list(manifests_of(made.render(values, name=RELEASE, namespace=NAMESPACE)))


@pytest.fixture
def umbrella(tmp_path: Path) -> Rendered:
    """Return a parent chart with a condition."""
    return parent(tmp_path, condition=f"{NAME}.enabled")


def test_a_condition_enables_and_disables_the_chart(umbrella: Rendered) -> None:
    assert of_kind("Deployment", umbrella({NAME: DEMO}))
    assert of_kind("Deployment", umbrella({NAME: DEMO | {"enabled": True}}))
    assert umbrella({NAME: DEMO | {"enabled": False}}) == []


def test_without_a_condition_a_parent_chart_cannot_disable_the_chart(tmp_path: Path) -> None:
    with pytest.raises(HelmError, match=f"condition: {NAME}.enabled"):
        parent(tmp_path)({NAME: DEMO | {"enabled": False}})


def test_the_registry_and_pull_secrets_of_the_parent_chart_apply(umbrella: Rendered) -> None:
    shared = {"imageRegistry": "registry.example.com", "imagePullSecrets": ["shared"]}
    manifests = umbrella({"global": shared, NAME: DEMO | {"imagePullSecrets": [{"name": "own"}]}})
    for spec in (pod(manifests)["spec"], only("Pod", manifests)["spec"]):
        assert spec["containers"][0]["image"].startswith("registry.example.com/contactcenter-exporter/")
        assert spec["imagePullSecrets"] == [{"name": "shared"}, {"name": "own"}]


def test_other_globals_of_the_parent_chart_do_not_matter(umbrella: Rendered) -> None:
    assert umbrella({"global": {"domain": "example.com"}, NAME: DEMO}) == umbrella({NAME: DEMO})


def test_rules_and_dashboards_are_found_under_an_alias(tmp_path: Path) -> None:
    values = DEMO | {"prometheusRule": {"enabled": True}, "dashboards": {"enabled": True}}
    manifests = parent(tmp_path, alias=ALIAS, condition=f"{ALIAS}.enabled")({ALIAS: values})
    assert of_kind("PrometheusRule", manifests)
    assert of_kind("ConfigMap", manifests)
    assert container(manifests)["image"].split("/")[-1].startswith(NAME)


def test_invalid_values_of_the_parent_chart_are_rejected(umbrella: Rendered) -> None:
    with pytest.raises(HelmError, match="additional properties 'replicas' not allowed"):
        umbrella({NAME: DEMO | {"replicas": 2}})
