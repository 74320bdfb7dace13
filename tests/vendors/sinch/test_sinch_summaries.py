"""Which quarter hours of Sinch are requested when, and reads that outlast or fail a poll."""

import asyncio
import itertools
import json
from collections.abc import Callable
from datetime import datetime

import pytest
from aiohttp import web

from exporter.errors import PollError, Reason
from exporter.vendors.sinch import summaries
from exporter.vendors.sinch.client import SinchClient
from tests.support.clock import ManualClock
from tests.support.vendors.polls import asking, failure, passing, serving
from tests.support.vendors.sinch import PUBLISHED, Installation, client, fixture, samples, settings

ROW = fixture("contactSummary")[0]
QUEUE = ("535A3F8292D6433DA215D29B7455A9AB", "Customer Service Phone", "voice")
ANSWERED = ("queue_contacts_answered_total", *QUEUE)


def bucket(name: str, began: str = "2019-08-30T08:45:00.00Z", **fields: object) -> dict[str, object]:
    return {**ROW, "id": name, "hourTime": began, **fields}


def starts(installation: Installation) -> list[str]:
    """Return the requested start times; pages of one read have the same."""
    return list(dict.fromkeys(asked.query["startTime"] for asked in installation.asked))


async def test_all_that_the_vendor_keeps_is_read_first_and_then_two_hours() -> None:
    installation, clock = Installation(contactSummaries=[bucket("a")]), ManualClock(PUBLISHED)
    async with client(installation, clock) as sinch:
        await sinch.contact_summaries()
        await clock.advance(60)
        await sinch.contact_summaries()
    # 36 hours and two hours, each a second earlier in case the API excludes the start time itself.
    assert starts(installation) == ["2019-08-28T20:59:59.000Z", "2019-08-30T06:59:59.000Z"]


async def test_after_failed_polls_what_they_missed_is_read_too() -> None:
    installation, clock = Installation(contactSummaries=[bucket("a")]), ManualClock(PUBLISHED)
    async with client(installation, clock) as sinch:
        await sinch.contact_summaries()
        installation.answers["contactSummaries"] = b"<html>"
        for _ in range(3):
            await clock.advance(200)
            await failure(sinch.contact_summaries())
        installation.answers["contactSummaries"] = [bucket("b", inHandled=2)]
        await clock.advance(200)
        totals = samples(await sinch.contact_summaries())
    assert totals[ANSWERED] == 2
    assert installation.asked[-1].query["startTime"] == "2019-08-30T06:59:59.000Z"


async def test_a_quarter_hour_that_loses_a_value_is_read_again() -> None:
    old = bucket("a", "2019-08-30T07:00:00Z", inHandled=3)
    installation, clock = Installation(contactSummaries=[old]), ManualClock(PUBLISHED)
    async with client(installation, clock) as sinch:
        await sinch.contact_summaries()
        installation.answers["contactSummaries"] = [{**old, "inHandled": None}]
        await clock.advance(60)
        assert ANSWERED not in samples(await sinch.contact_summaries())
        installation.answers["contactSummaries"] = [old]
        await clock.advance(60)
        assert samples(await sinch.contact_summaries())[ANSWERED] == 3
    # Two hours would not include it.
    assert installation.asked[-1].query["startTime"] == "2019-08-30T06:59:59.000Z"


async def test_corrections_of_older_quarter_hours_arrive_every_quarter_of_an_hour() -> None:
    rows = [bucket("a", "2019-08-30T01:00:00Z", inHandled=5), bucket("b", "2019-08-30T02:00:00Z", inHandled=1)]
    installation, clock = Installation(contactSummaries=rows), ManualClock(PUBLISHED)
    async with client(installation, clock) as sinch:
        assert samples(await sinch.contact_summaries())[ANSWERED] == 6
        # The vendor removes one and corrects the other.
        installation.answers["contactSummaries"] = lambda: web.json_response(
            [bucket("a", "2019-08-30T01:00:00Z", inHandled=4)] if is_whole(installation) else []
        )
        await clock.advance(840)
        await sinch.contact_summaries()
        assert samples(await sinch.contact_summaries())[ANSWERED] == 6
        await clock.advance(60)
        for _ in range(3):
            totals = samples(await sinch.contact_summaries())
    # What is older than the oldest one returned may have been dropped for its age.
    assert totals[ANSWERED] == 4


def is_whole(installation: Installation) -> bool:
    asked = datetime.fromisoformat(installation.asked[-1].query["startTime"])
    return asked.timestamp() < installation.clock.time() - 30 * 3600


def paged(rows: int, slow: Callable[[int], bool], released: asyncio.Event) -> Callable[..., object]:
    """Return a server of many rows whose slow pages wait for an event."""

    async def handle(request: web.Request) -> web.Response:
        offset, limit = int(request.query["offset"]), int(request.query["limit"])
        if slow(offset):
            await released.wait()
        found = [bucket(f"{row:05}", inHandled=1) for row in range(offset, min(rows, offset + limit))]
        return web.Response(body=json.dumps(found).encode())

    return handle


async def test_a_read_outlasts_the_poll_and_the_error_reports_its_progress() -> None:
    released, clock = asyncio.Event(), ManualClock(PUBLISHED)
    server_of = paged(7, lambda offset: offset >= 4, released)
    poll = {"interval": "1s", "timeout": "1s"}
    async with serving(server_of) as server, asking(clock=clock) as http:  # type: ignore[arg-type]
        sinch = SinchClient(settings(url=str(server.make_url("/RI/rmi")), page_size=2, poll=poll), http, clock)
        error = await failure(sinch.contact_summaries())
        assert error.reason is Reason.TIMEOUT
        assert "pages" in str(error)
        assert "rows so far" in str(error)
        released.set()
        assert samples(await sinch.contact_summaries())[ANSWERED] == 7
        await sinch.close()


