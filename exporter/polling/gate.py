"""Admission to a vendor: one poll of a target at a time, and none while the target or its account is paused."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress

from exporter.errors import PollError
from exporter.polling.sign_in_backoff import Poller, SignInBackoff
from exporter.runtime.clock import Clock
from exporter.vendors.toolkit.permission import always


class Gate:
    """Admits the polls of one target.

    Attributes:
        may_poll: Returns whether the target may be polled at this moment; a replica that no longer leads may not.
    """

    def __init__(
        self,
        target: str,
        clock: Clock,
        slots: asyncio.Semaphore,
        sign_ins: SignInBackoff,
        may_poll: Callable[[], bool] = always,
    ) -> None:
        """Start open.

        Args:
            target: The name of the target.
            clock: Measures pauses.
            slots: Limits the concurrent polls of all targets.
            sign_ins: The back-off of refused sign-ins, which all targets with the same account share.
            may_poll: Returns whether the target may be polled at this moment.
        """
        self.may_poll = may_poll
        self._target = target
        self._clock = clock
        self._slots = slots
        self._sign_ins = sign_ins
        self._lock = asyncio.Lock()
        self._paused_until = float("-inf")

    @property
    def refusal(self) -> PollError | None:
        """The refused sign-in that pauses the target, None if none does."""
        return self._sign_ins.refusal

    def pause(self, seconds: float) -> None:
        """Pause all resources of this target; a rate limit applies to the whole target."""
        self._paused_until = max(self._paused_until, self._clock.monotonic() + seconds)

    def refuse(self, error: PollError, resource: str, poll_interval: float) -> None:
        """Record a refused sign-in, which pauses all targets of the account.

        Args:
            error: The failure of the poll.
            resource: The resource that was polled.
            poll_interval: The target's configured interval.
        """
        self._sign_ins.refuse(error, self._poller(resource), poll_interval)

    def accept(self, resource: str, started: float) -> None:
        """Record a successful poll, which ends the back-off of refused sign-ins.

        Args:
            resource: The resource that was polled.
            started: When the poll started.
        """
        self._sign_ins.accept(self._poller(resource), started)

    def retry_sign_in(self) -> None:
        """End the back-off of refused sign-ins at once, because the account may have been corrected."""
        self._sign_ins.retry()

    async def wait(self, seconds: float) -> None:
        """Wait for a pause to end, or for the end of the back-off of refused sign-ins."""
        await self._sign_ins.wait(seconds)

    def begin(self, resource: str, poll_interval: float) -> None:
        """Record the start of a poll that signs in.

        Args:
            resource: The resource that is polled.
            poll_interval: The longest that others wait for its outcome, in seconds.
        """
        self._sign_ins.begin(self._poller(resource), poll_interval)

    def end(self, resource: str) -> None:
        """Record the end of a poll that signs in."""
        self._sign_ins.end(self._poller(resource))

    def remaining_pause(self, resource: str) -> float:
        """Return the seconds after which to ask again whether a resource may be polled, 0 if it may be polled now."""
        return max(self.remaining_throttling(), self._sign_ins.remaining_pause(self._poller(resource)))

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

    def _poller(self, resource: str) -> Poller:
        return Poller(self._target, resource)
