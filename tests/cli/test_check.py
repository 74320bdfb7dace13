"""`check --connect`: every resource of every target is polled once."""

import pytest

from exporter.cli.check import table, try_targets
from exporter.errors import PollError, Reason
from exporter.model import Queue, Snapshot
from exporter.settings import TargetSettings
from tests.support.clock import ManualClock
from tests.support.fake_vendor import answering, install


async def test_each_resource_is_polled_once_and_listed(monkeypatch: pytest.MonkeyPatch) -> None:
    async def refused() -> Snapshot:
        raise PollError(Reason.AUTH, "sign-in returned 401 Unauthorized")

    clients = install(monkeypatch, {"queues": answering(Queue(id="1"), Queue(id="2")), "agents": refused})
    target = TargetSettings.model_validate({"name": "amsterdam", "vendor": "fake", "url": "http://127.0.0.1:9"})

    attempts = await try_targets([target], ManualClock())

    assert table(attempts).splitlines() == [
        "TARGET     RESOURCE  RESULT                                   ROWS  MILLISECONDS",
        "amsterdam  queues    ok                                       2     0",
        "amsterdam  agents    auth: sign-in returned 401 Unauthorized  0     0",
    ]
    assert clients[0].closed
