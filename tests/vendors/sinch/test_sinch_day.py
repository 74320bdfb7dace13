"""Day-to-date totals of Sinch: the quarter hours of a day and their sums."""

import itertools
import random
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.support.clock import ManualClock
from tests.support.vendors.sinch import Installation, client, fixture, poll, samples

PUBLISHED_BUCKET = fixture("contactSummary")[0]
QUEUE = ("535A3F8292D6433DA215D29B7455A9AB", "Customer Service Phone", "voice")
_numbers = itertools.count()


def bucket(began: str | None = "2019-08-30T08:45:00.00Z", **fields: object) -> dict[str, object]:
    """Return the published quarter hour with another id and other values."""
    return {**PUBLISHED_BUCKET, "id": f"bucket {next(_numbers)}", "hourTime": began, **fields}


def clock_at(moment: str) -> ManualClock:
    return ManualClock(datetime.fromisoformat(moment).timestamp())


async def offered(now: str, timezone: str, *began: str) -> float | None:
    """Return how many contacts arrived in the day, one of them in each of these quarter hours."""
    rows = [bucket(start, inArrivedHandled=1, inArrivedActive=0, changeTimeStamp=start) for start in began]
    snapshot = await poll("contactSummaries", rows, clock_at(now), timezone=timezone)
    return samples(snapshot).get(("queue_contacts_offered_total", *QUEUE))


async def test_the_quarter_hours_of_a_queue_add_up() -> None:
    one: dict[str, Any] = {
        "inArrivedHandled": 1,
        "inArrivedActive": 2,
        "inHandled": 4,
        "inAnsweredOnTime": 3,
        "inAbandoned": 16,
        "inFalseAttempt": 1,
        "inServiceClosed": 32,
        "inAnsweredQueueTimeTotal": 1500,
        "inAbandonedQueueTimeTotal": 64_000,
        "inHandleTimeTotal": 128_001,
        "inQueueTimeMax": 7000,
        "outHandled": 3,
        "outHandleTimeTotal": 2500,
    }
    other = {**one, "inArrivedHandled": 5, "inQueueTimeMax": 12_500}
    snapshot = await poll("contactSummaries", [bucket(**one), bucket("2019-08-30T08:30:00.00Z", **other)])
    assert samples(snapshot) == {
        ("queue_contacts_offered_total", *QUEUE): 10,
        ("queue_contacts_answered_total", *QUEUE): 8,
        ("queue_contacts_answered_in_service_level_total", *QUEUE): 6,
        ("queue_contacts_abandoned_total", *QUEUE): 32,
        ("queue_contacts_abandoned_short_total", *QUEUE): 2,
        ("queue_contacts_rejected_closed_total", *QUEUE): 64,
        ("queue_answer_wait_seconds_total", *QUEUE): 3,
        ("queue_abandon_wait_seconds_total", *QUEUE): 128,
        ("queue_handle_seconds_total", *QUEUE): 256.002,
        ("queue_outbound_contacts_handled_total", *QUEUE): 6,
        ("queue_outbound_handle_seconds_total", *QUEUE): 5,
        ("queue_max_wait_seconds", *QUEUE): 12.5,
        ("queue_service_level_ratio", *QUEUE): 0.75,
        ("vendor_data_age_seconds",): pytest.approx(798.267),
    }


async def test_durations_add_up_to_the_same_in_any_order() -> None:
    rows = [bucket(inHandleTimeTotal=milliseconds) for milliseconds in range(1, 3000, 7)]
    shuffled = rows.copy()
    random.Random(1).shuffle(shuffled)  # noqa: S311 - an order, not a secret
    one, other = [await poll("contactSummaries", each) for each in (rows, shuffled)]
    assert samples(one) == samples(other)


@pytest.mark.parametrize(
    ("on_time", "arrived", "false_attempts", "level"),
    [
        (3, 5, 1, 0.75),
        (0, 4, 0, 0),
        (4, 5, 1, 1),
        (0, 0, 0, None),
        (0, 2, 2, None),
        # More contacts may be answered than have arrived since midnight.
        (2, 1, 0, None),
        (0, 1, 2, None),
        (None, 5, 1, None),
        (3, None, 1, None),
        (3, 5, None, None),
    ],
)
async def test_service_level_is_of_those_that_arrived_less_false_attempts(
    on_time: int | None, arrived: int | None, false_attempts: int | None, level: float | None
) -> None:
    row = bucket(inAnsweredOnTime=on_time, inArrivedHandled=arrived, inArrivedActive=0, inFalseAttempt=false_attempts)
    series = samples(await poll("contactSummaries", [row]))
    assert series.get(("queue_service_level_ratio", *QUEUE)) == level


