"""A surge on four contact centres, replayed to a real Alertmanager with the committed routes: few messages, none late.

The alerts were recorded from `demo`, Prometheus and the rules with four targets, from six minutes before the scenario
`surge` began until 16 minutes after it. The recording and the routes run faster by the same factor.
"""

import asyncio
import csv
import re
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import aiohttp
import pytest
import yaml
from aiohttp import web

from exporter.settings.units import parse_duration
from tests.support.programs import running
from tests.support.rules import GRAFANA
from tests.support.tools import require

pytestmark = pytest.mark.slow

CONFIG = GRAFANA / "alertmanager" / "alertmanager.yml"
RECORDING = Path(__file__).with_name("surge.csv")
SPEED = 40
MINUTES = 16
EVALUATION = 15
_WAITS = re.compile(r"(group_wait|group_interval|repeat_interval): (\d+[smh])")


class Firing(NamedTuple):
    """An alert of the recording, in seconds since the surge began."""

    starts: float
    ends: float
    labels: dict[str, str]


class Message(NamedTuple):
    """A notification: when it was sent, in recorded seconds, to which receiver, and the alerts it contains."""

    at: float
    receiver: str
    alerts: list[dict[str, Any]]


def recording() -> list[Firing]:
    with RECORDING.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    return [
        Firing(float(row.pop("starts")), float(row.pop("ends")), {name: value for name, value in row.items() if value})
        for row in rows
    ]


def config(hook: str) -> str:
    """Return the committed routes and inhibition rules in any hour, faster, with one webhook for each receiver."""
    faster = _WAITS.sub(lambda found: f"{found[1]}: {_faster(found[2])}", CONFIG.read_text(encoding="utf-8"))
    data = yaml.safe_load(re.sub(r"^ *active_time_intervals: .*\n", "", faster, flags=re.MULTILINE))
    data["global"] = {}
    names = [receiver["name"] for receiver in data["receivers"]]
    data["receivers"] = [{"name": name, "webhook_configs": [{"url": f"{hook}/{name}"}]} for name in names]
    return yaml.safe_dump(data)


def _faster(duration: str) -> str:
    return f"{round(1000 * parse_duration(duration) / SPEED)}ms"


@asynccontextmanager
async def sink(began: float, messages: list[Message]) -> AsyncIterator[str]:
    """Record every notification; yield the address to send them to."""

    async def accept(request: web.Request) -> web.Response:
        body = await request.json()
        at = (time.monotonic() - began) * SPEED
        messages.append(Message(at, request.match_info["receiver"], body["alerts"]))
        return web.Response()

    app = web.Application()
    app.router.add_post("/{receiver}", accept)
    runner = web.AppRunner(app)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        [(host, port)] = runner.addresses
        yield f"http://{host}:{port}"
    finally:
        await runner.cleanup()


async def replay(folder: Path) -> list[Message]:
    """Send what fires at each evaluation, as Prometheus does, and return the messages since the surge began."""
    alerts, messages = recording(), list[Message]()
    first = min(alert.starts for alert in alerts)
    program = require("prometheus-alertmanager")
    began = time.monotonic() - first / SPEED + 1
    async with sink(began, messages) as hook:
        path = folder / "alertmanager.yml"
        path.write_text(config(hook), encoding="utf-8")
        storage = f"--storage.path={folder / 'data'}"
        command = [program, f"--config.file={path}", storage, "--web.listen-address=127.0.0.1:0"]
        pattern = r'msg="?Listening on"? address=127\.0\.0\.1:(\d+)'
        async with running([*command, "--cluster.listen-address="], pattern) as alertmanager:
            url = f"http://127.0.0.1:{alertmanager.port}"
            async with aiohttp.ClientSession(url) as session:
                while (now := (time.monotonic() - began) * SPEED) < 60 * MINUTES:
                    await _post(session, [alert for alert in alerts if alert.starts <= now < alert.ends + EVALUATION])
                    await asyncio.sleep(EVALUATION / SPEED)
    return [message for message in messages if message.at >= 0]


async def _post(session: aiohttp.ClientSession, firing: list[Firing]) -> None:
    ends = (datetime.now(UTC) + timedelta(seconds=4 * EVALUATION / SPEED)).isoformat()
    body = [{"labels": alert.labels, "endsAt": ends} for alert in firing]
    async with session.post("/api/v2/alerts", json=body) as response:
        assert response.status == 200, await response.text()


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
