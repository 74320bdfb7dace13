"""Run CPU-bound work in a single worker thread.

A single thread, because all work competes for the same interpreter: more threads would slow each other down and leave
less time for the event loop.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")

_EXECUTOR = ThreadPoolExecutor(max_workers=1, thread_name_prefix="worker")


async def run_in_worker(work: Callable[[], T]) -> T:
    """Return the result of `work`, run in the worker thread while the event loop continues.

    Args:
        work: A function without side effects; the caller may be cancelled while it runs.
    """
    return await asyncio.get_running_loop().run_in_executor(_EXECUTOR, work)
