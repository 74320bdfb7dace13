"""A surge on four contact centres, replayed to a real Alertmanager with the committed routes: few messages, none late.

The alerts were recorded from `demo`, Prometheus and the rules with four targets, from six minutes before the scenario
`surge` began until 16 minutes after it. The recording and the routes run faster by the same factor.
"""

import asyncio
import csv
import time
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import aiohttp
import pytest

from exporter.settings.units import parse_duration
from tests.support.alertmanager import Alerts, alertmanager_running, routed_to, webhooks

pytestmark = pytest.mark.slow

RECORDING = Path(__file__).with_name("surge.csv")
SPEED = 40
MINUTES = 16
EVALUATION = 15


class Firing(NamedTuple):
    """An alert of the recording, in seconds since the surge began."""

    starts: float
    ends: float
    labels: dict[str, str]


class Message(NamedTuple):
    """A notification: when it was sent, in recorded seconds, to which receiver, and the alerts it contains."""

    at: float
    receiver: str
    alerts: Alerts


def recording() -> list[Firing]:
    with RECORDING.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    return [
        Firing(float(row.pop("starts")), float(row.pop("ends")), {name: value for name, value in row.items() if value})
        for row in rows
    ]


def faster(route: dict[str, Any]) -> None:
    """Shorten the waits of a route."""
    for name in ("group_wait", "group_interval", "repeat_interval"):
        if name in route:
            route[name] = f"{round(1000 * parse_duration(route[name]) / SPEED)}ms"


async def replay(folder: Path) -> list[Message]:
    """Send what fires at each evaluation, as Prometheus does, and return the messages since the surge began."""
    alerts, messages = recording(), list[Message]()
    began = time.monotonic() - min(alert.starts for alert in alerts) / SPEED + 1

    def elapsed() -> float:
        return (time.monotonic() - began) * SPEED

    def accept(receiver: str, alerts: Alerts) -> None:
        messages.append(Message(elapsed(), receiver, alerts))

    async with (
        webhooks(accept) as hook,
        alertmanager_running(folder, routed_to(hook, faster)) as url,
        aiohttp.ClientSession(url) as session,
    ):
        while (now := elapsed()) < 60 * MINUTES:
            await _post(session, now, [alert for alert in alerts if alert.starts <= now < alert.ends + EVALUATION])
            await asyncio.sleep(EVALUATION / SPEED)
    return [message for message in messages if message.at >= 0]


async def _post(session: aiohttp.ClientSession, now: float, firing: list[Firing]) -> None:
    body = [{"labels": alert.labels, "endsAt": _ends(alert, now)} for alert in firing]
    async with session.post("/api/v2/alerts", json=body) as response:
        assert response.status == 200, await response.text()


def _ends(alert: Firing, now: float) -> str:
    """Return the time at which an alert ends if it is not posted again, late enough for a busy machine."""
    seconds = max(alert.ends - now, 0) + 4 * EVALUATION
    return (datetime.now(UTC) + timedelta(seconds=seconds / SPEED)).isoformat()


@pytest.fixture(scope="module")
def messages(tmp_path_factory: pytest.TempPathFactory) -> list[Message]:
    return asyncio.run(replay(tmp_path_factory.mktemp("surge")))


def test_a_surge_on_four_targets_sends_at_most_12_messages_in_16_minutes(messages: list[Message]) -> None:
    assert len({alert.labels["target"] for alert in recording()}) == 4
    assert len(messages) <= 12, Counter(
        (message.receiver, message.alerts[0]["labels"]["target"]) for message in messages
    )


def test_every_target_is_reported_to_the_supervisors_on_duty(messages: list[Message]) -> None:
    urgent = [message for message in messages if message.receiver == "supervisors-urgent"]
    first = {
        target: min(alert.starts for alert in recording() if alert.labels["target"] == target and _is_critical(alert))
        for target in ("amsterdam", "helsinki", "oakland", "paris")
    }
    for target, starts in first.items():
        sent = [message.at for message in urgent if {each["labels"]["target"] for each in message.alerts} == {target}]
        assert sent, target
        # The group interval at most, if the contact centre had another critical alert shortly before.
        assert min(sent) - max(starts, 0) < 600 + 2 * EVALUATION, target


def _is_critical(alert: Firing) -> bool:
    return alert.labels["severity"] == "critical"
