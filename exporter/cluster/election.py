"""Leader election: the replica that holds the lock leads until it releases the lock, fails to renew it or dies.

Only elapsed time counts, never wall-clock time: a replica counts from the moment it observed a renewal, so clocks may
differ. A leader stops well before another replica can start: with a duration of 15 s it renews every 3 s and stops 9 s
after its last renewal; another starts 12 s after observing that renewal, at most 15 s after it was made.
"""

import asyncio
from dataclasses import dataclass, replace
from typing import Final, Protocol

import structlog

from exporter.polling.transition_log import TransitionLog
from exporter.runtime.clock import Clock

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)

# Fractions of the lock's duration.
_RETRY: Final = 0.2
_GIVE_UP: Final = 0.6
_TAKE_OVER: Final = 0.8
_RELEASE_SECONDS: Final = 2.0


class LockError(Exception):
    """The lock cannot be read or written."""


class ConflictError(LockError):
    """Another replica updated the lock after it was read."""


@dataclass(frozen=True, slots=True)
class Record:
    """The content of a lock.

    Attributes:
        holder: The identity of the holder, empty if the lock is free.
        duration: The seconds a renewal is valid for.
        acquired: When the holder acquired the lock, in seconds since the epoch; informational.
        renewed: When the holder last renewed the lock, in seconds since the epoch; informational.
        transitions: The number of times the holder changed.
        version: The version of the lock, changed by every write; empty if the lock does not exist yet.
    """

    holder: str
    duration: float
    acquired: float
    renewed: float
    transitions: int = 0
    version: str = ""


class Lock(Protocol):
    """A lock shared by all replicas; a write fails if another replica wrote after the last read."""

    async def read(self) -> Record | None:
        """Return the record, None if the lock does not exist. Raises LockError."""

    async def write(self, record: Record) -> Record:
        """Replace the version in the record, or create the lock if the version is empty. Raises LockError."""


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
        self._not_before = float("-inf")
        self._holds_until = float("-inf")
        self._leading = False
        self._unreachable = TransitionLog(log)

    @property
    def leading(self) -> bool:
        """Whether the candidate leads."""
        return self._leading

    @property
    def holder(self) -> str:
        """The last observed holder of the lock, empty if it is free."""
        return "" if self._observed is None else self._observed.holder

    async def run(self) -> None:
        """Compete until cancelled."""
        while True:
            await self._attempt_in_time()
            await self._update_role()
            await self._clock.sleep(self._retry_delay())

    async def resign(self) -> None:
        """Stop leading, then release the lock; call after `run` has ended."""
        await self._stop_leading("shutting down")
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
        started = self._clock.monotonic()
        try:
            found = self._observe(await self._lock.read())
            if self._can_acquire(found):
                self._observe(await self._lock.write(self._claim(found)))
                self._holds_until = started + _GIVE_UP * self._duration
        except ConflictError:
            log.debug("lease updated by another replica")
        except LockError as error:
            self._unreachable.report({"unreachable"}, "cannot reach the lease", error=str(error))
        else:
            self._unreachable.end("the lease can be reached again")

    def _observe(self, record: Record | None) -> Record | None:
        """Remember the record and when its version was first observed."""
        if record is None or self._observed is None or record.version != self._observed.version:
            self._observed_at = self._clock.monotonic()
        self._observed = record
        return record

    def _can_acquire(self, found: Record | None) -> bool:
        if found is None or found.holder in ("", self._identity):
            return True
        return self._clock.monotonic() >= self._expiry(found)

    def _expiry(self, record: Record) -> float:
        """Return when another replica may take over the lock from the holder of this record."""
        return self._observed_at + _TAKE_OVER * (record.duration or self._duration)

    def _claim(self, found: Record | None) -> Record:
        """Return the record that acquires or renews the lock."""
        now = self._clock.time()
        if found is None:
            if not self._leading:
                # The lock may have been deleted while another replica leads; that leader stops within this time.
                self._not_before = self._clock.monotonic() + _TAKE_OVER * self._duration
            return Record(self._identity, self._duration, now, now)
        if found.holder == self._identity:
            return replace(found, duration=self._duration, renewed=now)
        return Record(self._identity, self._duration, now, now, found.transitions + 1, found.version)

    async def _update_role(self) -> None:
        """Start or stop leading according to the last observed record."""
        now = self._clock.monotonic()
        holds = self._observed is not None and self._observed.holder == self._identity
        if not holds:
            self._holds_until = float("-inf")
        if now >= self._holds_until:
            await self._stop_leading("lease not renewed in time" if holds else "another replica holds the lease")
        elif now >= self._not_before and not self._leading:
            self._leading = True
            log.info("became leader", identity=self._identity)
            await self._candidate.start_leading()

    async def _stop_leading(self, reason: str) -> None:
        if self._leading:
            self._leading = False
            log.info("stopped leading", reason=reason)
            await self._candidate.stop_leading()

    def _retry_delay(self) -> float:
        """Return the seconds until the next attempt: the retry interval, or less if a deadline is earlier."""
        deadlines = [self._holds_until if self._leading else self._not_before]
        if self._observed is not None and self._observed.holder != self._identity:
            deadlines.append(self._expiry(self._observed))
        now = self._clock.monotonic()
        return min([_RETRY * self._duration, *(each - now for each in deadlines if each > now)])
