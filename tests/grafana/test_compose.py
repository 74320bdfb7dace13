"""The example for `docker compose`: mounted files exist, and the programs accept their arguments."""

import asyncio
import json
import re
import subprocess
import sys
from pathlib import Path, PurePosixPath
from typing import Any, NamedTuple

import pytest
import yaml

from exporter.cli.commands import Demo, parse
from grafana.generator.boards import BOARDS
from tests.support.paths import ROOT
from tests.support.programs import EXPORTER, eventually, running
from tests.support.rules import GRAFANA
from tests.support.tools import require

COMPOSE = yaml.safe_load((GRAFANA / "compose.yaml").read_text(encoding="utf-8"))
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
PROMETHEUS = yaml.safe_load((GRAFANA / "prometheus/prometheus.yml").read_text(encoding="utf-8"))
PINNED = re.compile(r"docker\.io/[a-z]+/[a-z]+:v?\d+\.\d+\.\d+")
OR_ELSE = re.compile(r"\$\{\w+:-([^}]*)\}")


class Mount(NamedTuple):
    """A file or directory of the repository mounted into a container."""

    source: Path
    target: str
    mode: str


def mounts(service: str) -> list[Mount]:
    """Return the bind mounts of a service; named volumes have no path."""
    volumes = [OR_ELSE.sub(r"\1", each).split(":") for each in SERVICES[service].get("volumes", [])]
    return [
        Mount(GRAFANA / source, target, "".join(mode)) for source, target, *mode in volumes if source.startswith(".")
    ]


def of_repository(service: str, path: str) -> Path:
    """Return the file of the repository behind a path in a container."""
    [found] = [
        mount.source / PurePosixPath(path).relative_to(mount.target)
        for mount in mounts(service)
        if PurePosixPath(path).is_relative_to(mount.target)
    ]
    return found


@pytest.mark.parametrize("mount", [mount for name in SERVICES for mount in mounts(name)], ids=lambda each: each.target)
def test_mounts_exist_in_the_repository_and_are_read_only(mount: Mount) -> None:
    assert mount.source.exists()
    assert mount.mode == "ro"


def test_the_mounted_directory_contains_only_the_dashboards() -> None:
    [folder] = [
        mount.source for mount in mounts("grafana") if mount.source.name == "dashboards" and "lib" in mount.target
    ]
    assert {path.name for path in folder.iterdir()} == {f"{module.board().name}.json" for module in BOARDS}


def test_images_are_pinned_and_the_exporter_is_built_from_the_repository() -> None:
    images = {name: service.get("image", "") for name, service in SERVICES.items() if name != "exporter"}
    assert [image for image in images.values() if not PINNED.fullmatch(image)] == []
    assert (GRAFANA / SERVICES["exporter"]["build"]).resolve() == ROOT
    assert (ROOT / "Dockerfile").is_file()


@pytest.mark.parametrize("name", SERVICES)
def test_every_service_is_local_and_has_a_health_check(name: str) -> None:
    service = SERVICES[name]
    assert [port for port in service["ports"] if not re.fullmatch(r"127\.0\.0\.1:(\d+):\1", port)] == []
    assert service["healthcheck"]["test"][0] == "CMD"
    assert {on: what["condition"] for on, what in service.get("depends_on", {}).items()} == dict.fromkeys(
        service.get("depends_on", {}), "service_healthy"
    )
    assert set(service.get("depends_on", {})) <= set(SERVICES)


def test_the_demo_accepts_its_flags_and_listens_on_the_published_ports() -> None:
    command = parse(SERVICES["exporter"]["command"], {})
    assert isinstance(command, Demo)
    listens = (command.web.listen_address, command.simulator.listen_address)
    assert [f"127.0.0.1{address}{address}" for address in listens] == SERVICES["exporter"]["ports"]


