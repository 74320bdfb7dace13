"""The examples, flags and reasons in docs/operations.md, and the systemd unit."""

import re
import shlex
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from exporter.cli.commands import parsers
from exporter.errors import Reason
from tests.support.paths import ROOT
from tests.support.tools import require

DOCS = ROOT / "docs"
PAGE = DOCS / "operations.md"
UNIT = DOCS / "contactcenter-exporter.service"
EXAMPLES: list[dict[str, object]] = [
    yaml.safe_load(text) for text in re.findall(r"^```yaml\n(.*?)^```$", PAGE.read_text(), re.MULTILINE | re.DOTALL)
]


def scrape_configs(value: object) -> Iterator[object]:
    """Yield every list of scrape configurations at any depth."""
    if isinstance(value, dict):
        for key, inner in value.items():
            if key == "scrape_configs":
                yield inner
            yield from scrape_configs(inner)


def flags() -> set[str]:
    """Return every flag."""
    root, commands = parsers()
    return {name for parser in (root, *commands.values()) for name in parser.known}


def test_every_way_to_scrape_has_an_example() -> None:
    kinds = {example.get("kind") for example in EXAMPLES}
    assert {"ServiceMonitor", "ScrapeConfig"} < kinds
    assert len(list(scrape_configs({str(at): example for at, example in enumerate(EXAMPLES)}))) == 3


def test_the_service_monitor_names_the_port_of_the_charts_service() -> None:
    (monitor,) = (example for example in EXAMPLES if example.get("kind") == "ServiceMonitor")
    service = (ROOT / "helm/contactcenter-exporter/templates/service.yaml").read_text()
    named = re.findall(r"^    - name: (\w+)$", service, re.MULTILINE)
    assert isinstance(monitor["spec"], dict)
    assert [endpoint["port"] for endpoint in monitor["spec"]["endpoints"]] == named


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: next(iter(example)))
def test_prometheus_accepts_the_scrape_configurations(example: dict[str, object], tmp_path: Path) -> None:
    promtool = require("promtool")
    for configs in scrape_configs(example):
        config = tmp_path / "prometheus.yml"
        config.write_text(yaml.safe_dump({"scrape_configs": configs}))
        done = subprocess.run([promtool, "check", "config", config], capture_output=True, text=True, check=False)  # noqa: S603 - the tool itself
        assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("page", [PAGE, DOCS.parent / "README.md"], ids=lambda page: page.name)
def test_the_flags_on_a_page_exist(page: Path) -> None:
    named = set(re.findall(r"(?<![\w-])--[a-z][a-z.-]*[a-z]", page.read_text()))
    assert named
    # Not those of the simulator and of other programs.
    assert {name for name in named if name.partition(".")[0] in {"--web", "--log", "--poll", "--config"}} <= flags()


def test_every_reason_has_a_row() -> None:
    reasons = re.findall(r"^\| `(\w+)` \|", PAGE.read_text().partition("### Reasons")[2], re.MULTILINE)
    assert reasons == [reason.value for reason in Reason]


def test_the_unit_uses_flags_that_exist() -> None:
    [line] = re.findall(r"^ExecStart=(.*)$", UNIT.read_text(), re.MULTILINE)
    program, *arguments = shlex.split(line)
    assert Path(program).name == "contactcenter-exporter"
    assert {argument.partition("=")[0] for argument in arguments} <= flags()


def test_the_unit_has_glibc_return_large_blocks() -> None:
    [line] = re.findall(r"^Environment=(.*)$", UNIT.read_text(), re.MULTILINE)
    assert shlex.split(line) == ["MALLOC_MMAP_THRESHOLD_=131072", "MALLOC_TRIM_THRESHOLD_=131072"]
    assert all(f"`{variable}`" in PAGE.read_text() for variable in shlex.split(line))


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd is not installed")
def test_systemd_accepts_the_unit(tmp_path: Path) -> None:
    unit = tmp_path / UNIT.name
    unit.write_text(re.sub(r"(?m)^ExecStart=\S+", f"ExecStart={shutil.which('true')}", UNIT.read_text()))
    done = subprocess.run(  # noqa: S603 - the tool itself
        ["systemd-analyze", "verify", unit],  # noqa: S607 - the PATH was checked above
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