async def test_closed_service_does_not_change_the_service_level() -> None:
    """As in the vendor's monitoring; its reporting leaves the closed ones out of the arrived too."""
    row: dict[str, Any] = {"inAnsweredOnTime": 1, "inArrivedHandled": 2, "inArrivedActive": 0}
    series = samples(await poll("contactSummaries", [bucket(**row, inServiceClosed=1)]))
    assert series["queue_service_level_ratio", *QUEUE] == 0.5


@pytest.mark.parametrize("part", ["inArrivedHandled", "inArrivedActive"])
async def test_arrived_contacts_are_absent_if_a_part_is_missing(part: str) -> None:
    series = samples(await poll("contactSummaries", [bucket(**{part: None})]))
    assert ("queue_contacts_offered_total", *QUEUE) not in series
    assert ("queue_contacts_answered_total", *QUEUE) in series


@pytest.mark.parametrize("value", ["many", None, "", "-", -5])
async def test_a_total_is_absent_if_a_quarter_hour_lacks_it(value: object) -> None:
    """A sum of the others would be too small."""
    rows = [bucket(inHandled=value, inAbandoned=1), bucket(inHandled=2, inAbandoned=2)]
    series = samples(await poll("contactSummaries", rows))
    assert ("queue_contacts_answered_total", *QUEUE) not in series
    assert series["queue_contacts_abandoned_total", *QUEUE] == 3


async def test_a_bad_number_is_recorded() -> None:
    snapshot = await poll("contactSummaries", [bucket(inHandled="many"), bucket(inHandled=2)])
    assert snapshot.unmapped == (("contactSummaries.inHandled", "many"),)


async def test_a_quarter_hour_counts_once_and_only_with_its_queue() -> None:
    rows = [bucket(id="a", inHandled=1), bucket(id="a", inHandled=1), bucket(id="b", queueId=None)]
    snapshot = await poll("contactSummaries", rows)
    assert samples(snapshot)["queue_contacts_answered_total", *QUEUE] == 1
    assert "contactSummaries.queueId" in dict(snapshot.unmapped)


async def test_a_quarter_hour_without_an_id_counts_by_its_queue_and_time() -> None:
    first, second = bucket(id=None, inHandled=1), bucket(id=None, inHandled=2, hourTime="2019-08-30T08:30:00.00Z")
    snapshot = await poll("contactSummaries", [first, second])
    assert samples(snapshot)["queue_contacts_answered_total", *QUEUE] == 3


async def test_totals_are_absent_if_a_quarter_hour_has_neither_id_nor_time() -> None:
    snapshot = await poll("contactSummaries", [bucket(id="a", inHandled=1), bucket(id=None, hourTime=None)])
    assert ("queue_contacts_answered_total", *QUEUE) not in samples(snapshot)
    assert "contactSummaries.hourTime" in dict(snapshot.unmapped)


async def test_a_quarter_hour_that_comes_again_on_the_next_page_counts_once() -> None:
    first, second, third = (bucket(id=name, inHandled=1) for name in "abc")
    pages = iter([[first, second], [second, third], [third]])
    async with client(Installation(contactSummaries=pages), page_size=2) as sinch:
        snapshot = await sinch.contact_summaries()
    assert samples(snapshot)["queue_contacts_answered_total", *QUEUE] == 3
    assert not snapshot.unmapped


# The local day


