"""A round that takes longer than totals take to settle after midnight exports the totals of the new day."""

import asyncio
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import formatdate
from typing import Any

import pytest
from multidict import CIMultiDict, CIMultiDictProxy
from yarl import URL

from exporter.metrics.pages import Exposition, Format
from exporter.polling.collector import Collector
from exporter.vendors.toolkit.http import Http, Response
from tests.support.exposition import no_process, page_bytes, read
from tests.support.timeloop import LoopClock, TimeLoop, run
from tests.support.vendors.axialys import settings

GROUPS = 40
# Forty groups take 400 seconds, more than the five minutes after which the totals of a day are settled.
SECONDS = 10.0
MIDNIGHT = datetime(2027, 1, 15, 23, tzinfo=UTC).timestamp()  # in Paris
YESTERDAY = 500
TODAY = 3


def offered(collector: Collector) -> Mapping[str, float]:
    """Return the offered contacts of each queue."""
    return {
        sample.labels["queue_id"]: sample.value
        for family in read(page_bytes(collector, Format.TEXT), Format.TEXT)
        for sample in family.samples
        if sample.name == "contactcenter_queue_contacts_offered_total"
    }


def test_no_queue_keeps_the_totals_of_yesterday(monkeypatch: pytest.MonkeyPatch) -> None:
    async def main(loop: TimeLoop) -> None:
        clock = LoopClock(loop)

        async def send(_http: Http, _method: str, url: URL, _headers: object, **_more: object) -> Response:
            document: Any = [] if url.path == "/vm/operators_init" else {"nbr_attente": 1}
            if url.path == "/vm/groups":
                document = [{"id": number, "name": f"Group {number}"} for number in range(GROUPS)]
            elif "group_stats" in url.path:
                document = {"nbr_global": YESTERDAY if clock.time() < MIDNIGHT else TODAY}
                await asyncio.sleep(SECONDS)
            headers = CIMultiDictProxy(CIMultiDict({"Date": formatdate(clock.time(), usegmt=True)}))
            return Response(200, headers, json.dumps(document).encode())

        monkeypatch.setattr(Http, "send", send)
        target = settings("http://axialys.test", day_starts="00:00", poll={"interval": "60s", "timeout": "60s"})
        collector = Collector([target], Exposition(no_process), clock)
        await collector.start()
        await asyncio.sleep(1800)
        assert set(offered(collector).values()) == {YESTERDAY}
        assert len(offered(collector)) == GROUPS
        await asyncio.sleep(1800)
        assert set(offered(collector).values()) == {TODAY}
        assert len(offered(collector)) == GROUPS
        await collector.stop()

    run(main, wall=MIDNIGHT - 1800.0)