async def test_a_failed_read_reports_its_progress() -> None:
    pages = iter([[bucket("a"), bucket("b")], b"<html>"])
    async with client(Installation(contactSummaries=pages), page_size=2) as sinch:
        error = await failure(sinch.contact_summaries())
    assert error.reason is Reason.DECODE
    assert str(error).endswith("after 1 pages with 2 rows")


async def test_the_failure_of_a_read_in_the_background_is_that_of_the_next_poll() -> None:
    installation, clock = Installation(contactSummaries=[bucket("a", inHandled=1)]), ManualClock(PUBLISHED)
    async with client(installation, clock) as sinch:
        await sinch.contact_summaries()
        await clock.advance(900)
        installation.answers["contactSummaries"] = lambda: (
            web.Response(status=503) if is_whole(installation) else web.json_response([])
        )
        outcomes = [await outcome(sinch) for _ in range(3)]
        assert sorted(map(str, outcomes)) == ["1", "1", "http"]


async def outcome(sinch: SinchClient) -> float | Reason:
    try:
        return samples(await sinch.contact_summaries())[ANSWERED]
    except PollError as error:
        return error.reason


async def test_the_pages_of_a_long_read_are_spread_over_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(summaries, "_FIRST_ROWS_PER_SECOND", 5)
    rows = [bucket(f"{row:05}", inHandled=1) for row in range(30)]
    installation, clock = Installation(), ManualClock(PUBLISHED)

    def answer() -> web.Response:
        offset = installation.offsets[-1]
        return web.json_response(rows[offset : offset + 2])

    installation.answers["contactSummaries"] = answer
    async with client(installation, clock, page_size=2) as sinch:
        snapshot = await passing(clock, sinch.contact_summaries())
        assert clock.monotonic() > 4
    assert samples(snapshot)[ANSWERED] == 30


async def test_a_later_complete_read_does_not_delay_the_poll() -> None:
    rows = [bucket(f"{row:05}", "2019-08-30T01:00:00Z", inHandled=1) for row in range(12)]
    installation, clock = Installation(), ManualClock(PUBLISHED)

    def answer() -> web.Response:
        offset = installation.offsets[-1]
        return web.json_response(rows[offset : offset + 5] if is_whole(installation) else [])

    installation.answers["contactSummaries"] = answer
    async with client(installation, clock, page_size=5) as sinch:
        await sinch.contact_summaries()
        first = len(installation.asked)
        await clock.advance(900)
        rows[-1]["inHandled"] = 5
        assert samples(await sinch.contact_summaries())[ANSWERED] == 12
        assert len(installation.asked) < 2 * first
        while samples(await sinch.contact_summaries())[ANSWERED] == 12:
            await clock.advance(10)
            await asyncio.sleep(0.01)
        assert samples(await sinch.contact_summaries())[ANSWERED] == 16


async def test_a_complete_read_does_not_end_at_the_length_of_a_shorter_one() -> None:
    """A server that limits the bytes of a page: a page that is shorter than another one is not the last."""
    rows = [bucket(f"{row:05}", "2019-08-30T01:00:00Z", inHandled=1) for row in range(500)]
    lengths = itertools.cycle((98, 97, 99))
    installation, clock = Installation(), ManualClock(PUBLISHED)

    def answer() -> web.Response:
        offset = installation.offsets[-1]
        if is_whole(installation):
            return web.json_response(rows[offset : offset + next(lengths)])
        return web.json_response(rows[:130][offset : offset + 100])

    installation.answers["contactSummaries"] = answer
    async with client(installation, clock, page_size=25) as sinch:
        assert samples(await passing(clock, sinch.contact_summaries()))[ANSWERED] == 500
        for _ in range(20):
            await clock.advance(60)
            assert samples(await passing(clock, sinch.contact_summaries()))[ANSWERED] == 500


# The age of the vendor's statistics


@pytest.mark.parametrize(
    ("changed", "age"),
    [
        ("2019-08-30T08:59:00.000Z", 60),
        ("2019-08-30T09:00:05.000Z", 0),
        (None, None),
        ("never", None),
        # No clock is this far ahead.
        ("2039-08-30T09:00:00.000Z", None),
        # A date that stands for none.
        ("0001-01-01T00:00:00.000Z", None),
        ("1970-01-01T00:00:00.000Z", None),
    ],
)
async def test_the_age_is_that_of_the_newest_change_by_the_vendors_clock(changed: str | None, age: int | None) -> None:
    rows = [bucket("a", changeTimeStamp=changed)]
    if age is not None:
        rows.append(bucket("b", changeTimeStamp="2019-08-30T08:00:00.000Z"))
    async with client(Installation(contactSummaries=rows)) as sinch:
        totals = samples(await sinch.contact_summaries())
    assert totals.get(("vendor_data_age_seconds",)) == age


@pytest.mark.parametrize("ahead", [3600, -4 * 3600])
async def test_the_age_does_not_depend_on_the_clock_of_this_machine(ahead: float) -> None:
    installation = Installation(contactSummaries=[bucket("a", changeTimeStamp="2019-08-30T08:59:00Z")])
    clock = ManualClock(PUBLISHED + ahead)
    async with client(installation, clock) as sinch:
        installation.clock = ManualClock(PUBLISHED)
        snapshot = await sinch.contact_summaries()
    assert snapshot.data_age_seconds == 60
