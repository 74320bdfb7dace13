"""The loop that polls one resource of a target: on its own timetable, failing on its own."""

import asyncio
from contextlib import AbstractAsyncContextManager

from exporter.errors import PollError, Reason
from exporter.metrics.counter_resets import RunningTotals
from exporter.metrics.mapping import Detail, entities
from exporter.metrics.render import SeriesBlock, render
from exporter.model import Snapshot
from exporter.polling.gate import Gate
from exporter.polling.health import ResourceHealth
from exporter.polling.publisher import Publisher
from exporter.polling.schedule import Schedule
from exporter.polling.selection import chosen, emptied, switched_off
from exporter.polling.thresholds import mark
from exporter.polling.transition_log import TransitionLog
from exporter.runtime.clock import Clock
from exporter.runtime.containment import catch_unexpected
from exporter.runtime.worker import run_in_worker
from exporter.settings import TargetSettings
from exporter.vendors.base import Resource

# At the start no resource waits longer than this for another of its target: /-/ready must not hang on a slow one.
_FIRST_PATIENCE_SECONDS = 0.15
# So many take some milliseconds to render.
_BESIDE_FROM_THINGS = 500
# Signing in again and again locks accounts, and a vendor that throttles has said what it thinks of haste.
_UNHURRIED = frozenset({Reason.AUTH, Reason.THROTTLED})
_YIELD_SHARE = 0.05


