"""A vendor that repeats an id: the first item is exported, the others are counted."""

import pytest

from exporter.metrics.pages import Exposition, Format
from exporter.model import Agent, Queue, Snapshot, Trunk
from exporter.polling.collector import Collector
from exporter.polling.duplicates import without_duplicates
from exporter.settings import TargetSettings
from tests.support.clock import ManualClock
from tests.support.exposition import page_bytes
from tests.support.fake_vendor import answering, install

SALES, SERVICE = Queue("1", "Sales", waiting_contacts=3), Queue("2", "Service", waiting_contacts=1)


def test_the_first_item_of_each_id_is_kept() -> None:
    again = Queue("1", "Sales", waiting_contacts=7)
    agents = (Agent("1", state="busy"), Agent("1", state="available"))
    snapshot = Snapshot(queues=(SALES, SERVICE, again, again), agents=agents, unmapped=(("queues.Name", "?"),))
    assert without_duplicates(snapshot) == Snapshot(
        queues=(SALES, SERVICE),
        agents=agents[:1],
        unmapped=(("queues.Name", "?"), *[("queues.id", "duplicate id")] * 2, ("agents.id", "duplicate id")),
    )


def test_a_snapshot_without_duplicates_is_unchanged() -> None:
    snapshot = Snapshot(queues=(SALES, SERVICE), trunks=(Trunk("1"), Trunk("2")))
    assert without_duplicates(snapshot) is snapshot


async def test_a_repeated_queue_makes_no_duplicate_series(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = ManualClock()
    install(monkeypatch, {"queues": answering(SALES, SERVICE, SALES)})
    target = TargetSettings(name="a", vendor="fake", url="http://127.0.0.1:9")
    collector = Collector([target], Exposition(lambda _form: b""), clock)
    await collector.start()
    await clock.advance(1)
    page = page_bytes(collector, Format.TEXT).decode()
    await collector.stop()
    assert [line for line in page.splitlines() if line.startswith("contactcenter_queue_waiting_contacts{")] == [
        'contactcenter_queue_waiting_contacts{target="a",queue_id="1",queue="Sales",channel=""} 3',
        'contactcenter_queue_waiting_contacts{target="a",queue_id="2",queue="Service",channel=""} 1',
    ]
    assert 'contactcenter_unmapped_values_total{target="a",field="queues.id"} 1\n' in page
