"""The whole chain in time lapse: simulation, exporter, Prometheus with the rules, Alertmanager, and who is told.

The simulated contact centre lives sixty times as fast, and every duration in the rules is as much shorter: a minute of
theirs is a second of ours, and what the rules see of the centre is what they would see in an ordinary day.
"""

import re
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
import yaml
from aiohttp import web

from tests.e2e.programs import EXPORTER, running
from tests.grafana.support import GRAFANA, RULES
from tests.tools import require

SPEED = 60

_DURATION = r"\d+[smhd]"
# Ranges, and how long an alert must hold or is held; the windows in the names of recorded series are only names.
_IN_EXPRESSIONS = re.compile(rf"\[({_DURATION})(?::({_DURATION}))?\]")
_IN_RULES = re.compile(rf"^(\s*(?:for|keep_firing_for|interval): )({_DURATION})$", re.MULTILINE)
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}

_EXPORTER_CONFIG = """
poll: {{interval: 1s, timeout: 1s}}
targets:
  - name: amsterdam
    vendor: kpn
    url: {url}/kpn
    token_url: {url}/kpn/oauth/client_credential/accesstoken
    client_id: demo
    client_secret: demo
  - {{name: helsinki, vendor: sinch, url: "{url}/sinch/RI/rmi", username: demo, password: demo}}
"""
_PROMETHEUS_CONFIG = """
global: {{scrape_interval: 1s, evaluation_interval: 1s}}
rule_files: ["{rules}/*.yml"]
alerting: {{alertmanagers: [{{static_configs: [{{targets: ["127.0.0.1:{alertmanager}"]}}]}}]}}
scrape_configs:
  - job_name: contactcenter
    static_configs: [{{targets: ["127.0.0.1:{exporter}"]}}]
"""


@dataclass
class Chain:
    """A running chain.

    Attributes:
        simulator: Where scenarios are switched.
        prometheus: Where it answers.
        alertmanager: Where it answers.
        told: Every notification, in the order in which they came: the receiver and the alert.
    """

    simulator: str = ""
    prometheus: str = ""
    alertmanager: str = ""
    told: list[tuple[str, dict[str, Any]]] = field(default_factory=list)

    def firing(self) -> set[tuple[str, str, str]]:
        """Return who has been told last that what fires: alert, severity and target."""
        last: dict[tuple[tuple[str, str], ...], dict[str, Any]] = {}
        for _, alert in self.told:
            last[tuple(sorted(alert["labels"].items()))] = alert
        return {_brief(alert) for alert in last.values() if alert["status"] == "firing"}

    def ever_fired(self) -> set[tuple[str, str, str]]:
        """Return everything anybody was told of."""
        return {_brief(alert) for _, alert in self.told if alert["status"] == "firing"}

    async def switch(self, scenario: str, *, on: bool) -> None:
        """Begin or end a scenario."""
        async with (
            aiohttp.ClientSession(self.simulator) as session,
            session.request("PUT" if on else "DELETE", f"/scenarios/{scenario}") as response,
        ):
            assert response.ok, await response.text()

    async def ask(self, query: str) -> list[dict[str, Any]]:
        """Return what Prometheus answers to a query."""
        async with (
            aiohttp.ClientSession(self.prometheus) as session,
            session.get("/api/v1/query", params={"query": query}) as response,
        ):
            answer = await response.json()
        found: list[dict[str, Any]] = answer["data"]["result"]
        return found

    async def alerts(self) -> list[dict[str, Any]]:
        """Return every alert that Alertmanager knows, silenced or not."""
        async with aiohttp.ClientSession(self.alertmanager) as session, session.get("/api/v2/alerts") as response:
            found: list[dict[str, Any]] = await response.json()
        return found


def _brief(alert: dict[str, Any]) -> tuple[str, str, str]:
    labels = alert["labels"]
    return labels["alertname"].removeprefix("ContactCenter"), labels["severity"], labels.get("target", "")


def shortened(text: str) -> str:
    """Return a rule file in time lapse."""
    text = _IN_RULES.sub(lambda found: found[1] + _short(found[2]), text)
    return _IN_EXPRESSIONS.sub(lambda found: f"[{':'.join(_short(part) for part in found.groups() if part)}]", text)


