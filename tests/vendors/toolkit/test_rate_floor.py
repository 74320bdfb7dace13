"""Minimum intervals shared by all clients of an account."""

import gc
import weakref

import pytest

from exporter.vendors.toolkit.rate_floor import Floor
from tests.support.clock import ManualClock


async def test_a_request_starts_the_minimum_interval() -> None:
    clock = ManualClock()
    floor = Floor("account", 30.0, clock)
    assert floor.remaining_pause() == 0
    with floor.request():
        assert floor.remaining_pause() == 30
        await clock.advance(2)
    assert floor.remaining_pause() == 30
    await clock.advance(29.5)
    assert floor.remaining_pause() == 0.5
    await clock.advance(0.5)
    assert floor.remaining_pause() == 0


async def test_begin_records_only_the_start_of_a_request() -> None:
    clock = ManualClock()
    floor = Floor("account", 30.0, clock)
    floor.begin()
    await clock.advance(2)
    assert floor.remaining_pause() == 28


async def test_clients_of_one_account_share_the_interval() -> None:
    clock = ManualClock()
    with Floor(("url", "user"), 30.0, clock).request():
        pass
    await clock.advance(10)
    assert Floor(("url", "user"), 30.0, clock).remaining_pause() == 20
    assert Floor(("url", "other"), 30.0, clock).remaining_pause() == 0
    assert Floor(("url", "user"), 30.0, ManualClock()).remaining_pause() == 0


async def test_a_request_that_fails_or_times_out_counts() -> None:
    clock = ManualClock()
    floor = Floor("account", 30.0, clock)

    async def time_out() -> None:
        with floor.request():
            await clock.advance(3)
            raise TimeoutError

    with pytest.raises(TimeoutError):
        await time_out()
    assert floor.remaining_pause() == 30


@pytest.mark.parametrize("elapsed", [0.1, 1 / 3, 12.3456789, 29.999999999])
async def test_sleeping_for_the_remaining_pause_is_enough(elapsed: float) -> None:
    clock = ManualClock()
    await clock.advance(1_000_000.1)
    floor = Floor("account", 30.0, clock)
    with floor.request():
        pass
    await clock.advance(elapsed)
    for _ in range(2):  # the second compensates for rounding
        await clock.advance(floor.remaining_pause())
    assert floor.remaining_pause() == 0


def test_requests_are_forgotten_with_their_clock() -> None:
    clock = ManualClock()
    with Floor("account", 30.0, clock).request():
        pass
    gone = weakref.ref(clock)
    del clock
    gc.collect()
    assert gone() is None
