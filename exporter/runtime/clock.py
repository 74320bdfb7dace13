"""Injectable time, so that tests run hours in milliseconds."""

import asyncio
import time
from typing import Protocol


class Clock(Protocol):
    """The time functions a component may use."""

    def time(self) -> float:
        """Return seconds since the Unix epoch; jumps when the system clock is set."""

    def monotonic(self) -> float:
        """Return seconds since an arbitrary fixed point; never jumps."""

    async def sleep(self, seconds: float) -> None:
        """Return after the given number of seconds."""


class SystemClock:
    """The system's clock."""

    def time(self) -> float:
        """Return seconds since the Unix epoch."""
        return time.time()

    def monotonic(self) -> float:
        """Return seconds of the monotonic clock."""
        return time.monotonic()

    async def sleep(self, seconds: float) -> None:
        """Return after the given number of seconds of event-loop time."""
        await asyncio.sleep(seconds)
