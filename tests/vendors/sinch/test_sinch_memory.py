"""What a restarted process continues of Sinch's quarter hours: what was exported of them before midnight."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import datetime

import msgspec
import pytest

from exporter.vendors.base import Memory
from exporter.vendors.sinch.client import SinchClient
from tests.support.clock import ManualClock
from tests.support.vendors.sinch import Installation, client, fixture, samples

ROW = fixture("contactSummary")[0]
QUEUE = ("535A3F8292D6433DA215D29B7455A9AB", "Customer Service Phone", "voice")
ANSWERED = ("queue_contacts_answered_total", *QUEUE)
YESTERDAY, TODAY = "2019-08-30T23:45:00.00Z", "2019-08-31T00:00:00.00Z"
BEFORE_MIDNIGHT, AFTER_MIDNIGHT = "2019-08-30T23:59:30Z", "2019-08-31T00:01:00Z"
HOUR = 3600.0

Rows = Mapping[str, float]


def rows(answered: Rows) -> list[dict[str, object]]:
    """Return the published quarter hour at other times with other numbers of answered contacts."""
    fixed = {**ROW, "changeTimeStamp": "2019-08-30T23:50:00.000Z"}
    return [
        {**fixed, "id": f"{ROW['queueId']} {began}", "hourTime": began, "inHandled": number}
        for began, number in answered.items()
    ]


def memory_of(sinch: SinchClient) -> Memory:
    [memory] = [resource.memory for resource in sinch.resources if resource.memory is not None]
    return memory


@asynccontextmanager
async def process(
    now: str, answered: Rows, saved: bytes | None = None, age: float = 90, *, timezone: str = "UTC"
) -> AsyncIterator[SinchClient]:
    """Yield the client of a process that has polled once."""
    installation = Installation(contactSummaries=rows(answered))
    async with client(installation, ManualClock(datetime.fromisoformat(now).timestamp()), timezone=timezone) as sinch:
        if saved is not None:
            memory_of(sinch).restore(saved, age)
        await sinch.contact_summaries()
        yield sinch


async def exported(sinch: SinchClient) -> float:
    return samples(await sinch.contact_summaries())[ANSWERED]


async def saved_by(sinch: SinchClient) -> bytes:
    saved = await memory_of(sinch).save()
    assert saved is not None
    return saved


async def saved_before_midnight(answered: Rows, timezone: str = "UTC") -> bytes:
    async with process(BEFORE_MIDNIGHT, answered, timezone=timezone) as sinch:
        return await saved_by(sinch)


async def test_growth_counts_from_the_last_export_before_midnight() -> None:
    saved = await saved_before_midnight({YESTERDAY: 4})
    async with process(AFTER_MIDNIGHT, {YESTERDAY: 6, TODAY: 1}, saved) as sinch:
        assert await exported(sinch) == 3


async def test_a_quarter_hour_that_was_not_exported_counts_in_the_new_day() -> None:
    saved = await saved_before_midnight({"2019-08-30T23:30:00.00Z": 4})
    async with process(AFTER_MIDNIGHT, {"2019-08-30T23:30:00.00Z": 4, YESTERDAY: 2}, saved) as sinch:
        assert await exported(sinch) == 2


async def test_growth_continues_through_several_processes() -> None:
    saved = await saved_before_midnight({YESTERDAY: 4})
    for now, answered, total in (
        (AFTER_MIDNIGHT, {YESTERDAY: 5}, 1),
        ("2019-08-31T09:00:00Z", {YESTERDAY: 7, TODAY: 2}, 5),
        # The vendor keeps a quarter hour for 36 hours.
        ("2019-08-31T20:00:00Z", {TODAY: 2}, 5),
    ):
        async with process(now, answered, saved) as sinch:
            assert await exported(sinch) == total
            saved = await saved_by(sinch)


async def test_quarter_hours_that_the_vendor_removed_do_not_count() -> None:
    saved = await saved_before_midnight({YESTERDAY: 4, "2019-08-30T23:30:00.00Z": 10})
    async with process(AFTER_MIDNIGHT, {"2019-08-30T22:00:00.00Z": 0, YESTERDAY: 6}, saved) as sinch:
        assert await exported(sinch) == 2


async def test_rows_of_the_same_quarter_hour_continue_together() -> None:
    """Ids are not saved."""
    twice = [*rows({YESTERDAY: 4}), *rows({"2019-08-30T23:45:00Z": 3})]
    installation = Installation(contactSummaries=twice)
    async with client(installation, ManualClock(datetime.fromisoformat(BEFORE_MIDNIGHT).timestamp())) as sinch:
        assert await exported(sinch) == 7
        saved = await saved_by(sinch)
    async with process(AFTER_MIDNIGHT, {YESTERDAY: 4, "2019-08-30T23:45:00Z": 4}, saved) as sinch:
        assert await exported(sinch) == 1


@pytest.mark.parametrize(
    ("now", "age", "total"),
    [
        pytest.param("2019-08-31T00:50:00Z", HOUR - 1, 2, id="the day before, recently"),
        pytest.param("2019-08-31T04:00:00Z", 4 * HOUR, 0, id="the day before, another replica may have exported since"),
        pytest.param("2019-09-01T00:10:00Z", 60, 0, id="two days before"),
    ],
)
async def test_an_earlier_day_continues_if_it_was_saved_recently(now: str, age: float, total: float) -> None:
    saved = await saved_before_midnight({YESTERDAY: 4})
    async with process(now, {YESTERDAY: 6}, saved, age) as sinch:
        assert await exported(sinch) == total


async def test_the_same_day_continues_whenever_it_was_saved() -> None:
    saved = await saved_before_midnight({YESTERDAY: 4})
    async with process(AFTER_MIDNIGHT, {YESTERDAY: 6}, saved) as sinch:
        saved = await saved_by(sinch)
    async with process("2019-08-31T18:00:00Z", {YESTERDAY: 7}, saved, 18 * HOUR) as sinch:
        assert await exported(sinch) == 3


async def test_the_day_of_another_time_zone_does_not_continue() -> None:
    saved = await saved_before_midnight({YESTERDAY: 4}, timezone="Africa/Abidjan")
    async with process(AFTER_MIDNIGHT, {YESTERDAY: 6}, saved) as sinch:
        assert await exported(sinch) == 0


async def test_nothing_is_saved_before_the_first_export() -> None:
    async with client(Installation(contactSummaries=[])) as sinch:
        assert await memory_of(sinch).save() is None


async def test_a_total_that_the_vendor_does_not_return_is_not_invented() -> None:
    saved = await saved_before_midnight({YESTERDAY: 4})
    fixed = rows({YESTERDAY: 6})[0]
    installation = Installation(contactSummaries=[{**fixed, "inHandled": None}, *rows({TODAY: 1})])
    async with client(installation, ManualClock(datetime.fromisoformat(AFTER_MIDNIGHT).timestamp())) as sinch:
        memory_of(sinch).restore(saved, 60)
        assert ANSWERED not in samples(await sinch.contact_summaries())


@pytest.mark.parametrize(
    "saved",
    [
        b"{}",
        b'{"zone":"UTC","day":["2019-08-30",1,2,"2019-08-29"],"queues":{"7":["","",[[1,[1],null]]]}}',
        b'{"zone":"UTC","day":["2019-08-30",1,2,"2019-08-29"],"queues":{"7":["","fax",[]]}}',
    ],
)
async def test_an_invalid_document_restores_nothing(saved: bytes) -> None:
    async with client(Installation(contactSummaries=rows({YESTERDAY: 4}))) as sinch:
        with pytest.raises(msgspec.MsgspecError):
            memory_of(sinch).restore(saved, 0)
        assert await memory_of(sinch).save() is None
