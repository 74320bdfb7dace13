"""The demo behind TLS and a password, scraped and discovered by a real Prometheus."""

import signal
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest

from tests.support.programs import EXPORTER, Program, eventually, prometheus_running, running
from tests.support.web_secured import PASSWORD, Authority, hashed

pytestmark = pytest.mark.slow

TARGETS = {"amsterdam", "helsinki", "oakland", "paris", "brussels"}
CONFIG = """
global: {{scrape_interval: 1s}}
scrape_configs:
  - job_name: whole
    scheme: https
    basic_auth: &users {{username: prometheus, password_file: {directory}/password}}
    tls_config: &tls {{ca_file: {directory}/ca.pem}}
    static_configs: [{{targets: ["127.0.0.1:{port}"]}}]
  - job_name: discovered
    basic_auth: *users
    tls_config: *tls
    http_sd_configs:
      - url: https://127.0.0.1:{port}/sd
        refresh_interval: 1s
        basic_auth: *users
        tls_config: *tls
  - job_name: stranger
    scheme: https
    tls_config: *tls
    static_configs: [{{targets: ["127.0.0.1:{port}"]}}]
"""


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    authority = Authority(tmp_path)
    (tmp_path / "password").write_text(PASSWORD)
    text = authority.tls().read_text()
    authority.write(f"{text}basic_auth_users: {{prometheus: {hashed()}}}\n")
    return authority


@pytest.fixture
async def exporter(authority: Authority) -> AsyncIterator[Program]:
    command = [*EXPORTER, "demo", "--web.listen-address=127.0.0.1:0", f"--web.config.file={authority.file}"]
    async with running(command, r"msg=listening .*\bport=(\d+) tls=true") as program:
        yield program


@pytest.fixture
async def prometheus(exporter: Program, authority: Authority, tmp_path: Path) -> AsyncIterator[aiohttp.ClientSession]:
    config = tmp_path / "prometheus.yml"
    config.write_text(CONFIG.format(port=exporter.port, directory=authority.directory))
    async with prometheus_running(config) as address, aiohttp.ClientSession(address) as session:
        yield session


async def ask(prometheus: aiohttp.ClientSession, query: str) -> list[dict[str, str]]:
    """Return the labels of each series of an answer, its value as `value`."""
    async with prometheus.get("/api/v1/query", params={"query": query}) as response:
        answer = await response.json()
    assert answer["status"] == "success", answer
    return [{**each["metric"], "value": each["value"][1]} for each in answer["data"]["result"]]


async def test_it_is_scraped_and_its_targets_are_discovered(prometheus: aiohttp.ClientSession) -> None:
    async def all_up() -> bool | None:
        found = await ask(prometheus, 'up{job=~"whole|discovered"} == 1')
        return len(found) == 1 + len(TARGETS) or None

    await eventually(all_up, 40)

    async def figures() -> list[dict[str, str]] | None:
        found = await ask(prometheus, 'contactcenter_target_info{job="discovered"}')
        return found if {each["target"] for each in found} == TARGETS else None

    found = await eventually(figures, 40)
    assert {each["instance"].rpartition("/")[2] for each in found} == TARGETS
    for each in found:
        assert each["instance"].endswith(f"/{each['target']}"), "each target has its own scrape"
        assert not each.keys() & {"exported_target", "exported_instance"}

    whole = await ask(prometheus, 'count by (target) (contactcenter_up{job="whole"})')
    assert {each["target"] for each in whole} == TARGETS


async def test_a_client_without_a_password_gets_nothing(prometheus: aiohttp.ClientSession) -> None:
    async def refused() -> dict[str, str] | None:
        async with prometheus.get("/api/v1/targets") as response:
            found = (await response.json())["data"]["activeTargets"]
        return next(
            (one for one in found if one["labels"]["job"] == "stranger" and one["health"] != "unknown"),
            None,
        )

    target = await eventually(refused, 40)
    assert (target["health"], target["lastError"]) == ("down", "server returned HTTP status 401 Unauthorized")


async def test_sighup_reloads_the_web_configuration_and_an_invalid_file_changes_nothing(
    exporter: Program, authority: Authority
) -> None:
    tls, auth = authority.client(), {"Authorization": aiohttp.encode_basic_auth("prometheus", PASSWORD)}

    async def healthy() -> int:
        url = f"https://127.0.0.1:{exporter.port}/-/healthy"
        async with aiohttp.ClientSession() as session, session.get(url, ssl=tls, headers=auth) as answer:
            return answer.status

    assert await healthy() == 200
    authority.write("tls_server_config: {cert_file: absent}")
    exporter.process.send_signal(signal.SIGHUP)
    line = (await exporter.wait_for("configuration reload failed")).string
    assert "cert_file: cannot read" in line
    assert await healthy() == 200
