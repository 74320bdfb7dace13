"""The whole chain in time lapse: contact centres, exporter, Prometheus with the rules, Alertmanager and a receiver.

The contact centres run faster by a factor, and every duration in the rules is shorter by the same factor, so that the
rules evaluate the same data as at normal speed.
"""

import re
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import aiohttp
import yaml

from tests.support.alertmanager import Alerts, alertmanager_running, routed_to, webhooks
from tests.support.places import Place, live
from tests.support.programs import EXPORTER, running
from tests.support.rules import RULES
from tests.support.tools import require

SPEED = 120

_DURATION = r"\d+[smhd]"
# Ranges, offsets and the durations of alerts are shortened; windows in the names of recorded series are only names.
_IN_EXPRESSIONS = re.compile(rf"\[({_DURATION})(?::({_DURATION}))?\]")
_OFFSETS = re.compile(rf"(?<= offset )({_DURATION})")
_IN_RULES = re.compile(rf"^(\s*(for|keep_firing_for|interval): )({_DURATION})$", re.MULTILINE)
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}

# A late scrape must not count as an outage, and every window must contain several polls of every resource.
_MIN_MS = {"for": 2000, "keep_firing_for": 1, "interval": 1000}
_MIN_WINDOW_MS = 5000

_PROMETHEUS_CONFIG = """
global: {{scrape_interval: 1s, evaluation_interval: 1s}}
rule_files: ["{rules}/*.yml"]
alerting: {{alertmanagers: [{{static_configs: [{{targets: ["{alertmanager}"]}}]}}]}}
scrape_configs:
  - job_name: contactcenter
    static_configs: [{{targets: ["127.0.0.1:{exporter}"]}}]
"""


class Notified(NamedTuple):
    """The identity of an alert in notifications."""

    alert: str
    severity: str
    target: str
    queue: str

    @classmethod
    def from_labels(cls, labels: dict[str, str]) -> "Notified":
        """Return the identity given by an alert's labels."""
        name = labels["alertname"].removeprefix("ContactCenter")
        return cls(name, labels["severity"], labels.get("target", ""), labels.get("queue", ""))


@dataclass
class Chain:
    """A running chain.

    Attributes:
        places: The contact centres.
        prometheus: The URL of Prometheus.
        alertmanager: The URL of Alertmanager.
        notifications: Every notification in order of arrival: the receiver and the alert.
    """

    places: dict[str, Place] = field(default_factory=dict)
    prometheus: str = ""
    alertmanager: str = ""
    notifications: list[tuple[str, dict[str, Any]]] = field(default_factory=list)

    def notified(self, receiver: str, alerts: Alerts) -> None:
        """Record a notification, unless it is one of those that are always sent."""
        if receiver != "dead-mans-switch":
            self.notifications.extend((receiver, alert) for alert in alerts)

    def firing(self) -> set[Notified]:
        """Return the alerts whose last notification was firing."""
        last = {tuple(sorted(alert["labels"].items())): alert for _, alert in self.notifications}
        return {Notified.from_labels(alert["labels"]) for alert in last.values() if alert["status"] == "firing"}

    def ever_fired(self) -> set[Notified]:
        """Return every alert with a firing notification."""
        return {Notified.from_labels(alert["labels"]) for _, alert in self.notifications if alert["status"] == "firing"}

    async def inhibited(self) -> set[Notified]:
        """Return the firing alerts that Alertmanager inhibits."""
        async with aiohttp.ClientSession(self.alertmanager) as session, session.get("/api/v2/alerts") as response:
            known: list[dict[str, Any]] = await response.json()
        return {Notified.from_labels(alert["labels"]) for alert in known if alert["status"]["inhibitedBy"]}

    async def query(self, expr: str) -> list[dict[str, Any]]:
        """Return the result of a Prometheus instant query."""
        async with (
            aiohttp.ClientSession(self.prometheus) as session,
            session.get("/api/v1/query", params={"query": expr}) as response,
        ):
            answer = await response.json()
        found: list[dict[str, Any]] = answer["data"]["result"]
        return found


def shortened(text: str) -> str:
    """Return a rule file with its durations divided by the speed."""
    text = _IN_RULES.sub(lambda found: found[1] + _short(found[3], _MIN_MS[found[2]]), text)
    # An offset is as long as the window whose start it is.
    text = _OFFSETS.sub(lambda found: _short(found[1], _MIN_WINDOW_MS), text)
    return _IN_EXPRESSIONS.sub(_short_range, text)


def _short_range(found: re.Match[str]) -> str:
    window, step = found.groups()
    return f"[{_short(window, _MIN_WINDOW_MS)}{f':{_short(step, 1000)}' if step else ''}]"


def _short(duration: str, minimum: int) -> str:
    milliseconds = 1000 * int(duration[:-1]) * _SECONDS[duration[-1]] // SPEED
    return f"{max(milliseconds, minimum)}ms" if milliseconds else "0s"


@asynccontextmanager
async def chain(folder: Path) -> AsyncIterator[Chain]:
    """Run the chain, and stop it at the end."""
    running_chain = Chain()
    prometheus_program = require("prometheus")
    async with AsyncExitStack() as stack:
        hook = await stack.enter_async_context(webhooks(running_chain.notified))
        running_chain.places = await stack.enter_async_context(live(SPEED))
        config = _written(folder / "contactcenter.yml", _exporter_config(running_chain.places))
        exporter = await stack.enter_async_context(
            running(
                [*EXPORTER, f"--config.file={config}", "--web.listen-address=127.0.0.1:0"],
                r"msg=listening .*\bport=(\d+)",
            )
        )
        running_chain.alertmanager = await stack.enter_async_context(
            alertmanager_running(folder, routed_to(hook, _shorten_waits))
        )
        rules = folder / "rules"
        rules.mkdir()
        for path in RULES.glob("*.yml"):
            _written(rules / path.name, shortened(path.read_text(encoding="utf-8")))
        alertmanager = running_chain.alertmanager.removeprefix("http://")
        text = _PROMETHEUS_CONFIG.format(rules=rules, alertmanager=alertmanager, exporter=exporter.port)
        config = _written(folder / "prometheus.yml", text)
        prometheus = await stack.enter_async_context(
            running(
                [
                    prometheus_program,
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


def _shorten_waits(route: dict[str, Any]) -> None:
    # Long enough for the cause to arrive before its symptoms are notified.
    route |= {"group_wait": "2s", "group_interval": "1s"}


def _written(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path
