"""Many requests, spread evenly over time and limited in concurrency."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from typing import NamedTuple, TypeVar

from exporter.runtime.clock import Clock

T = TypeVar("T")


class Pace(NamedTuple):
    """The rate and concurrency of visits.

    Attributes:
        until: The moment of the monotonic clock up to which visits begin, spread evenly from now on; if it has passed,
            they begin at once.
        at_once: The most visits under way at a time.
    """

    until: float
    at_once: int


async def wait_first(*waits: Coroutine[object, object, object]) -> None:
    """Return when the first of several coroutines returns, and cancel the others."""
    tasks = [asyncio.ensure_future(wait) for wait in waits]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()


async def visit_each(items: Sequence[T], visit: Callable[[T], Awaitable[bool]], pace: Pace, clock: Clock) -> None:
    """Visit items in order until a visit returns False, then wait for the visits under way."""
    slots = asyncio.Semaphore(pace.at_once)
    began = clock.monotonic()
    step = max(0.0, pace.until - began) / max(1, len(items))
    stopped = asyncio.Event()

    async def use_slot(item: T) -> None:
        try:
            if not await visit(item):
                stopped.set()
        finally:
            slots.release()

    async with asyncio.TaskGroup() as under_way:
        for index, item in enumerate(items):
            wait = began + index * step - clock.monotonic()
            if wait > 0:
                await wait_first(clock.sleep(wait), stopped.wait())
            await slots.acquire()
            if stopped.is_set():
                break
            under_way.create_task(use_slot(item))
