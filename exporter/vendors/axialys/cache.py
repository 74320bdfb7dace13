"""Cache for a rarely refreshed response."""

import asyncio
from collections.abc import Awaitable, Callable

from exporter.errors import PollError
from exporter.model import Snapshot


class Cache:
    """The last successful response, refreshed only on demand."""

    def __init__(self, fetch: Callable[[], Awaitable[Snapshot]]) -> None:
        """Start empty.

        Args:
            fetch: Requests the response; raises PollError if it is unusable.
        """
        self._fetch = fetch
        self._lock = asyncio.Lock()
        self._last: Snapshot | None = None

    async def refresh(self) -> Snapshot:
        """Return a new response; if the request fails, the cached one is kept. Raises PollError."""
        async with self._lock:
            self._last = await self._fetch()
            return self._last

    async def get(self) -> Snapshot:
        """Return the cached response, requested now if the cache is empty. Raises PollError."""
        async with self._lock:
            if self._last is None:
                self._last = await self._fetch()
            return self._last

    async def get_or(self, default: Snapshot) -> Snapshot:
        """Return the cached response, or the default if the cache is empty and the request fails."""
        try:
            return await self.get()
        except PollError:
            return default
