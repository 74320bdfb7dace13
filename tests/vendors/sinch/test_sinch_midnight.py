"""Totals of Sinch around midnight: contacts of yesterday that end today, queues without rows, and restarts."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime

import pytest

from exporter.vendors.base import Memory
from exporter.vendors.sinch.client import SinchClient
from tests.support.clock import ManualClock
from tests.support.vendors.sinch import Installation, client, fixture, samples

ROW = fixture("contactSummary")[0]
QUEUE = ("535A3F8292D6433DA215D29B7455A9AB", "Customer Service Phone", "voice")
LISTED = {"id": QUEUE[0], "name": QUEUE[1], "type": "Phone", "inQueueCurrent": 0}
YESTERDAY, TODAY = "2019-08-30T23:45:00.00Z", "2019-08-31T00:00:00.00Z"
ANSWERED = ("queue_contacts_answered_total", *QUEUE)
OFFERED = ("queue_contacts_offered_total", *QUEUE)


def bucket(began: str, **fields: object) -> dict[str, object]:
    """Return the published quarter hour at another time and with other values; its contact has ended."""
    return {**ROW, "id": f"{ROW['queueId']} {began}", "hourTime": began, "inArrivedActive": 0, **fields}


class Place:
    """An installation whose rows the test replaces, and the totals that a client exports."""

    def __init__(self, sinch: SinchClient, installation: Installation, clock: ManualClock) -> None:
        self.sinch = sinch
        self.clock = clock
        self._installation = installation

    def serve(self, *rows: dict[str, object], queues: tuple[dict[str, object], ...] = (LISTED,)) -> None:
        self._installation.answers = {"contactSummaries": list(rows), "queueStatuses": list(queues)}

    async def totals(self) -> dict[tuple[str, ...], float]:
        await self.sinch.queues()
        return samples(await self.sinch.contact_summaries())

    async def after_a_complete_read(self) -> dict[tuple[str, ...], float]:
        """Return the totals once quarter hours older than two hours have been read, which is in the background."""
        for _ in range(2):
            await self.totals()
        return await self.totals()

    async def saved(self) -> bytes:
        saved = await self._memory.save()
        assert saved is not None
        return saved

    def restore(self, saved: bytes) -> None:
        self._memory.restore(saved, 60)

    @property
    def _memory(self) -> Memory:
        [memory] = [resource.memory for resource in self.sinch.resources if resource.memory is not None]
        return memory


@asynccontextmanager
async def place(now: str) -> AsyncIterator[Place]:
    clock = ManualClock(datetime.fromisoformat(now).timestamp())
    installation = Installation()
    async with client(installation, clock) as sinch:
        yield Place(sinch, installation, clock)


async def test_a_call_of_yesterday_that_is_answered_today_counts_today() -> None:
    async with place("2019-08-30T23:59:30Z") as sinch:
        sinch.serve(bucket(YESTERDAY, inArrivedHandled=4, inArrivedActive=1, inHandled=4))
        totals = await sinch.totals()
        assert (totals[OFFERED], totals[ANSWERED]) == (5, 4)
        await sinch.clock.advance(60)
        sinch.serve(bucket(YESTERDAY, inArrivedHandled=5, inHandled=5), bucket(TODAY, inArrivedHandled=1, inHandled=1))
        totals = await sinch.totals()
        assert (totals[OFFERED], totals[ANSWERED]) == (1, 2)


async def test_what_comes_between_the_last_poll_and_midnight_counts_in_the_new_day() -> None:
    async with place("2019-08-30T23:59:30Z") as sinch:
        sinch.serve(bucket("2019-08-30T23:30:00.00Z", inArrivedHandled=4))
        await sinch.totals()
        await sinch.clock.advance(60)
        sinch.serve(bucket("2019-08-30T23:30:00.00Z", inArrivedHandled=4), bucket(YESTERDAY, inArrivedHandled=2))
        assert (await sinch.totals())[OFFERED] == 2


async def test_an_email_left_overnight_counts_when_it_is_answered() -> None:
    evening = "2019-08-30T20:00:00.00Z"
    async with place("2019-08-30T23:59:30Z") as sinch:
        sinch.serve(bucket(evening, inArrivedHandled=0, inArrivedActive=1, inHandled=0, inHandleTimeTotal=0))
        await sinch.totals()
        await sinch.clock.advance(9 * 3600)
        sinch.serve(bucket(evening, inArrivedHandled=1, inHandled=1, inHandleTimeTotal=300_000))
        # Quarter hours older than two hours are read in the background.
        await sinch.totals()
        await sinch.totals()
        totals = await sinch.totals()
        assert (totals[OFFERED], totals[ANSWERED]) == (0, 1)
        assert totals["queue_handle_seconds_total", *QUEUE] == 300


async def test_the_growth_stands_when_the_vendor_drops_the_quarter_hour() -> None:
    async with place("2019-08-30T23:59:30Z") as sinch:
        sinch.serve(bucket(YESTERDAY, inHandled=4))
        await sinch.totals()
        await sinch.clock.advance(60)
        sinch.serve(bucket(YESTERDAY, inHandled=5))
        assert (await sinch.totals())[ANSWERED] == 1
        await sinch.clock.advance(14 * 3600)
        sinch.serve(bucket("2019-08-31T13:00:00.00Z", inHandled=1))
        for _ in range(3):
            totals = await sinch.totals()
        assert totals[ANSWERED] == 2


async def test_a_correction_of_yesterday_does_not_lower_today() -> None:
    async with place("2019-08-30T23:59:30Z") as sinch:
        sinch.serve(bucket(YESTERDAY, inHandled=4))
        await sinch.totals()
        await sinch.clock.advance(60)
        sinch.serve(bucket(YESTERDAY, inHandled=3), bucket(TODAY, inHandled=2))
        assert (await sinch.totals())[ANSWERED] == 2


async def test_after_a_restart_the_growth_counts_from_the_first_read() -> None:
    async with place("2019-08-31T08:00:00Z") as sinch:
        sinch.serve(bucket("2019-08-31T07:30:00.00Z", inHandled=1), bucket(YESTERDAY, inHandled=7))
        assert (await sinch.totals())[ANSWERED] == 1
        await sinch.clock.advance(901)
        sinch.serve(bucket("2019-08-31T07:30:00.00Z", inHandled=1), bucket(YESTERDAY, inHandled=9))
        for _ in range(3):
            totals = await sinch.totals()
        assert totals[ANSWERED] == 3


@pytest.mark.parametrize(
    ("today", "exported"),
    [
        # Counting 7 again is a smaller error than a lower total, with which Prometheus counts 20 again.
        (20, 27),
        (2, 2),
    ],
)
async def test_a_restart_after_growth_chooses_the_smaller_error(today: int, exported: int) -> None:
    changed = {"changeTimeStamp": "2019-08-31T00:04:00.000Z"}
    async with place("2019-08-31T08:00:00Z") as sinch:
        sinch.serve(
            bucket("2019-08-30T23:30:00.00Z", inHandled=50, changeTimeStamp="2019-08-30T23:58:00.000Z"),
            bucket(YESTERDAY, inHandled=7, **changed),
            bucket("2019-08-31T07:30:00.00Z", inHandled=today, **changed),
        )
        assert (await sinch.totals())[ANSWERED] == exported


@pytest.mark.parametrize(("arrived", "offered"), [("2019-08-30T16:00:00.00Z", 25), (YESTERDAY, 55)])
async def test_a_restart_does_not_offer_the_emails_of_the_evening_again(arrived: str, offered: int) -> None:
    changed = {"changeTimeStamp": "2019-08-31T07:04:00.000Z"}
    async with place("2019-08-31T08:00:00Z") as sinch:
        sinch.serve(
            bucket(arrived, inArrivedHandled=30, inHandled=7, **changed),
            bucket("2019-08-31T07:30:00.00Z", inArrivedHandled=25, inHandled=20, **changed),
        )
        totals = await sinch.totals()
        assert (totals[OFFERED], totals[ANSWERED]) == (offered, 27)


async def test_a_day_that_was_never_exported_does_not_count_in_the_next() -> None:
    async with place("2019-08-29T23:00:00Z") as sinch:
        sinch.serve(bucket("2019-08-29T22:45:00.00Z", inHandled=1))
        await sinch.totals()
        await sinch.clock.advance(33 * 3600)
        sinch.serve(bucket("2019-08-30T12:00:00.00Z", inHandled=50), bucket("2019-08-31T07:45:00.00Z", inHandled=2))
        for _ in range(3):
            totals = await sinch.totals()
        assert totals[ANSWERED] == 2


# Quarter hours of yesterday that existed before they were returned


async def test_yesterday_does_not_count_when_a_queue_becomes_visible() -> None:
    """As when the user is granted the right to see its statistics."""
    first = bucket("2019-08-31T07:30:00.00Z", inHandled=1)
    other: dict[str, object] = {"queueId": "B" * 32, "queueName": "Other"}
    yesterday = bucket("2019-08-30T12:00:00.00Z", inHandled=50, **other) | {"id": "B yesterday"}
    today = bucket("2019-08-31T07:30:00.00Z", inHandled=10, **other) | {"id": "B today"}
    async with place("2019-08-31T08:00:00Z") as sinch:
        sinch.serve(first)
        await sinch.totals()
        await sinch.clock.advance(901)
        sinch.serve(first, yesterday, today)
        assert (await sinch.after_a_complete_read())["queue_contacts_answered_total", "B" * 32, "Other", "voice"] == 10
        await sinch.clock.advance(901)
        sinch.serve(first, yesterday | {"inHandled": 52}, today)
        assert (await sinch.after_a_complete_read())["queue_contacts_answered_total", "B" * 32, "Other", "voice"] == 12


async def test_quarter_hours_that_are_missing_once_continue_when_they_return() -> None:
    """Also if the exporter restarts in between."""
    oldest = bucket("2019-08-29T23:00:00.00Z", inHandled=1)
    today = bucket("2019-08-31T07:30:00.00Z", inHandled=1)
    async with place("2019-08-30T23:59:30Z") as sinch:
        sinch.serve(oldest, bucket("2019-08-30T20:00:00.00Z", inHandled=500))
        await sinch.totals()
        await sinch.clock.advance(8 * 3600)
        sinch.serve(oldest, bucket("2019-08-30T20:00:00.00Z", inHandled=503), today)
        assert (await sinch.after_a_complete_read())[ANSWERED] == 4
        await sinch.clock.advance(901)
        sinch.serve(oldest, today)
        assert (await sinch.after_a_complete_read())[ANSWERED] == 1
        saved = await sinch.saved()
        await sinch.clock.advance(901)
        back = (oldest, bucket("2019-08-30T20:00:00.00Z", inHandled=504), today)
        sinch.serve(*back)
        assert (await sinch.after_a_complete_read())[ANSWERED] == 5
    async with place("2019-08-31T08:30:00Z") as restarted:
        restarted.restore(saved)
        restarted.serve(*back)
        assert (await restarted.totals())[ANSWERED] == 5


# The longest wait and the service level


async def test_the_longest_wait_and_the_service_level_are_of_the_arrivals_of_the_day() -> None:
    level = {"inArrivedHandled": 1, "inAnsweredOnTime": 1, "inHandled": 1, "inFalseAttempt": 0}
    async with place("2019-08-30T23:59:30Z") as sinch:
        sinch.serve(bucket(YESTERDAY, inQueueTimeMax=90_000, **level))
        assert (await sinch.totals())["queue_max_wait_seconds", *QUEUE] == 90
        await sinch.clock.advance(60)
        late = {**level, "inArrivedHandled": 2, "inHandled": 2}
        today = {**level, "inArrivedHandled": 4, "inHandled": 4}
        sinch.serve(bucket(YESTERDAY, inQueueTimeMax=95_000, **late), bucket(TODAY, inQueueTimeMax=5000, **today))
        totals = await sinch.totals()
        assert totals["queue_max_wait_seconds", *QUEUE] == 5
        assert totals["queue_service_level_ratio", *QUEUE] == 0.25


# Queues without rows


async def test_a_queue_without_rows_has_0_after_midnight() -> None:
    async with place("2019-08-30T23:59:30Z") as sinch:
        sinch.serve(bucket(YESTERDAY, inHandled=4))
        await sinch.totals()
        await sinch.clock.advance(60)
        sinch.serve()
        totals = await sinch.totals()
        assert (totals[OFFERED], totals[ANSWERED]) == (0, 0)
        assert ("queue_service_level_ratio", *QUEUE) not in totals


async def test_a_listed_queue_without_any_rows_has_0_in_the_fields_that_the_vendor_returns() -> None:
    other: dict[str, object] = {"id": "B" * 32, "name": "Quiet", "type": "Chat"}
    async with place("2019-08-30T23:59:30Z") as sinch:
        sinch.serve(bucket(YESTERDAY, inHandled=4, inServiceClosed=None), queues=(LISTED, other))
        totals = await sinch.totals()
        assert totals["queue_contacts_answered_total", "B" * 32, "Quiet", "chat"] == 0
        assert ("queue_contacts_rejected_closed_total", "B" * 32, "Quiet", "chat") not in totals


async def test_nothing_is_known_if_the_vendor_returns_no_rows_at_all() -> None:
    """As when the user may not see statistics any more."""
    async with place("2019-08-30T23:59:30Z") as sinch:
        sinch.serve()
        assert not [name for name, *_ in await sinch.totals() if name.endswith("_total")]


async def test_a_queue_that_is_no_longer_listed_vanishes_with_the_day() -> None:
    async with place("2019-08-30T23:59:30Z") as sinch:
        sinch.serve(bucket(YESTERDAY, inHandled=4))
        await sinch.totals()
        await sinch.clock.advance(60)
        other = {**LISTED, "id": "B" * 32, "name": "Other"}
        sinch.serve(bucket(YESTERDAY, inHandled=4), queues=(other,))
        assert {key[1] for key in await sinch.totals() if len(key) > 1} == {"B" * 32}


@pytest.mark.parametrize("missing", ["inHandled", "inArrivedHandled"])
async def test_a_total_is_absent_if_a_quarter_hour_of_yesterday_lacks_it(missing: str) -> None:
    """What it has grown by is unknown."""
    family = {"inHandled": ANSWERED, "inArrivedHandled": OFFERED}[missing]
    async with place("2019-08-31T00:10:00Z") as sinch:
        sinch.serve(bucket(YESTERDAY, **{missing: None}), bucket(TODAY, inHandled=1, inArrivedHandled=1))
        assert family not in await sinch.totals()
