"""Values: accepted ones, and the messages for rejected ones."""

import re
from pathlib import Path
from typing import Any

import pytest
from helm_python import HelmError, lint

from exporter import plugins
from exporter.settings import Settings
from exporter.settings.loading.secrets import secret_keys
from exporter.vendors.base import load_vendor
from helm.generator.schema import is_removable
from helm.generator.values import Value, leaves, read
from tests.support.charts import CHART, GOOD, NAMESPACE, RELEASE, VALUES, chart, loaded, rendered

BAD = sorted((VALUES / "invalid").glob("*.yaml"))
LEAVES = list(leaves(read(CHART / "values.yaml")))
REMOVABLE = [value for value in LEAVES if is_removable(value)]
# Groups whose objects are rendered only if enabled.
SWITCHED = {
    name for name, value in loaded(CHART / "values.yaml").items() if isinstance(value, dict) and "enabled" in value
} - {"demo"}
_ERROR = 3

DEMO: dict[str, Any] = {"demo": {"enabled": True}}

good_values = pytest.mark.parametrize("file", GOOD, ids=lambda file: file.stem)


def refusal(file: Path) -> str:
    """Return the message with which a values file is rejected."""
    with pytest.raises(HelmError) as refused:
        chart().render(loaded(file), name=RELEASE, namespace=NAMESPACE)
    return str(refused.value)


def test_there_are_enough_values_files() -> None:
    assert len(list((VALUES / "valid").glob("*.yaml"))) >= 20
    assert len(BAD) >= 30


@good_values
def test_valid_values_render_pods_and_a_service(file: Path) -> None:
    kinds = [manifest["kind"] for manifest in rendered(loaded(file))]
    assert "Service" in kinds
    assert ("Deployment" in kinds) != ("StatefulSet" in kinds)


@good_values
def test_valid_values_pass_the_linter(file: Path) -> None:
    report = lint(CHART, loaded(file), strict=True, namespace=NAMESPACE)
    assert (report["messages"], report["errors"]) == ([], [])


def test_the_chart_lints_without_values() -> None:
    report = lint(CHART, strict=True, namespace=NAMESPACE)
    assert [message for message in report["messages"] if message["severity"] >= _ERROR] == []


@pytest.mark.parametrize("file", BAD, ids=lambda file: file.stem)
def test_invalid_values_are_rejected_with_the_place_and_the_reason(file: Path) -> None:
    expected = file.read_text().partition("\n")[0].removeprefix("# ")
    assert expected in refusal(file)


def test_the_chart_knows_the_vendors_of_the_exporter() -> None:
    [listed] = re.findall(r"\$vendors := list (.*?) }}", (CHART / "templates" / "_checks.tpl").read_text())
    assert re.findall(r'"([\w-]+)"', listed) == sorted(plugins.names())
    assert loaded(CHART / "values.yaml")["image"]["repository"] in (CHART / "templates" / "_checks.tpl").read_text()


def test_every_value_is_set_in_a_valid_file() -> None:
    files = [loaded(file) for file in GOOD]
    assert [value.name for value in LEAVES if not any(_sets(file, value.path) for file in files)] == []


@pytest.mark.parametrize("value", LEAVES, ids=lambda value: value.name)
def test_a_value_of_the_wrong_type_is_rejected_with_its_place(value: Value) -> None:
    wrong: object = "text" if value.kind in {"boolean", "object", "array", "integer", "number"} else ["list"]
    for key in reversed(value.path):
        wrong = {key: wrong}
    assert isinstance(wrong, dict)
    with pytest.raises(HelmError, match=f"at '/{'/'.join(value.path)}'"):
        chart().validate_schema(DEMO | wrong)


@pytest.mark.parametrize("value", REMOVABLE, ids=lambda value: value.name)
def test_a_map_or_a_list_can_be_removed(value: Value) -> None:
    *groups, last = value.path
    without: dict[str, Any] = {last: None}
    for group in reversed(groups):
        without = {group: {"enabled": True} | without if group in SWITCHED else without}
    assert rendered(DEMO | without)


def test_the_chart_rejects_the_secrets_of_the_exporter() -> None:
    checks = (CHART / "templates" / "_checks.tpl").read_text()
    [listed] = re.findall(r"\$keys := list (.*?) }}", checks)
    known = {key for name in plugins.names() for key in secret_keys(load_vendor(name).settings)}
    assert set(re.findall(r'"(\w+)"', listed)) == known


def test_the_pseudonym_key_is_the_only_nested_secret() -> None:
    sections = {key: field.annotation for key, field in Settings.model_fields.items()}
    deeper = {(key, secret) for key, section in sections.items() for secret in _secrets(section)}
    assert deeper == {("agents", "pseudonym_key")}


def _secrets(section: object) -> frozenset[str]:
    return secret_keys(section) if isinstance(section, type) and hasattr(section, "model_fields") else frozenset()


def _sets(values: object, path: tuple[str, ...]) -> bool:
    """Return whether a values file sets a value."""
    for key in path:
        if not isinstance(values, dict) or key not in values:
            return False
        values = values[key]
    return True