@pytest.mark.parametrize(
    ("timezone", "now", "began", "counted"),
    [
        # The last quarter hour of yesterday and the first of today.
        ("UTC", "2019-08-30T09:00:00Z", ("2019-08-29T23:45:00.00Z", "2019-08-30T00:00:00.00Z"), 1),
        ("Europe/Helsinki", "2019-08-30T09:00:00Z", ("2019-08-29T20:45:00Z", "2019-08-29T21:00:00Z"), 1),
        # A day of 23 hours and one of 25, at their ends: clocks change at 01:00 UTC.
        ("Europe/Helsinki", "2019-03-31T20:59:00Z", ("2019-03-30T21:45:00Z", "2019-03-30T22:00:00Z"), 1),
        ("Europe/Helsinki", "2019-10-27T21:59:00Z", ("2019-10-26T20:45:00Z", "2019-10-26T21:00:00Z"), 1),
        # Clocks go forward at midnight: the day begins at 01:00.
        ("America/Santiago", "2019-09-08T12:00:00Z", ("2019-09-08T03:45:00Z", "2019-09-08T04:00:00Z"), 1),
        # Midnight comes twice: the day begins with the first.
        ("America/Havana", "2019-11-03T12:00:00Z", ("2019-11-03T03:45:00Z", "2019-11-03T04:00:00Z"), 1),
        # A time without an offset is UTC; an offset is honoured.
        ("Europe/Helsinki", "2019-08-30T09:00:00Z", ("2019-08-29T20:45:00", "2019-08-30T00:00:00+03:00"), 1),
        # Midnight is at a quarter past an hour of UTC.
        ("Asia/Kathmandu", "2019-08-30T09:00:00Z", ("2019-08-29T18:00:00Z", "2019-08-29T18:15:00Z"), 1),
    ],
)
async def test_a_quarter_hour_belongs_to_the_local_day_in_which_it_begins(
    timezone: str, now: str, began: tuple[str, ...], counted: int
) -> None:
    assert await offered(now, timezone, *began) == counted


async def test_totals_restart_with_the_day() -> None:
    clock = clock_at("2019-08-30T20:59:50Z")
    yesterday, today = "2019-08-30T20:45:00.00Z", "2019-08-30T21:00:00.00Z"
    rows = [bucket(yesterday, inHandled=9), bucket(today, inHandled=1)]
    async with client(Installation(contactSummaries=rows), clock, timezone="Europe/Helsinki") as sinch:
        # The vendor's clock is fast: a quarter hour of tomorrow does not count yet.
        assert samples(await sinch.contact_summaries())["queue_contacts_answered_total", *QUEUE] == 9
        await clock.advance(10)
        assert samples(await sinch.contact_summaries())["queue_contacts_answered_total", *QUEUE] == 1


@pytest.mark.parametrize("began", [None, "", "soon", "soon" * 100, 7, "9999-99-99T00:00:00Z"])
async def test_totals_are_absent_if_a_quarter_hour_has_no_date_and_may_be_of_yesterday(began: object) -> None:
    undated = {**bucket(inHandled=1), "hourTime": began}
    snapshot = await poll("contactSummaries", [undated, bucket(inHandled=2)])
    assert ("queue_contacts_answered_total", *QUEUE) not in samples(snapshot)
    assert ("contactSummaries.hourTime", "missing, and it may be of yesterday") in snapshot.unmapped


async def test_a_quarter_hour_without_a_date_counts_if_only_today_was_requested() -> None:
    installation = Installation(contactSummaries=[bucket(inHandled=2)])
    async with client(installation) as sinch:
        await sinch.contact_summaries()
        installation.answers["contactSummaries"] = [bucket(None, inHandled=1)]
        snapshot = await sinch.contact_summaries()
    assert samples(snapshot)["queue_contacts_answered_total", *QUEUE] == 3
    assert not snapshot.unmapped


async def test_a_failed_poll_leaves_no_partial_totals() -> None:
    good, rest = [bucket(id="a", inHandled=1)], [bucket(id="b", inHandled=1)]
    pages = iter([good, b"<html>", good, rest, []])
    async with client(Installation(contactSummaries=pages), page_size=1) as sinch:
        with pytest.raises(Exception, match="not JSON"):
            await sinch.contact_summaries()
        assert samples(await sinch.contact_summaries())["queue_contacts_answered_total", *QUEUE] == 2


def test_the_published_quarter_hour_has_the_expected_date() -> None:
    assert PUBLISHED_BUCKET["id"].endswith("20190830T084500Z")
    assert datetime.fromisoformat(PUBLISHED_BUCKET["hourTime"]) == datetime(2019, 8, 30, 8, 45, tzinfo=UTC)


@pytest.mark.parametrize(("resource", "collection"), [("contact_summaries", "contactSummaries"), ("agents", "agents")])
@pytest.mark.parametrize(
    ("now", "period"), [("2019-08-30T20:59:59+00:00", "2019-08-30"), ("2019-08-30T21:00:00+00:00", "2019-08-31")]
)
async def test_the_reporting_period_is_the_local_day(resource: str, collection: str, now: str, period: str) -> None:
    async with client(Installation(**{collection: []}), clock_at(now), timezone="Europe/Helsinki") as sinch:
        found = (await getattr(sinch, resource)()).period
    assert (found.name, found.settled) == (period, True)
    assert found.began == datetime.fromisoformat(f"{period}T00:00:00+03:00").timestamp()
