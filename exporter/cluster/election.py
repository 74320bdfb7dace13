"""One leader among replicas: who holds a lock leads until it lets go, cannot renew it, or is gone.

Only time that passed counts, never what a clock shows: a replica waits from the moment at which it saw a renewal, so
that clocks may differ. A leader gives up well before anybody else may begin: with a duration of 15 s it renews every
3 s and stops 9 s after it last could; another begins 12 s after it saw that renewal, at most 15 s after it was made.
"""

import asyncio
from dataclasses import dataclass, replace
from typing import Final, Protocol

import structlog

from exporter.runtime.clock import Clock

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)

# Shares of the lock's duration.
_RETRY: Final = 0.2
_GIVE_UP: Final = 0.6
_TAKE_OVER: Final = 0.8
_RELEASE_SECONDS: Final = 2.0


class LockError(Exception):
    """The lock could not be read or written."""


class ConflictError(LockError):
    """Somebody else wrote the lock since it was read."""


@dataclass(frozen=True, slots=True)
class Record:
    """What a lock says.

    Attributes:
        holder: Who holds it, "" for nobody.
        duration: The seconds for which a renewal holds.
        acquired: When the holder got it, in seconds since the epoch; for people.
        renewed: When the holder last renewed it, likewise.
        transitions: How often it changed hands.
        version: Changes with every write; "" for a lock that is not there yet.
    """

    holder: str
    duration: float
    acquired: float
    renewed: float
    transitions: int = 0
    version: str = ""


class Lock(Protocol):
    """A place that all replicas can reach, where a write fails if somebody else wrote since the last read."""

    async def read(self) -> Record | None:
        """Return what it says, None where it is not there. Raises LockError."""

    async def write(self, record: Record) -> Record:
        """Write over the version in the record, or make the lock where that is "". Raises LockError."""


class Candidate(Protocol):
    """Who wants to lead."""

    async def lead(self) -> None:
        """Begin to do what only the leader may do."""

    async def stand_by(self) -> None:
        """Cease to."""


class Election:
    """Has one candidate lead while it holds the lock."""

    def __init__(self, lock: Lock, candidate: Candidate, identity: str, duration: float, clock: Clock) -> None:
        """Prepare; nothing is asked before `run`.

        Args:
            lock: What the replicas compete for.
            candidate: Is told to lead and to stand by.
            identity: The candidate's name in the lock; no two may share it.
            duration: The seconds within which another replica takes over.
            clock: The time.
        """
        self._lock = lock
        self._candidate = candidate
        self._identity = identity
        self._duration = duration
        self._clock = clock
        self._seen: Record | None = None
        self._seen_at = clock.monotonic()
        self._not_before = float("-inf")
        self._holds_until = float("-inf")
        self._leading = False
        self._reachable = True

    @property
    def leading(self) -> bool:
        """Whether the candidate leads."""
        return self._leading

    @property
    def holder(self) -> str:
        """Who was last seen to hold the lock, "" for nobody."""
        return "" if self._seen is None else self._seen.holder

    async def run(self) -> None:
        """Compete until cancelled."""
        while True:
            await self._attempt_in_time()
            await self._heed()
            await self._clock.sleep(self._pause())

    async def resign(self) -> None:
        """Have the candidate stand by, then let go of the lock; call it once `run` has ended."""
        await self._stand_by("stopping")
        try:
            async with asyncio.timeout(_RELEASE_SECONDS):
                held = await self._lock.read()
                if held is not None and held.holder == self._identity:
                    await self._lock.write(replace(held, holder="", renewed=self._clock.time()))
        except (LockError, TimeoutError) as error:
            log.warning("lease not released: the next leader waits until it ends", error=str(error))

    async def _attempt_in_time(self) -> None:
        """Try to get or renew the lock, and wait for an answer no longer than a leader may lead without it."""
        left = self._holds_until - self._clock.monotonic() if self._leading else self._duration
        attempt = asyncio.create_task(self._attempt(), name="lease")
        alarm = asyncio.create_task(self._clock.sleep(left), name="lease ends")
        try:
            await asyncio.wait({attempt, alarm}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            attempt.cancel()
            alarm.cancel()
            await asyncio.gather(attempt, alarm, return_exceptions=True)
        if not attempt.cancelled():
            attempt.result()

    async def _attempt(self) -> None:
        started = self._clock.monotonic()
        try:
            found = self._note(await self._lock.read())
            if self._may_take(found):
                self._note(await self._lock.write(self._claim(found)))
                self._holds_until = started + _GIVE_UP * self._duration
        except ConflictError:
            log.debug("somebody else wrote the lease")
        except LockError as error:
            (log.warning if self._reachable else log.debug)("lease not reached", error=str(error))
            self._reachable = False
        else:
            self._reachable = True

    def _note(self, record: Record | None) -> Record | None:
        """Remember when what the lock says was first seen."""
        if record is None or self._seen is None or record.version != self._seen.version:
            self._seen_at = self._clock.monotonic()
        self._seen = record
        return record

    def _may_take(self, found: Record | None) -> bool:
        if found is None or found.holder in ("", self._identity):
            return True
        return self._clock.monotonic() >= self._expiry(found)

    def _expiry(self, record: Record) -> float:
        """Return when somebody else may take what this record says is held."""
        return self._seen_at + _TAKE_OVER * (record.duration or self._duration)

    def _claim(self, found: Record | None) -> Record:
        """Return what to write."""
        now = self._clock.time()
        if found is None:
            if not self._leading:
                # It may have been deleted under a leader, who finds out or gives up by then.
                self._not_before = self._clock.monotonic() + _TAKE_OVER * self._duration
            return Record(self._identity, self._duration, now, now)
        if found.holder == self._identity:
            return replace(found, duration=self._duration, renewed=now)
        return Record(self._identity, self._duration, now, now, found.transitions + 1, found.version)

    async def _heed(self) -> None:
        """Lead or stand by, as the lock says."""
        now = self._clock.monotonic()
        holds = self._seen is not None and self._seen.holder == self._identity
        if not holds:
            self._holds_until = float("-inf")
        if now >= self._holds_until:
            await self._stand_by("not renewed in time" if holds else "somebody else holds the lease")
        elif now >= self._not_before and not self._leading:
            self._leading = True
            log.info("leading", identity=self._identity)
            await self._candidate.lead()

    async def _stand_by(self, why: str) -> None:
        if self._leading:
            self._leading = False
            log.info("standing by", reason=why)
            await self._candidate.stand_by()

    def _pause(self) -> float:
        """Return the seconds until the next look: a retry, or less where something is due before."""
        due = [self._holds_until if self._leading else self._not_before]
        if self._seen is not None and self._seen.holder != self._identity:
            due.append(self._expiry(self._seen))
        now = self._clock.monotonic()
        return min([_RETRY * self._duration, *(each - now for each in due if each > now)])
