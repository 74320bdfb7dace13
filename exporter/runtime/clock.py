"""Injectable time, so that tests run hours in milliseconds."""

import asyncio
import time
from typing import Final, Protocol

# Linux's CLOCK_MONOTONIC stops while the machine is suspended: values and leases would be younger than they are.
_BOOT_TIME: Final[int | None] = getattr(time, "CLOCK_BOOTTIME", None)


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
        """Return seconds of the monotonic clock, including the time for which the machine was suspended."""
        return time.monotonic() if _BOOT_TIME is None else time.clock_gettime(_BOOT_TIME)

    async def sleep(self, seconds: float) -> None:
        """Return after the given number of seconds of event-loop time."""
        await asyncio.sleep(seconds)
