"""Time as a thing that can be handed in, so that hours of it run in milliseconds in tests."""

import asyncio
import time
from typing import Protocol


class Clock(Protocol):
    """What a component may ask of time."""

    def time(self) -> float:
        """Return seconds since the Unix epoch; may jump when the machine's clock is set."""

    def monotonic(self) -> float:
        """Return seconds since some fixed moment; never jumps."""

    async def sleep(self, seconds: float) -> None:
        """Return after that many seconds."""


class SystemClock:
    """The machine's own time."""

    def time(self) -> float:
        """Return seconds since the Unix epoch."""
        return time.time()

    def monotonic(self) -> float:
        """Return seconds of the monotonic clock."""
        return time.monotonic()

    async def sleep(self, seconds: float) -> None:
        """Return after that many seconds of the event loop's time."""
        await asyncio.sleep(seconds)
