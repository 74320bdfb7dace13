"""Polls one resource of a target on its own schedule; its failures affect no other resource."""

import asyncio
from collections.abc import Callable, Hashable
from contextlib import AbstractAsyncContextManager

from exporter.errors import PollError, Reason
from exporter.metrics.render import SeriesBlock
from exporter.model import Snapshot
from exporter.polling.gate import Gate
from exporter.polling.health import ResourceHealth
from exporter.polling.pipeline import WORKER_FROM_ITEMS, Processed, count_items
from exporter.polling.publisher import Publisher
from exporter.polling.round_log import RoundLog
from exporter.polling.schedule import Schedule
from exporter.polling.transition_log import TransitionLog
from exporter.runtime.clock import Clock
from exporter.runtime.containment import catch_unexpected
from exporter.runtime.worker import run_in_worker
from exporter.settings import TargetSettings
from exporter.vendors.base import Memory, Resource
from exporter.vendors.toolkit.cadence import Cadence

# At the start no resource waits longer than this for another of its target: /-/ready must not hang on a slow one.
_FIRST_SLOT_TIMEOUT_SECONDS = 0.15
# How soon a resource that must not be polled asks again; usually it is cancelled before.
_ASK_AGAIN_SECONDS = 1.0


class ResourcePoller:
    """Polls one resource until it is cancelled.

    Attributes:
        health: How the polling of this resource goes.
        schedule: When it is polled.
        pipeline: What its snapshots become.
        log: Receives its log lines.
    """

    def __init__(  # noqa: PLR0913, PLR0917 - the parts of its target
        self,
        settings: TargetSettings,
        resource: Resource,
        clock: Clock,
        gate: Gate,
        publisher: Publisher,
        poll_ended: Callable[[], None],
    ) -> None:
        """Prepare to poll the resource; nothing is sent before `run`.

        Args:
            settings: The target's configuration.
            resource: What to poll.
            clock: The time.
            gate: Admits the polls of the target.
            publisher: Publishes the series.
            poll_ended: Called after every poll, successful or not.
        """
        self._poll_interval = settings.poll.interval
        self._max_series = settings.limits.series_per_target
        self._resource = resource
        self._clock = clock
        self._gate = gate
        self._publisher = publisher
        self._poll_ended = poll_ended
        self._good_at: float | None = None
        self._age = 0.0
        self._failing_since: float | None = None
        self._refused_at: float | None = None
        self.log = log = publisher.log.bind(resource=resource.name)
        self._failures, self._series_limit, self._selection = TransitionLog(log), TransitionLog(log), TransitionLog(log)
        self._emptied = TransitionLog(log)
        self._log = log
        self._cadence = resource.cadence or Cadence(settings.poll, resource.floor, resource.every, resource.paced)
        self._round = RoundLog(log, self._cadence.interval)
        self._due: float | None = None
        self._last_good_start: float | None = None
        self.health = ResourceHealth(resource.name, self._cadence.effective)
        self.schedule = Schedule(self._cadence)
        self.pipeline = publisher.add(self.health, carries_thresholds=resource.carries_thresholds)

    async def run(self) -> None:
        """Poll until cancelled."""
        due = self.schedule.first(self._clock.monotonic())
        while True:
            self._due = due
            imposed = await self._wait(due)
            async with self._slot():
                if self.remaining_pause() > 0:  # the target was paused while this resource waited for its slot
                    continue
                self._due = None
                started = self._clock.monotonic()
                failure = await self._admitted_poll(started)
            self._record_gap(started, failure, imposed=imposed)
            self._poll_ended()
            now = self._clock.monotonic()
            if failure is None:
                # An answer that another target requested is as old as that request.
                due = self.schedule.after_success(started - self._age, now)
            else:
                due = self.schedule.after_failure(started, now, failure)

    def refresh_due(self) -> None:
        """Determine when the next poll is due as far as is known now: others may have paused the resource."""
        with catch_unexpected():
            pause = self.remaining_pause()
            self.health.due = None if self._due is None else max(self._due, self._clock.monotonic() + pause)

    @property
    def place(self) -> Hashable:
        """The key of the place in the timetable that it shares with resources of other targets; None for its own."""
        return self._resource.place

    @property
    def memory(self) -> Memory | None:
        """What its data depends on besides the responses, None if nothing does."""
        return self._resource.memory

    def record_crash(self, error: BaseException) -> None:
        """Record that `run` ended by an unexpected error."""
        self._failed(_unexpected(error), self._clock.monotonic(), cause=error)

    def remaining_pause(self) -> float:
        """Return the seconds until this resource may be polled, however long it has been due."""
        gate = self._gate
        paused = gate.remaining_pause(self.health.name) if self._resource.signs_in else gate.remaining_throttling()
        withheld = 0.0 if gate.may_poll() else _ASK_AGAIN_SECONDS
        return max(self._resource.remaining_pause(), paused, withheld)

    def not_before(self) -> float:
        """Return the earliest moment at which the vendor may be asked for this resource, as far as it is known."""
        with catch_unexpected():
            # The limits of a shared account are known to the next client too, and so is an answer it has not used.
            own = self._resource.remaining_pause() if self._resource.place is None else 0.0
            pause = max(own, self._gate.remaining_throttling())
            return max(self._requested_wait(), self._clock.monotonic() + pause)
        return self._requested_wait()

    def _requested_wait(self) -> float:
        """Return the moment up to which the vendor asked to wait; other credentials may be used before it."""
        last = self.health.last_error
        return float("-inf") if last is not None and last.sign_in else self.schedule.not_before

    def drop_stale(self, now: float) -> None:
        """Remove the series if the last success is too old."""
        if self._good_at is not None and now >= self._good_at + self._cadence.stale_after:
            self._good_at = None
            self.health.stale = True
            self._publisher.publish(self.health, SeriesBlock({}))

    async def _wait(self, due: float) -> bool:
        """Wait until a poll is due and nothing is paused; return whether a limit of the vendor delayed it."""
        await self._clock.sleep(max(0.0, due - self._clock.monotonic()))
        imposed = False
        while (pause := self.remaining_pause()) > 0:
            self._fail_if_refused()
            if self._resource.remaining_pause() > 0:
                imposed = True
                self._report_waiting()
            await self._gate.wait(min(pause, self._cadence.interval))
        return imposed

    def _report_waiting(self) -> None:
        """Record that the vendor delays the first poll: the exporter is ready without it."""
        if not self.health.polls and not self.health.waiting:
            self.health.waiting = True
            self._poll_ended()

    def _record_gap(self, started: float, failure: PollError | None, *, imposed: bool) -> None:
        """Stretch the effective interval if polls regularly wait for a limit that other targets use too."""
        last, self._last_good_start = self._last_good_start, started if failure is None else None
        if failure is None and last is not None:
            self._cadence.waited(started - last, imposed=imposed)
        if self.health.interval != self._cadence.effective:
            self.health.interval = self._cadence.effective
            self._publisher.publish_health()

    def _fail_if_refused(self) -> None:
        """Fail without a request, once per interval, while the target is paused by a refused sign-in.

        The failures of a target that cannot sign in are thus counted at the same rate however long it backs off.
        """
        refusal = self._gate.refusal if self._resource.signs_in else None
        now = self._clock.monotonic()
        if refusal is None or (self._refused_at is not None and now < self._refused_at + self._cadence.interval):
            return
        self._failed(refusal, now)
        self._poll_ended()

    def _slot(self) -> AbstractAsyncContextManager[None]:
        """Acquire the target's slot; a resource that timed out last time polls without it, or it would block others."""
        last = self.health.last_error
        if self._resource.paced or (last is not None and last.reason is Reason.TIMEOUT):
            return self._gate.unlocked_slot()
        return self._gate.slot(None if self.health.polls else _FIRST_SLOT_TIMEOUT_SECONDS)

    async def _admitted_poll(self, started: float) -> PollError | None:
        """Poll once and record that at the gate."""
        if not self._resource.signs_in:
            return await self._poll(started)
        self._gate.begin(self.health.name, self._poll_interval)
        try:
            return await self._poll(started)
        finally:
            self._gate.end(self.health.name)

    async def _poll(self, started: float) -> PollError | None:
        """Poll once and publish the outcome; return why it failed."""
        try:
            with catch_unexpected(PollError, TimeoutError) as caught:
                async with asyncio.timeout(self._cadence.timeout):
                    snapshot = await self._resource.fetch()
                await self._succeeded(snapshot, started)
        except PollError as error:
            self._publisher.record_unmapped(error.unmapped)
            return self._failed(error, started)
        except TimeoutError as error:
            # The vendor's module may have noted how far it came.
            progress = "".join(f" {note}" for note in getattr(error.__cause__, "__notes__", ()))
            message = f"no answer within {self._cadence.timeout:g}s{progress}"
            return self._failed(PollError(Reason.TIMEOUT, message), started)
        return None if caught.error is None else self._failed(_unexpected(caught.error), started, cause=caught.error)

    async def _succeeded(self, snapshot: Snapshot | None, started: float) -> None:
        """Publish what a poll returned; nothing of it is visible before all of it is ready."""
        self._age = 0.0 if snapshot is None else snapshot.age
        if snapshot is None:
            self._record_success(started, new=False)
            self._publisher.publish_health()
            return
        now = self._clock.monotonic()
        async with self._publisher.budget_lock:
            processed = await self._process(snapshot, now)
            snapshot = processed.snapshot
            renamed = await self._publisher.render_renamed(self.health, processed)
            self._record_success(started, new=True, age=snapshot.age)
            self._publisher.health.suppressed_decreases += processed.suppressed_decreases
            self._publisher.record_unmapped(snapshot.unmapped)
            self._count_items(snapshot)
            self._good_at = now - snapshot.age
            self._publisher.publish(self.health, processed.block, renamed)
        if self._resource.signs_in and (snapshot.agents is not None or count_items(snapshot)):
            # A poll that returns nothing may have sent nothing.
            self._gate.accept(self.health.name, started)
        self._log_findings(snapshot.findings)
        self._log_processed(processed)
        self._round.record(snapshot.poll_items)

    async def _process(self, snapshot: Snapshot, now: float) -> Processed:
        budget, time = self._publisher.series_budget(self.health), self._clock.time()
        if count_items(snapshot) < WORKER_FROM_ITEMS:
            return self.pipeline.process(snapshot, now, time, budget)
        return await run_in_worker(lambda: self.pipeline.process(snapshot, now, time, budget))

    def _count_items(self, snapshot: Snapshot) -> None:
        """Count the items that a poll returned, and log if there are none where there were some."""
        before = dict(self.health.items)
        for kind in self.health.count_items(snapshot):
            # Lost permissions look like this at several vendors.
            self._emptied.report({kind}, "the vendor returns no items any more", kind=kind, before=before[kind])
        if self._emptied.active and all(self.health.items.values()):
            self._emptied.end("the vendor returns items again")

    def _log_findings(self, findings: tuple[str, ...]) -> None:
        """Log what the responses have shown about the vendor's API, if it is new."""
        for finding in findings:
            if finding not in self.health.findings:
                self._log.info("finding about the vendor's API", finding=finding)
        self.health.findings = findings

    def _log_processed(self, processed: Processed) -> None:
        """Log when the selection or the series limit starts or stops removing series."""
        if processed.emptied:
            # A misspelt pattern looks like a quiet contact centre.
            message = "`select` filters out every item the vendor returned"
            self._selection.report(processed.emptied, message, kinds=", ".join(processed.emptied))
        else:
            self._selection.end()
        families = self.health.left_out
        if families:
            self._series_limit.report(
                families,
                "series limit reached; dropping families",
                limit=self._max_series,
                dropped=self.health.dropped,
                families=", ".join(families),
            )
        else:
            self._series_limit.end("back below the series limit; all families are exported")

    def _record_success(self, started: float, *, new: bool, age: float = 0.0) -> None:
        """Record a successful poll."""
        now = self._clock.monotonic()
        if self._failing_since is not None and self.health.last_error is not None:
            reason, seconds = self.health.last_error.reason.value, round(now - self._failing_since, 1)
            self._failures.end("poll recovered", reason=reason, seconds=seconds)
            self._failing_since = None
        self._refused_at = None
        self.health.succeeded(self._clock.time() - age, now - started, new=new)

    def _failed(self, error: PollError, started: float, *, cause: BaseException | None = None) -> PollError:
        """Record a failed poll, and pause the target if the vendor throttles it or refuses the sign-in.

        Requests that were not sent, because this replica no longer leads, do not count; the target is about to stop.
        """
        if not self._gate.may_poll():
            return error
        now = self._clock.monotonic()
        self.health.failed(error, now - started)
        if self._failing_since is None:
            self._failing_since = started
        # One line for each reason: a new reason is news, alternating ones are not.
        self._failures.report(
            {error.reason}, "poll failed", reason=error.reason.value, error=str(error), exc_info=cause
        )
        if pause := self.schedule.target_pause(error, self._poll_interval):
            self._gate.pause(pause)
        self._refused_at = now if error.sign_in else None
        if error.sign_in:
            self._gate.refuse(error, self.health.name, self._poll_interval)
        self._publisher.publish_health()
        return error


def _unexpected(error: BaseException) -> PollError:
    return PollError(Reason.INVALID, f"unexpected {type(error).__name__}")
