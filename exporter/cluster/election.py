"""Leader election: the replica that holds the lock leads until it releases the lock, fails to renew it or dies.

Only elapsed time counts, never wall-clock time: a replica counts from the moment it observed a renewal, so clocks may
differ. A leader stops well before another replica can start: with a duration of 15 s it renews every 3 s and stops 9 s
after it began its last renewal; another starts 12 s after observing that renewal, at most 15 s after it was made.

Whether a replica leads is determined by the clock whenever it is asked, not by a task: a process that was suspended
continues where it stopped, and other tasks may run before the one that notices.
"""

import asyncio
from dataclasses import replace
from typing import Final, Protocol

import structlog

from exporter.cluster.lock import ConflictError, Lock, LockError, Record
from exporter.polling.transition_log import TransitionLog
from exporter.runtime.clock import Clock

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)

# Fractions of the lock's duration.
_RETRY: Final = 0.2
_GIVE_UP: Final = 0.6
_TAKE_OVER: Final = 0.8
_GRACE: Final = 0.1
REQUEST_TIMEOUT: Final = 0.3
"""The timeout of a request to the lock: a leader has time for a second one if the first is lost."""

_RELEASE_SECONDS: Final = 2.0
_NEVER: Final = float("-inf")


class Candidate(Protocol):
    """A participant in the election."""

    async def start_leading(self) -> None:
        """Start the work only the leader may do."""

    async def stop_leading(self) -> None:
        """Stop the work only the leader may do."""