class ResourceLoop:
    """Polls one resource for as long as it is not cancelled."""

    def __init__(
        self, settings: TargetSettings, resource: Resource, clock: Clock, gate: Gate, publisher: Publisher
    ) -> None:
        """Prepare to poll the resource; nothing is asked before `run`."""
        poll = settings.poll
        interval = max(poll.interval, resource.floor, resource.every)
        # What is polled more rarely than configured must not count as stale before its second chance.
        self._stale_after = poll.stale_after if interval <= poll.interval else max(poll.stale_after, 2 * interval)
        self._timeout = interval if resource.paced else poll.timeout
        self._settings = settings
        self.thresholds = settings.thresholds
        self._resource = resource
        self._clock = clock
        self._gate = gate
        self._publisher = publisher
        self._totals = RunningTotals()
        self._stale_at: float | None = None
        self.not_before = float("-inf")
        self._failing_since: float | None = None
        self._told: set[Reason] = set()
        self._log = publisher.log.bind(resource=resource.name)
        self._transitions = TransitionLog(self._log)
        self._detail = _detail(settings)
        self.health = ResourceHealth(resource.name, interval)

    async def run(self, index: int) -> None:
        """Poll until cancelled."""
        schedule = Schedule(self.health.interval, index, self._resource.floor)
        due = max(schedule.first(self._clock.monotonic()), self.not_before)
        while True:
            self.health.due = due
            await self._wait(due)
            async with self._turn():
                if self.remaining_pause() > 0:  # somebody was told to slow down while we waited for our turn
                    continue
                self.health.due = None
                started = self._clock.monotonic()
                failure = await self._poll(started)
            now = self._clock.monotonic()
            if failure is None:
                due = schedule.after_success(started, now)
            else:
                self.not_before = now + (failure.retry_after or 0.0)
                due = schedule.after_failure(started, now, at_least=self._patience(failure))

    def died(self, error: BaseException) -> None:
        """Take down that the loop has ended by a bug, though nobody asked it to."""
        self._failed(_unexpected(error), self._clock.monotonic(), cause=error)

    def remaining_pause(self) -> float:
        """Return the seconds for which this may not be asked for, whenever it is due."""
        return max(self._resource.remaining_pause(), self._gate.remaining_pause())

    def told(self, now: float) -> float:
        """Return the moment before which this may not be asked for, as far as that can be told."""
        with catch_unexpected():
            return max(self.not_before, now + self.remaining_pause())
        return self.not_before

    def drop_stale(self, now: float) -> None:
        """Take the series away where the last success is too old."""
        if self._stale_at is not None and now >= self._stale_at:
            self._stale_at = None
            self.health.stale = True
            self._publisher.show(self.health, SeriesBlock({}))

    async def _wait(self, due: float) -> None:
        """Wait until a poll is due and nobody else's request forbids it."""
        await self._clock.sleep(max(0.0, due - self._clock.monotonic()))
        while (rest := self.remaining_pause()) > 0:
            await self._clock.sleep(rest)

    def _turn(self) -> AbstractAsyncContextManager[None]:
        """Wait for our turn; whoever hung the last time takes none, or its hanging would hold up the others."""
        last = self.health.last_error
        if self._resource.paced or (last is not None and last.reason is Reason.TIMEOUT):
            return self._gate.no_turn()
        return self._gate.turn(None if self.health.polls else _FIRST_PATIENCE_SECONDS)

    async def _poll(self, started: float) -> PollError | None:
        """Ask once and show the outcome; return why it failed."""
        try:
            with catch_unexpected(PollError, TimeoutError) as bug:
                async with asyncio.timeout(self._timeout):
                    snapshot = await self._resource.fetch()
                await self._succeeded(snapshot, started)
        except PollError as error:
            self._publisher.note(error.unmapped)
            return self._failed(error, started)
        except TimeoutError:
            return self._failed(PollError(Reason.TIMEOUT, f"no answer within {self._timeout:g}s"), started)
        return None if bug.error is None else self._failed(_unexpected(bug.error), started, cause=bug.error)

    async def _succeeded(self, snapshot: Snapshot | None, started: float) -> None:
        """Show what a poll said; nothing of it is seen before all of it is ready."""
        if snapshot is None:
            self._recovered(started, new=False)
            self._publisher.show_health()
            return
        now = self._clock.monotonic()
        async with self._publisher.making:
            suppressed = self._totals.suppressed_decreases
            selected, part = await self._made(snapshot, now)
            self._recovered(started, new=True)
            self._publisher.health.suppressed_decreases += self._totals.suppressed_decreases - suppressed
            self._publisher.note(snapshot.unmapped)
            self._stale_at = now + self._stale_after
            self._publisher.show(self.health, part)
        self._transitions.emptied(emptied(snapshot, selected))
        self._transitions.left_out(self.health.left_out, self.health.dropped, self._settings.limits.series_per_target)

    async def _made(self, snapshot: Snapshot, now: float) -> tuple[Snapshot, SeriesBlock]:
        """Return what is selected of a snapshot, and its series."""
        settings, thresholds, room = self._settings, self.thresholds, self._publisher.room(self.health)

        def make() -> tuple[Snapshot, SeriesBlock]:
            selected = chosen(snapshot, settings.select)
            marked = mark(selected, thresholds, add=self._resource.carries_thresholds)
            return selected, render(self._totals.hold(entities(settings.name, marked, self._detail), now), room)

        return await run_in_worker(make) if _things(snapshot) >= _BESIDE_FROM_THINGS else make()

    def _recovered(self, started: float, *, new: bool) -> None:
        """Take down a success, once nothing can go wrong with it any more."""
        now = self._clock.monotonic()
        if self._failing_since is not None:
            self._log.info("poll recovered", reason=self._last_reason(), seconds=round(now - self._failing_since, 1))
            self._failing_since = None
            self._told.clear()
        self.health.succeeded(self._clock.time(), now - started, new=new)

    def _failed(self, error: PollError, started: float, *, cause: BaseException | None = None) -> PollError:
        now = self._clock.monotonic()
        self.health.failed(error, now - started)
        if self._failing_since is None:
            self._failing_since = started
        # One line for each reason: an outage that becomes another one is news, one that goes to and fro is not.
        if error.reason not in self._told:
            self._told.add(error.reason)
            self._log.warning("poll failed", reason=error.reason.value, error=str(error), exc_info=cause)
        else:
            self._log.debug("poll still failing", reason=error.reason.value, error=str(error))
        if error.reason is Reason.THROTTLED:
            told = error.retry_after
            self._gate.pause(self._settings.poll.interval if told is None else told)
        self._publisher.show_health()
        return error

    def _patience(self, failure: PollError) -> float:
        """Return the seconds that must pass before the next try, whatever the back-off says."""
        told = failure.retry_after
        if failure.reason is Reason.AUTH and told is not None:
            return told  # the client knows when it may sign in again
        patience = max(self.health.interval if failure.reason in _UNHURRIED else 0.0, told or 0.0)
        # Whoever was throttled lets the target's other resources go first, or it would keep them waiting for ever.
        return patience + (_YIELD_SHARE * self.health.interval if failure.reason is Reason.THROTTLED else 0.0)

    def _last_reason(self) -> str:
        return self.health.last_error.reason.value if self.health.last_error is not None else ""


def _unexpected(error: BaseException) -> PollError:
    return PollError(Reason.INVALID, f"unexpected {type(error).__name__}")


def _things(snapshot: Snapshot) -> int:
    ports = sum(len(trunk.ports or ()) for trunk in snapshot.trunks)
    return len(snapshot.queues) + len(snapshot.agents or ()) + len(snapshot.trunks) + ports


def _detail(settings: TargetSettings) -> Detail:
    key = settings.agents.pseudonym_key
    return Detail(
        agents=settings.agents.detail,
        ports=settings.trunks.detail == "ports",
        off=switched_off(settings.select.families),
        pseudonym_key=b"" if key is None else key.get_secret_value().encode(),
    )
