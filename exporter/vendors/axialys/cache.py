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
        self._refused = False

    async def refresh(self) -> Snapshot:
        """Return a new response; if the request fails, the cached one is kept. Raises PollError."""
        async with self._lock:
            self._last = await self._request()
            return self._last

    async def get(self) -> Snapshot:
        """Return the cached response, requested now if the cache is empty. Raises PollError."""
        if self._last is not None:
            return self._last  # without waiting for a refresh under way
        async with self._lock:
            if self._last is None:
                self._last = await self._request()
            return self._last

    async def get_or(self, default: Snapshot, time_limit: float) -> Snapshot:
        """Return the cached response, or the default if the cache is empty and the request fails or takes too long.

        After a refused sign-in nothing is requested, because every refusal counts towards the lockout of the account.

        Args:
            default: What the caller uses without a response.
            time_limit: Seconds to wait for one, so that a hanging list costs the caller nothing else.
        """
        if self._refused and self._last is None:
            return default
        try:
            async with asyncio.timeout(time_limit):
                return await self.get()
        except (PollError, TimeoutError):
            return default

    async def _request(self) -> Snapshot:
        self._refused = False
        try:
            return await self._fetch()
        except PollError as error:
            self._refused = error.sign_in
            raise
