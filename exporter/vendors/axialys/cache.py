"""What is asked for rarely and needed often."""

import asyncio
from collections.abc import Awaitable, Callable

from exporter.errors import PollError
from exporter.model import Snapshot


class Remembered:
    """The last answer to a question, asked anew only when told to."""

    def __init__(self, ask: Callable[[], Awaitable[Snapshot]]) -> None:
        """Ask by the given function, which raises PollError where there is no usable answer."""
        self._ask = ask
        self._lock = asyncio.Lock()
        self._last: Snapshot | None = None

    async def renewed(self) -> Snapshot:
        """Ask and remember; where that fails the last answer stays. Raises PollError."""
        async with self._lock:
            self._last = await self._ask()
            return self._last

    async def known(self) -> Snapshot:
        """Return the last answer, asking for it where there is none yet. Raises PollError."""
        async with self._lock:
            if self._last is None:
                self._last = await self._ask()
            return self._last

    async def known_or(self, nothing: Snapshot) -> Snapshot:
        """Return the last answer, and nothing where it cannot be had, for whoever can do without."""
        try:
            return await self.known()
        except PollError:
            return nothing
