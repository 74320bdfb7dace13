"""Details of operators do not disappear between two rounds, wherever their resource is in the timetable."""

import msgspec
import pytest
from prometheus_client.parser import text_string_to_metric_families

from exporter.metrics.pages import Exposition, Format
from exporter.polling.collector import Collector
from exporter.vendors.axialys.api import AxialysApi
from tests.support.clock import ManualClock
from tests.support.exposition import page_bytes
from tests.support.vendors.axialys import settings

# Resources started before those of the target move them to other places.
PLACES = range(8)
# So many that the last ones of a round are requested after the operators' next poll.
OPERATORS = 40
_ROWS = [
    {"id": number, "etat": "unavailable", "pause": "4", "ui_pause": "2027-01-15 08:50:00"}
    for number in range(OPERATORS)
]


async def answer(_api: AxialysApi, path: str, *_more: object, **_options: object) -> msgspec.Raw:
    if path == "/vm/operators_init":
        return msgspec.Raw(msgspec.json.encode(_ROWS))
    if path.startswith("/vm/op_details/"):
        return msgspec.Raw(b'{"state": "unavailable", "break": "Cafe", "ui_pause": "2027-01-15 08:50:00"}')
    if path.startswith("/vm/group_stats/"):
        return msgspec.Raw(b'{"nbr_perdus": 1}')
    return msgspec.Raw(b'[{"id": 7, "name": "Accueil"}]')


def reasons(collector: Collector) -> dict[str, float]:
    """Return the number of paused agents by reason."""
    return {
        sample.labels["reason"]: sample.value
        for family in text_string_to_metric_families(page_bytes(collector, Format.TEXT).decode())
        for sample in family.samples
        if sample.name == "contactcenter_agents" and sample.labels["state"] == "paused" and sample.value
    }


@pytest.mark.slow
async def test_reasons_keep_their_label_at_every_place(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(AxialysApi, "_request", answer)
    poll = {"interval": "15s", "timeout": "10s"}
    for place in PLACES:
        clock = ManualClock()
        target = settings(poll=poll, agents={"detail": "id"})
        collector = Collector([target], Exposition(lambda _form: b""), clock)
        collector._next_index = place  # noqa: SLF001 - as if other targets had been started before
        await collector.start()
        seen: list[dict[str, float]] = []
        for _ in range(42):
            await clock.advance(3)
            seen.append(reasons(collector))
            assert not [each.name for each in collector.health[0].resources if each.stale], f"place {place}"
        await collector.stop()
        known = seen.index({"Cafe": OPERATORS})
        assert all(each == {"Cafe": OPERATORS} for each in seen[known:]), f"place {place}"
