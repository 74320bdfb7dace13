"""The generated files of the chart: complete, and in step with values.yaml."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from exporter import __version__
from helm.generator import chart, readme, schema, values
from tests.support.charts import CHART, loaded, rendered
from tests.support.paths import ROOT

BLOCKS = [block.partition("```")[0] for block in (CHART / "README.md").read_text().split("```yaml\n")[1:]]
# Examples of other files than values.
OTHERS = ("# web-config.yml", "# Chart.yaml")
EXAMPLES = [yaml.safe_load(block) for block in BLOCKS if not block.startswith(OTHERS)]
CHECK = (sys.executable, "-m", "helm.generator", "--check")


def written(directory: Path, text: str) -> Path:
    file = directory / "values.yaml"
    file.write_text(text)
    return file


def test_the_committed_files_are_as_generated() -> None:
    checked = subprocess.run(CHECK, cwd=ROOT, capture_output=True, text=True, check=False)  # noqa: S603 - a module of this repository
    assert (checked.returncode, checked.stdout) == (0, "")


def test_a_value_has_its_path_type_default_and_description(tmp_path: Path) -> None:
    file = written(tmp_path, "a:\n  # -- One value,\n  # on two lines.\n  # @schema minimum: 1\n  b: 2\n")
    [group] = values.read(file)
    [value] = group.inner
    assert value == values.Value(("a", "b"), "integer", 2, "One value, on two lines.", {"minimum": 1}, ())
    assert list(values.leaves((group,))) == [value]


@pytest.mark.parametrize("text", ["a: 1\n", "# -- One.\na: 1\nb: 2\n", "# -- One.\n\na: 1\n", "a: {}\n"])
def test_a_value_without_a_description_is_rejected(text: str, tmp_path: Path) -> None:
    with pytest.raises(values.UndocumentedError, match="has no '# -- '"):
        values.read(written(tmp_path, text))


def test_a_schema_allows_no_other_values_at_any_depth(tmp_path: Path) -> None:
    made = yaml.safe_load(schema.render(values.read(written(tmp_path, "a:\n  # -- One.\n  b: x\n"))))
    assert made["additionalProperties"] is False
    assert made["properties"]["a"]["additionalProperties"] is False
    assert made["properties"]["a"]["properties"]["b"] == {"description": "One.", "type": "string", "default": "x"}


def test_the_table_replaces_what_is_between_the_markers(tmp_path: Path) -> None:
    read = values.read(written(tmp_path, "# -- One | two.\na: []\n"))
    text = readme.render(f"before\n{readme.START}\nold\n{readme.END}\nafter\n", read)
    assert "| `a` | array | `[]` | One \\| two. |" in text.splitlines()
    assert "old" not in text
    assert text.startswith("before\n")
    assert text.endswith("\nafter\n")


def test_a_readme_without_markers_is_rejected() -> None:
    with pytest.raises(ValueError, match="needs the lines"):
        readme.render("nothing", ())


def test_every_version_in_the_chart_is_the_exporters() -> None:
    old = 'version: 1\nappVersion: "1"\nkubeVersion: ">=1"\nannotations:\n  x: |\n    - image: a/b:1\n'
    new = 'version: 2.0.0\nappVersion: "2.0.0"\nkubeVersion: ">=1"\nannotations:\n  x: |\n    - image: a/b:2.0.0\n'
    assert chart.render(old, "2.0.0") == new
    assert __version__ in loaded(CHART / "Chart.yaml")["annotations"]["artifacthub.io/images"]


@pytest.mark.parametrize("example", EXAMPLES, ids="-".join)
def test_an_example_in_the_readme_renders(example: dict[str, Any]) -> None:
    # The tests of the rules check the names of alerts and files.
    whole = example | {"prometheusRule": {}}
    polls = whole.keys() & {"config", "existingConfig"}
    assert rendered(whole if polls else whole | {"demo": {"enabled": True}})
