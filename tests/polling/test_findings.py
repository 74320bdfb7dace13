"""What a vendor's responses show about its API: logged once, and kept for the status page."""

import pytest
from structlog.testing import capture_logs

from exporter.metrics.pages import Exposition
from exporter.model import Queue, Snapshot
from exporter.polling.collector import Collector
from exporter.settings import TargetSettings
from tests.support.clock import ManualClock
from tests.support.exposition import no_process
from tests.support.fake_vendor import install

UNKNOWN, KNOWN = "not known yet what `startTime` selects by", "`startTime` selects by the end"


async def test_a_finding_is_logged_once_and_kept_with_the_resource(monkeypatch: pytest.MonkeyPatch) -> None:
    found = [(UNKNOWN,), (UNKNOWN,), (KNOWN,), (KNOWN,)]

    async def fetch() -> Snapshot:
        return Snapshot(queues=(Queue("1", waiting_contacts=1),), findings=found.pop(0) if found else (KNOWN,))

    install(monkeypatch, {"contacts": fetch})
    clock = ManualClock()
    target = TargetSettings.model_validate({"name": "a", "vendor": "fake", "url": "http://127.0.0.1:9"})
    collector = Collector([target], Exposition(no_process), clock)
    with capture_logs() as lines:
        await collector.start()
        await clock.advance(90)
    [health] = collector.health
    await collector.stop()
    logged = [line for line in lines if line["event"] == "finding about the vendor's API"]
    assert [(line["resource"], line["finding"]) for line in logged] == [("contacts", UNKNOWN), ("contacts", KNOWN)]
    assert health.resources[0].findings == (KNOWN,)
