"""Requests are spread over the interval, with limited concurrency."""

import asyncio

import pytest

from exporter.vendors.toolkit.pacing import Pace, visit_each
from tests.support.clock import ManualClock
from tests.support.vendors.apio import Server, connected, profile
from tests.support.vendors.polls import passing


class Visits:
    """Visits that last until the test ends them."""

    def __init__(self) -> None:
        self.begun: list[int] = []
        self.ended = asyncio.Semaphore(0)
        self.going_on = True

    async def visit(self, item: int) -> bool:
        self.begun.append(item)
        await self.ended.acquire()
        return self.going_on

    def end(self, number: int) -> None:
        for _ in range(number):
            self.ended.release()


async def test_visits_begin_evenly_until_the_deadline() -> None:
    clock, visits = ManualClock(), Visits()
    visits.end(4)
    task = asyncio.create_task(visit_each(range(4), visits.visit, Pace(until=12, at_once=8), clock))
    begun = []
    for _ in range(12):
        await clock.advance(0)
        begun.append(len(visits.begun))
        await clock.advance(1)
    await task
    assert begun == [1, 1, 1, 2, 2, 2, 3, 3, 3, 4, 4, 4]


async def test_concurrent_visits_are_limited() -> None:
    clock, visits = ManualClock(), Visits()
    task = asyncio.create_task(visit_each(range(10), visits.visit, Pace(until=0, at_once=3), clock))
    await clock.advance(60)
    assert visits.begun == [0, 1, 2]
    visits.end(2)
    await clock.advance(0)
    assert visits.begun == [0, 1, 2, 3, 4]
    visits.end(8)
    await task
    assert visits.begun == list(range(10))


async def test_stopping_does_not_wait_for_the_next_slot() -> None:
    clock, visits = ManualClock(), Visits()
    visits.going_on = False
    visits.end(1)
    task = asyncio.create_task(visit_each(range(2), visits.visit, Pace(until=12, at_once=8), clock))
    await clock.advance(0.1)
    assert task.done()
    assert visits.begun == [0]


async def test_a_visit_can_stop_the_round() -> None:
    clock, visits = ManualClock(), Visits()
    visits.going_on = False
    task = asyncio.create_task(visit_each(range(10), visits.visit, Pace(until=0, at_once=3), clock))
    await clock.advance(0)
    visits.end(3)
    await task
    assert visits.begun == [0, 1, 2]


async def test_an_empty_round_takes_no_time() -> None:
    await visit_each((), Visits().visit, Pace(until=12, at_once=1), ManualClock())


@pytest.mark.parametrize(("interval", "step"), [("5s", 0.25), ("20s", 1.0)])
async def test_all_polls_but_the_first_are_spread_over_the_interval(interval: str, step: float) -> None:
    server = Server({f"agent{number}": profile() for number in range(16)})
    clock = ManualClock()
    async with connected(server, clock, poll={"interval": interval, "timeout": "5s"}) as client, asyncio.timeout(10):
        await client.agents()
        assert clock.monotonic() == 0
        server.asked.clear()
        poll = asyncio.create_task(client.agents())
        for number in range(1, 17):
            while server.asked.total() < number:
                await asyncio.sleep(0.001)
                await clock.advance(0)
            await clock.advance(step / 2)
            assert server.asked.total() == number
            await clock.advance(step / 2)
        await poll
        # The last begins a step before four fifths of the interval are over.
        assert clock.monotonic() == 16 * step


async def test_agents_without_time_left_are_requested_first_in_the_next_poll() -> None:
    clock = ManualClock()
    server = Server({f"agent{number}": profile() for number in range(20)})

    async def doze() -> object:
        await clock.advance(14.5)
        return profile()

    server.users["agent0"] = doze
    async with connected(server, clock, concurrency=1) as client:
        first = await client.agents()
        assert not first.agents_complete
        server.users["agent0"] = profile()
        second = await passing(clock, client.agents())
    assert second.agents_complete
    assert len(second.agents or ()) == 20


async def test_a_poll_of_many_agents_ends_within_its_interval() -> None:
    clock = ManualClock()
    server = Server({f"agent{number}": profile() for number in range(200)})
    async with connected(server, clock) as client:
        await client.agents()
        assert len((await passing(clock, client.agents())).agents or ()) == 200
    assert clock.monotonic() <= 15