class Election:
    """Competes for the lock on behalf of a candidate, which leads while it holds the lock."""

    def __init__(self, lock: Lock, candidate: Candidate, identity: str, duration: float, clock: Clock) -> None:
        """Create the election without accessing the lock; `run` does.

        Args:
            lock: The lock the replicas compete for.
            candidate: Started and stopped as leader.
            identity: The candidate's unique name in the lock.
            duration: The lease duration in seconds; a standby takes over within it.
            clock: The clock.
        """
        self._lock = lock
        self._candidate = candidate
        self._identity = identity
        self._duration = duration
        self._clock = clock
        self._observed: Record | None = None
        self._observed_at = clock.monotonic()
        self._not_before = _NEVER
        self._holds_until = _NEVER
        self._free_at = _NEVER
        self._leading = False
        self._marked = False
        self._saw_holder = False
        self._missing_since: float | None = None
        self._creating = False
        self._unreachable = TransitionLog(log)

    @property
    def leading(self) -> bool:
        """Whether the candidate leads at this moment."""
        return self._leading and self._clock.monotonic() < self._holds_until

    @property
    def excludes_others(self) -> bool:
        """Whether no other replica can lead at this moment; true for a while after this one stopped leading."""
        return self._clock.monotonic() < self._free_at

    @property
    def holder(self) -> str:
        """The last observed holder of the lock, empty if it is free."""
        return "" if self._observed is None else self._observed.holder

    async def run(self) -> None:
        """Compete until cancelled."""
        while True:
            started = self._clock.monotonic()
            await self._attempt_in_time()
            await self._update_role()
            await self._clock.sleep(self._pause(started))

    async def resign(self) -> None:
        """Stop leading, then release the lock; call after `run` has ended."""
        await self._stop_leading("shutting down")
        if self._clock.monotonic() < self._not_before:
            return  # released, the lock could be acquired before a leader that lost it has stopped
        self._free_at = _NEVER
        try:
            async with asyncio.timeout(_RELEASE_SECONDS):
                held = await self._lock.read()
                if held is not None and held.holder == self._identity:
                    await self._lock.write(replace(held, holder="", renewed=self._clock.time()))
        except (LockError, TimeoutError) as error:
            log.warning("failed to release the lease; takeover waits for it to expire", error=str(error))

    async def _attempt_in_time(self) -> None:
        """Try to acquire or renew the lock, for no longer than a leader may lead without a renewal."""
        remaining = self._holds_until - self._clock.monotonic() if self._leading else self._duration
        attempt = asyncio.create_task(self._attempt(), name="lease")
        expiry = asyncio.create_task(self._clock.sleep(remaining), name="lease expiry")
        try:
            await asyncio.wait({attempt, expiry}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            attempt.cancel()
            expiry.cancel()
            await asyncio.gather(attempt, expiry, return_exceptions=True)
        if not attempt.cancelled():
            attempt.result()

    async def _attempt(self) -> None:
        try:
            # Usually a single request: the known version is current, or the write is a conflict.
            if self._observed is None or not self._can_acquire(self._observed) or not await self._replaced():
                found = self._observe(await self._lock.read())
                if self._can_acquire(found):
                    await self._acquire(found)
        except ConflictError:
            log.debug("lease updated by another replica")
        except LockError as error:
            self._unreachable.report({"unreachable"}, "cannot reach the lease", error=str(error))
        else:
            self._unreachable.end("the lease can be reached again")

    async def _replaced(self) -> bool:
        """Acquire or renew the lock as last observed; return False if it has changed since. Raises LockError."""
        try:
            await self._acquire(self._observed)
        except ConflictError:
            return False
        return True

    async def _acquire(self, found: Record | None) -> None:
        """Acquire or renew the lock. Raises LockError."""
        claim = self._claim(found)
        started = self._clock.monotonic()
        self._observe(await self._lock.write(claim))
        self._creating = False
        if not self._marked:
            first = await self._lock.mark_held(self._identity)
            self._marked = True
            if first and not self._saw_holder:
                self._not_before = _NEVER  # no replica has ever led
        # Once a lease has expired, a renewal does not revive it: the candidate stops first. Nor does a candidate start
        # that would have to stop before it can renew.
        elapsed = self._clock.monotonic() - started
        if self.leading or (not self._leading and elapsed <= (_GIVE_UP - REQUEST_TIMEOUT) * self._duration):
            self._holds_until = started + _GIVE_UP * self._duration
            self._free_at = started + _TAKE_OVER * self._duration

    def _observe(self, record: Record | None) -> Record | None:
        """Remember the record and when its version was first observed."""
        if record is None or self._observed is None or record.version != self._observed.version:
            self._observed_at = self._clock.monotonic()
        if record is None:
            self._missing_since = self._clock.monotonic() if self._missing_since is None else self._missing_since
        else:
            self._missing_since = None
            self._saw_holder = self._saw_holder or (record.was_held and record.holder != self._identity)
        self._observed = record
        return record

    def _can_acquire(self, found: Record | None) -> bool:
        now = self._clock.monotonic()
        if found is None:
            # Leave it to the leader to create a deleted lock: it then continues to lead.
            grace = _GRACE * self._duration if self._saw_holder and not self._leading else 0.0
            since = now if self._missing_since is None else self._missing_since
            return now >= since + grace
        return found.holder in ("", self._identity) or now >= self._expiry(found)

    def _expiry(self, record: Record) -> float:
        """Return when another replica may take over the lock from the holder of this record."""
        return self._observed_at + _TAKE_OVER * (record.duration or self._duration)

    def _claim(self, found: Record | None) -> Record:
        """Return the record that acquires or renews the lock."""
        now = self._clock.time()
        if not self._leading and (self._creating or found is None or not found.was_held):
            # The lock may have been deleted while another replica leads; that leader stops within this time. A request
            # to create it whose response was lost may have been carried out any time later.
            self._not_before = self._clock.monotonic() + _TAKE_OVER * self._duration
        if found is None:
            self._creating = True
            return Record(self._identity, self._duration, now, now)
        if found.holder == self._identity:
            return replace(found, duration=self._duration, renewed=now)
        transitions = found.transitions + found.was_held
        return Record(self._identity, self._duration, now, now, transitions, found.version)

    async def _update_role(self) -> None:
        """Start or stop leading according to the last observed record."""
        now = self._clock.monotonic()
        lost = self.holder not in ("", self._identity)
        if lost:
            self._holds_until = self._free_at = _NEVER
        if now >= self._holds_until:
            await self._stop_leading("another replica holds the lease" if lost else "lease not renewed in time")
        elif now >= self._not_before and not self._leading:
            self._leading = True
            log.info("became leader", identity=self._identity)
            await self._start_leading()

    async def _start_leading(self) -> None:
        """Start the candidate, and renew the lock meanwhile: with thousands of targets that may outlast the lease."""
        start = asyncio.create_task(self._candidate.start_leading(), name="start leading")
        try:
            while not start.done():
                pause = asyncio.create_task(self._clock.sleep(self._pause(self._clock.monotonic())), name="renewal")
                await asyncio.wait({start, pause}, return_when=asyncio.FIRST_COMPLETED)
                pause.cancel()
                if not start.done():
                    await self._attempt_in_time()
        finally:
            start.cancel()
            await asyncio.gather(start, return_exceptions=True)
        start.result()

    async def _stop_leading(self, reason: str) -> None:
        if self._leading:
            self._leading = False
            log.info("stopped leading", reason=reason)
            await self._candidate.stop_leading()

    def _pause(self, started: float) -> float:
        """Return the seconds until the next attempt: the retry interval, or less if a deadline is earlier.

        Args:
            started: When the last attempt started; a slow one is not followed by the whole interval.
        """
        deadlines = [self._holds_until if self._leading else self._not_before]
        if self._observed is not None and self._observed.holder != self._identity:
            deadlines.append(self._expiry(self._observed))
        now = self._clock.monotonic()
        return max(0.0, min([started + _RETRY * self._duration, *(each for each in deadlines if each > now)]) - now)