async def test_the_exporters_health_check_reports_readiness() -> None:
    _, program, *arguments = SERVICES["exporter"]["healthcheck"]["test"]
    assert program == "contactcenter-exporter-probe"  # as in the health check of the image

    async def healthy(port: int) -> bool:
        check = (argument.replace("10117", str(port)) for argument in arguments)
        command = (Path(sys.executable).with_name(program), *check)
        process = await asyncio.create_subprocess_exec(*command, stderr=asyncio.subprocess.DEVNULL)
        return await process.wait() == 0

    async with running(
        [*EXPORTER, "demo", "--web.listen-address=127.0.0.1:0"], r"listening .*\bport=(\d+)"
    ) as exporter:

        async def ready() -> bool | None:
            return await healthy(exporter.port) or None

        assert await eventually(ready)
        await exporter.stop()
        assert not await healthy(exporter.port)


def test_prometheus_accepts_its_configuration_and_finds_the_rules(tmp_path: Path) -> None:
    text = (GRAFANA / "prometheus/prometheus.yml").read_text(encoding="utf-8")
    [rules] = PROMETHEUS["rule_files"]
    local = of_repository("prometheus", rules)
    config = tmp_path / "prometheus.yml"
    config.write_text(text.replace(rules, str(local)), encoding="utf-8")
    done = subprocess.run(  # noqa: S603 - the program found on the PATH
        [require("promtool"), "check", "config", "--lint=all", str(config)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    checked = set(re.findall(r"Checking (\S+)", done.stdout)) - {str(config)}
    assert checked == {str(path) for path in (GRAFANA / "rules").glob("*.yml")}


def test_prometheus_reads_the_mounted_configuration() -> None:
    [path] = [flag.partition("=")[2] for flag in SERVICES["prometheus"]["command"] if flag.startswith("--config.file=")]
    assert of_repository("prometheus", path) == GRAFANA / "./prometheus/prometheus.yml"


def test_prometheus_scrapes_the_exporter_with_the_job_of_the_alerts_and_notifies_alertmanager() -> None:
    [job] = PROMETHEUS["scrape_configs"]
    [manager] = PROMETHEUS["alerting"]["alertmanagers"]
    assert job["job_name"] == "contactcenter"
    assert job["static_configs"] == [{"targets": ["exporter:10117"]}]
    assert manager["static_configs"] == [{"targets": ["alertmanager:9093"]}]
    assert {"exporter", "alertmanager"} <= set(SERVICES)


def test_the_time_interval_of_the_data_source_is_the_scrape_interval() -> None:
    sources = yaml.safe_load((GRAFANA / "provisioning/datasources/contactcenter.yml").read_text(encoding="utf-8"))
    by_type = {source["type"]: source for source in sources["datasources"]}
    assert {kind: source["url"] for kind, source in by_type.items()} == {
        "prometheus": "http://prometheus:9090",
        "alertmanager": "http://alertmanager:9093",
    }
    assert by_type["prometheus"]["isDefault"] is True
    assert by_type["prometheus"]["jsonData"]["timeInterval"] == PROMETHEUS["global"]["scrape_interval"]


def test_grafana_loads_the_dashboards_and_opens_the_wall() -> None:
    providers = yaml.safe_load((GRAFANA / "provisioning/dashboards/contactcenter.yml").read_text(encoding="utf-8"))
    [folder] = [provider["options"]["path"] for provider in providers["providers"]]
    assert folder in {mount.target for mount in mounts("grafana")}
    home = SERVICES["grafana"]["environment"]["GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH"]
    wall = json.loads(of_repository("grafana", home).read_text(encoding="utf-8"))
    assert wall["uid"] == "contactcenter-wall"


def test_alertmanager_starts_with_the_example_secrets() -> None:
    [path] = [flag.partition("=")[2] for flag in SERVICES["alertmanager"]["command"] if "config.file" in flag]
    config = of_repository("alertmanager", path)
    named = set(re.findall(r"/etc/alertmanager/secrets/\S+", config.read_text(encoding="utf-8")))
    assert named
    assert [secret for secret in named if not of_repository("alertmanager", secret).is_file()] == []
