"""Admission to a vendor: one poll of a target at a time, and none while the target is paused."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress

from exporter.errors import PollError
from exporter.polling.schedule import Schedule
from exporter.runtime.clock import Clock
from exporter.vendors.toolkit.pacing import wait_first
from exporter.vendors.toolkit.permission import always

# How soon a resource is polled after another one has signed in for the first time since a refusal.
_PROBE_SECONDS = 0.5
# The share of the interval after which the resource that was refused last signs in, if no other has.
_YIELD_SHARE = 0.05


class Gate:
    """Admits the polls of one target.

    Attributes:
        may_poll: Returns whether the target may be polled at this moment; a replica that no longer leads may not.
    """

    def __init__(self, clock: Clock, slots: asyncio.Semaphore, may_poll: Callable[[], bool] = always) -> None:
        """Start open.

        Args:
            clock: Measures pauses.
            slots: Limits the concurrent polls of all targets.
            may_poll: Returns whether the target may be polled at this moment.
        """
        self.may_poll = may_poll
        self._clock = clock
        self._slots = slots
        self._lock = asyncio.Lock()
        self._paused_until = float("-inf")
        self._refusal: PollError | None = None
        self._refusals = 0
        self._refused_at = float("-inf")
        self._refused_until = float("-inf")
        self._refused_by: set[str] = set()
        self._yielding: str | None = None
        self._yields_until = float("-inf")
        self._backoff_ended = asyncio.Event()
        self._prober: str | None = None
        self._probe_until = float("-inf")
        # Resources that are refused while others are accepted with the same credentials.
        self._refused_alone: set[str] = set()

    @property
    def refusal(self) -> PollError | None:
        """The refused sign-in that pauses the target, None if none does."""
        return self._refusal if self._clock.monotonic() < self._refused_until else None

    def pause(self, seconds: float) -> None:
        """Pause all resources of this target; a rate limit applies to the whole target."""
        self._paused_until = max(self._paused_until, self._clock.monotonic() + seconds)

    def refuse(self, error: PollError, resource: str, poll_interval: float) -> None:
        """Record a refused sign-in and pause all resources of this target, longer after each refusal in succession.

        The refusals of polls that were under way at the same time count as one.

        Args:
            error: The failure of the poll.
            resource: The resource that was polled.
            poll_interval: The target's configured interval.
        """
        now = self._clock.monotonic()
        if now < self._refused_until or resource in self._refused_alone:
            return
        self._refused_alone.clear()
        self._refusal, self._refused_at = error, now
        self._refused_by.add(resource)
        self._refused_until = now + Schedule.sign_in_pause(error, self._refusals, poll_interval)
        self._refusals += 1
        # Another resource signs in next: the refusal may concern this one only.
        self._yielding, self._yields_until = resource, self._refused_until + _YIELD_SHARE * poll_interval

    def accept(self, resource: str, started: float) -> None:
        """Record a successful poll, which ends the back-off of refused sign-ins.

        Args:
            resource: The resource that was polled.
            started: When the poll started; one that started before the last refusal proves nothing.
        """
        if started < self._refused_at:
            return
        self._refused_alone |= self._refused_by - {resource}
        self._refused_alone.discard(resource)
        self._end_backoff()

    def retry_sign_in(self) -> None:
        """End the back-off of refused sign-ins at once, because the account may have been corrected."""
        self._end_backoff()
        self._backoff_ended.set()
        self._backoff_ended = asyncio.Event()

    async def wait(self, seconds: float) -> None:
        """Wait for a pause to end, or for `retry_sign_in`."""
        await wait_first(self._clock.sleep(seconds), self._backoff_ended.wait())

    def _end_backoff(self) -> None:
        self._refused_by.clear()
        self._refusals = 0
        self._refused_until = self._yields_until = float("-inf")

    def begin(self, resource: str, poll_interval: float) -> None:
        """Record the start of a poll; the first after a refused sign-in delays the others until its outcome is known.

        Args:
            resource: The resource that is polled.
            poll_interval: The longest delay in seconds.
        """
        if self._refusals:
            self._prober = resource
            self._probe_until = self._clock.monotonic() + poll_interval

    def end(self, resource: str) -> None:
        """Record the end of a poll."""
        if self._prober == resource:
            self._prober = None

    def remaining_pause(self, resource: str) -> float:
        """Return the seconds after which to ask again whether a resource may be polled, 0 if it may be polled now."""
        now = self._clock.monotonic()
        refused_until = self._yields_until if resource == self._yielding else self._refused_until
        pause = max(self.remaining_throttling(), refused_until - now)
        if pause <= 0 and self._refusals and self._prober not in {None, resource}:
            return max(0.0, min(_PROBE_SECONDS, self._probe_until - now))
        return pause

    def remaining_throttling(self) -> float:
        """Return the seconds until a pause other than for a refused sign-in ends; a changed target inherits it."""
        return max(0.0, self._paused_until - self._clock.monotonic())

    @asynccontextmanager
    async def slot(self, wait_at_most: float | None) -> AsyncIterator[None]:
        """Acquire the target's lock, because vendors limit concurrent requests, and a slot of the process.

        Args:
            wait_at_most: The seconds after which to proceed without the lock; None waits for it.
        """
        locked = False
        with suppress(TimeoutError):
            async with asyncio.timeout(wait_at_most):
                await self._lock.acquire()
                locked = True
        try:
            async with self._slots:
                yield
        finally:
            if locked:
                self._lock.release()

    @asynccontextmanager
    async def unlocked_slot(self) -> AsyncIterator[None]:
        """Acquire only a slot of the process: for paced resources and those that timed out last time."""
        async with self._slots:
            yield
