"""Work that would hold up the event loop, done beside it in one thread.

One, because all of it waits for the same interpreter: more threads would take longer each, and leave the loop less.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")

_THREAD = ThreadPoolExecutor(max_workers=1, thread_name_prefix="beside")


async def run_in_worker(work: Callable[[], T]) -> T:
    """Return what the work returns; the loop goes on meanwhile.

    Args:
        work: What to do; whoever waits for it may be cancelled, so it changes nothing that others see.
    """
    return await asyncio.get_running_loop().run_in_executor(_THREAD, work)
