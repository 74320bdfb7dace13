"""The whole chain in time lapse: contact centres, exporter, Prometheus with the rules, Alertmanager, and who is told.

The contact centres live so many times as fast, and every duration in the rules is as much shorter: what the rules see
of the centres is what they would see in an ordinary day.
"""

import re
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import aiohttp
import yaml
from aiohttp import web

from tests.support.places import Place, live
from tests.support.programs import EXPORTER, running
from tests.support.rules import GRAFANA, RULES
from tests.support.tools import require

SPEED = 120

_DURATION = r"\d+[smhd]"
# Ranges, and how long an alert must hold or is held; the windows in the names of recorded series are only names.
_IN_EXPRESSIONS = re.compile(rf"\[({_DURATION})(?::({_DURATION}))?\]")
_IN_RULES = re.compile(rf"^(\s*(for|keep_firing_for|interval): )({_DURATION})$", re.MULTILINE)
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}

# A scrape that comes late is no outage, and a window has to see several polls of everything, as it does at full length.
_LEAST_MS = {"for": 2000, "keep_firing_for": 1, "interval": 1000}
_LEAST_WINDOW_MS = 5000

_PROMETHEUS_CONFIG = """
global: {{scrape_interval: 1s, evaluation_interval: 1s}}
rule_files: ["{rules}/*.yml"]
alerting: {{alertmanagers: [{{static_configs: [{{targets: ["127.0.0.1:{alertmanager}"]}}]}}]}}
scrape_configs:
  - job_name: contactcenter
    static_configs: [{{targets: ["127.0.0.1:{exporter}"]}}]
"""


class Told(NamedTuple):
    """What an alert is about, as far as people are told of it."""

    alert: str
    severity: str
    target: str
    queue: str

    @classmethod
    def by(cls, labels: dict[str, str]) -> "Told":
        """Read it from an alert's labels."""
        name = labels["alertname"].removeprefix("ContactCenter")
        return cls(name, labels["severity"], labels.get("target", ""), labels.get("queue", ""))


@dataclass
class Chain:
    """A running chain.

    Attributes:
        places: The contact centres.
        prometheus: Where it answers.
        alertmanager: Where it answers.
        told: Every notification, in the order in which they came: the receiver and the alert.
    """

    places: dict[str, Place] = field(default_factory=dict)
    prometheus: str = ""
    alertmanager: str = ""
    told: list[tuple[str, dict[str, Any]]] = field(default_factory=list)

    def firing(self) -> set[Told]:
        """Return of what people have been told last that it fires."""
        last = {tuple(sorted(alert["labels"].items())): alert for _, alert in self.told}
        return {Told.by(alert["labels"]) for alert in last.values() if alert["status"] == "firing"}

    def ever_fired(self) -> set[Told]:
        """Return everything anybody was told of."""
        return {Told.by(alert["labels"]) for _, alert in self.told if alert["status"] == "firing"}

    async def silenced(self) -> set[Told]:
        """Return what fires and people are spared of, as Alertmanager has it."""
        async with aiohttp.ClientSession(self.alertmanager) as session, session.get("/api/v2/alerts") as response:
            known: list[dict[str, Any]] = await response.json()
        return {Told.by(alert["labels"]) for alert in known if alert["status"]["inhibitedBy"]}

    async def ask(self, query: str) -> list[dict[str, Any]]:
        """Return what Prometheus answers to a query."""
        async with (
            aiohttp.ClientSession(self.prometheus) as session,
            session.get("/api/v1/query", params={"query": query}) as response,
        ):
            answer = await response.json()
        found: list[dict[str, Any]] = answer["data"]["result"]
        return found


def shortened(text: str) -> str:
    """Return a rule file in time lapse."""
    text = _IN_RULES.sub(lambda found: found[1] + _short(found[3], _LEAST_MS[found[2]]), text)
    return _IN_EXPRESSIONS.sub(_short_range, text)


def _short_range(found: re.Match[str]) -> str:
    window, step = found.groups()
    return f"[{_short(window, _LEAST_WINDOW_MS)}{f':{_short(step, 1000)}' if step else ''}]"


def _short(duration: str, least: int) -> str:
    milliseconds = 1000 * int(duration[:-1]) * _SECONDS[duration[-1]] // SPEED
    return f"{max(milliseconds, least)}ms" if milliseconds else "0s"


@asynccontextmanager
async def chain(folder: Path) -> AsyncIterator[Chain]:
    """Run everything, and stop it at the end."""
    running_chain = Chain()
    programs = {name: require(name) for name in ("prometheus", "prometheus-alertmanager")}
    async with AsyncExitStack() as stack:
        hook = await stack.enter_async_context(_hook(running_chain))
        running_chain.places = await stack.enter_async_context(live(SPEED))
        config = _written(folder / "contactcenter.yml", _exporter_config(running_chain.places))
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


def _exporter_config(places: dict[str, Place]) -> str:
    targets = [target for place in places.values() for target in place.targets]
    return yaml.safe_dump({"targets": targets})


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