def _short(duration: str) -> str:
    return f"{max(1000 * int(duration[:-1]) * _SECONDS[duration[-1]] // SPEED, 1)}ms" if duration[0] != "0" else "0s"


@asynccontextmanager
async def chain(folder: Path) -> AsyncIterator[Chain]:
    """Run everything, and stop it at the end."""
    running_chain = Chain()
    programs = {name: require(name) for name in ("prometheus", "prometheus-alertmanager")}
    async with AsyncExitStack() as stack:
        hook = await stack.enter_async_context(_hook(running_chain))
        simulator = await stack.enter_async_context(
            running([*EXPORTER, "simulate", f"--speed={SPEED}", "--web.listen-address=127.0.0.1:0"], r"\bport=(\d+)")
        )
        running_chain.simulator = f"http://127.0.0.1:{simulator.port}"
        config = _written(folder / "contactcenter.yml", _EXPORTER_CONFIG.format(url=running_chain.simulator))
        exporter = await stack.enter_async_context(
            running(
                [*EXPORTER, f"--config.file={config}", "--web.listen-address=127.0.0.1:0"],
                r"msg=listening .*\bport=(\d+)",
            )
        )
        config = _written(folder / "alertmanager.yml", _alertmanager_config(hook))
        alertmanager = await stack.enter_async_context(
            running(
                [
                    programs["prometheus-alertmanager"],
                    f"--config.file={config}",
                    f"--storage.path={folder / 'alertmanager'}",
                    "--web.listen-address=127.0.0.1:0",
                    "--cluster.listen-address=",
                ],
                r'msg="?Listening on"? address=127\.0\.0\.1:(\d+)',
            )
        )
        running_chain.alertmanager = f"http://127.0.0.1:{alertmanager.port}"
        rules = folder / "rules"
        rules.mkdir()
        for path in RULES.glob("*.yml"):
            _written(rules / path.name, shortened(path.read_text(encoding="utf-8")))
        text = _PROMETHEUS_CONFIG.format(rules=rules, alertmanager=alertmanager.port, exporter=exporter.port)
        config = _written(folder / "prometheus.yml", text)
        prometheus = await stack.enter_async_context(
            running(
                [
                    programs["prometheus"],
                    f"--config.file={config}",
                    f"--storage.tsdb.path={folder / 'prometheus'}",
                    "--web.listen-address=127.0.0.1:0",
                    "--rules.alert.resend-delay=2s",
                ],
                r"Listening on.* address=127\.0\.0\.1:(\d+)",
            )
        )
        await prometheus.wait_for("Server is ready to receive web requests")
        running_chain.prometheus = f"http://127.0.0.1:{prometheus.port}"
        yield running_chain


def _alertmanager_config(hook: str) -> str:
    """Return the committed routes and inhibition, with receivers that tell the test, and at once."""
    config = yaml.safe_load((GRAFANA / "alertmanager" / "alertmanager.yml").read_text(encoding="utf-8"))
    config["global"] = {}
    config["receivers"] = [
        {"name": each["name"], "webhook_configs": [{"url": f"{hook}/{each['name']}"}]} for each in config["receivers"]
    ]
    _hurry(config["route"])
    return yaml.safe_dump(config)


def _hurry(route: dict[str, Any]) -> None:
    # A moment for the cause to arrive before its symptoms are told.
    route |= {"group_wait": "2s", "group_interval": "1s"}
    for each in route.get("routes", ()):
        _hurry(each)


def _written(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


@asynccontextmanager
async def _hook(told: Chain) -> AsyncIterator[str]:
    async def take(request: web.Request) -> web.Response:
        body = await request.json()
        told.told.extend((request.match_info["receiver"], alert) for alert in body["alerts"])
        return web.Response()

    app = web.Application()
    app.router.add_post("/{receiver}", take)
    runner = web.AppRunner(app)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        [(host, port)] = runner.addresses
        yield f"http://{host}:{port}"
    finally:
        await runner.cleanup()
