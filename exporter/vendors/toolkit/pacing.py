"""Many requests, spread evenly over a while and never too many at once."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from typing import NamedTuple, TypeVar

from exporter.runtime.clock import Clock

T = TypeVar("T")


class Pace(NamedTuple):
    """How fast to go.

    Attributes:
        until: The moment of the monotonic clock up to which visits begin, evenly from now on; one that has passed
            sets no pace.
        at_once: How many visits may be under way.
    """

    until: float
    at_once: int


async def _first(*waits: Coroutine[object, object, object]) -> None:
    """Return when the first of these has, and end the others."""
    tasks = [asyncio.ensure_future(wait) for wait in waits]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()


async def visit_each(items: Sequence[T], visit: Callable[[T], Awaitable[bool]], pace: Pace, clock: Clock) -> None:
    """Visit items in their order until a visit returns False; those under way then are waited for."""
    slots = asyncio.Semaphore(pace.at_once)
    began = clock.monotonic()
    step = max(0.0, pace.until - began) / max(1, len(items))
    stopped = asyncio.Event()

    async def take_turn(item: T) -> None:
        try:
            if not await visit(item):
                stopped.set()
        finally:
            slots.release()

    async with asyncio.TaskGroup() as under_way:
        for index, item in enumerate(items):
            wait = began + index * step - clock.monotonic()
            if wait > 0:
                await _first(clock.sleep(wait), stopped.wait())
            await slots.acquire()
            if stopped.is_set():
                break
            under_way.create_task(take_turn(item))
