"""The polling loop: one task a resource, each on its own timetable, failing on its own.

A poll's outcome reaches the exposition in one step, so that a scrape sees either the old snapshot or the new one.
"""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager, suppress

import structlog

from exporter.clock import Clock
from exporter.counters import RunningTotals
from exporter.errors import ConfigError, PollError, Problem, Reason
from exporter.exposition import Exposition, Format, Part, render
from exporter.health import ResourceHealth, TargetHealth
from exporter.mapping import Detail, entities
from exporter.model import Snapshot
from exporter.schedule import Schedule
from exporter.selection import chosen, emptied, switched_off
from exporter.settings import TargetSettings
from exporter.telling import Telling
from exporter.thresholds import mark
from exporter.vendors.base import Client, Resource, load_vendor
from exporter.vendors.http import Http, open_session

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)

# So many that targets which hang do not keep the others waiting, few enough for the files a process may open.
MOST_POLLS_AT_ONCE = 2000
# At the start no resource waits longer than this for another of its target: /-/ready must not hang on a slow one.
_FIRST_PATIENCE_SECONDS = 0.15
_CLOSE_SECONDS = 2.0
# Of each field; a flood in one must not hide a word in another.
_MOST_WORDS_LOGGED = 50
# Signing in again and again locks accounts, and a vendor that throttles has said what it thinks of haste.
_UNHURRIED = frozenset({Reason.AUTH, Reason.THROTTLED})


class Collector:
    """Polls every target and keeps the exposition up to date."""

    def __init__(self, targets: Iterable[TargetSettings], exposition: Exposition, clock: Clock) -> None:
        """Prepare to poll the targets; nothing is sent before `start`."""
        self._exposition = exposition
        self._clock = clock
        self._settings = tuple(targets)
        self._targets: list[_Target] = []
        self._started = 0
        self._slots = asyncio.Semaphore(MOST_POLLS_AT_ONCE)

    @property
    def health(self) -> Sequence[TargetHealth]:
        """How the polling of each target goes at this moment."""
        self._drop_stale()
        return [target.health for target in self._targets]

    @property
    def ready(self) -> bool:
        """Whether every resource of every target has been polled once, with success or not.

        A target that its vendor throttled counts as polled: how long it then is left alone is the vendor's matter.
        """
        return bool(self._targets) and all(target.asked for target in self._targets)

    async def start(self) -> None:
        """Begin to poll every target.

        Raises:
            ConfigError: A certificate of a target cannot be used.
        """
        await self.reconfigure(self._settings)

    async def reconfigure(self, settings: Iterable[TargetSettings]) -> None:
        """Poll these targets from now on; one whose settings are as they were goes on untouched.

        Raises:
            ConfigError: A certificate of a target cannot be used; everything goes on as it was.
        """
        wanted = {each.name: each for each in settings}
        kept = {target.name: target for target in self._targets if wanted.get(target.name) == target.settings}
        gone = [target for target in self._targets if target.name not in kept]
        added = await self._prepared([each for name, each in wanted.items() if name not in kept])
        for target in added:
            target.heed([old for old in gone if old.name == target.name])
        await asyncio.gather(*(target.stop() for target in gone))
        for target in gone:
            self._exposition.remove(target.name)
        for target in added:
            self._started = target.start(self._started)
        known = kept | {target.name: target for target in added}
        self._targets = [known[name] for name in wanted]

    async def stop(self) -> None:
        """Stop polling and leave every vendor."""
        await asyncio.gather(*(target.stop() for target in self._targets))
        self._targets.clear()

    async def _prepared(self, settings: Iterable[TargetSettings]) -> list["_Target"]:
        """Return targets ready to start: all of them or, where one cannot be used, none. Raises ConfigError."""
        prepared: list[_Target] = []
        for each in settings:
            try:
                prepared.append(_Target(each, self._exposition, self._clock, self._slots))
            except OSError as error:
                await asyncio.gather(*(target.stop() for target in prepared))
                raise ConfigError((Problem(f"target {each.name}: tls_config", str(error)),)) from error
        return prepared

    def page(self, form: Format, targets: Iterable[str] | None = None) -> bytes:
        """Return what a scrape at this moment gets.

        Args:
            form: The format to write.
            targets: Names of the targets to show, None for all and the exporter itself.

        Raises:
            KeyError: A target is not known.
        """
        return b"".join(self.pieces(form, targets))

    def pieces(self, form: Format, targets: Iterable[str] | None = None) -> Sequence[bytes]:
        """Return what `page` joins: bytes that all scrapes share until the next poll.

        Args:
            form: The format to write.
            targets: Names of the targets to show, None for all and the exporter itself.

        Raises:
            KeyError: A target is not known.
        """
        self._drop_stale()
        return self._exposition.pieces(form, targets)

    def _drop_stale(self) -> None:
        now = self._clock.monotonic()
        for target in self._targets:
            target.drop_stale(now)


class _Target:
    """One contact centre: its session, its client and a loop for each of its resources."""

    def __init__(
        self, settings: TargetSettings, exposition: Exposition, clock: Clock, slots: asyncio.Semaphore
    ) -> None:
        self.name = settings.name
        self.settings = settings
        self.clock = clock
        self.slots = slots
        self.turn = asyncio.Lock()
        self.health = TargetHealth(settings.name, settings.vendor)
        self.log = log.bind(target=settings.name)
        self._exposition = exposition
        self._logged: defaultdict[str, set[str]] = defaultdict(set)
        self._tasks: list[asyncio.Task[None]] = []
        self._session = open_session(settings)
        http = Http(self._session, clock, body_bytes=settings.limits.body_bytes, answered=self._answered)
        self._client: Client = load_vendor(settings.vendor).connect(settings, http, clock)
        self._leave_until = float("-inf")
        self.loops = [_ResourceLoop(self, resource) for resource in self._client.resources]
        self.health.resources.extend(loop.health for loop in self.loops)

    @property
    def asked(self) -> bool:
        """Whether every resource has been polled once, or the vendor keeps us from it."""
        resources = self.health.resources
        return all(each.polls for each in resources) or any(each.failures[Reason.THROTTLED] for each in resources)

    def start(self, index: int) -> int:
        """Start the loops, numbered from the index on; return the next free number."""
        self.show_health()
        for number, loop in enumerate(self.loops, index):
            name = f"poll {self.settings.name} {loop.health.name}"
            self._tasks.append(asyncio.create_task(loop.run(number), name=name))
        return index + len(self.loops)

    def heed(self, others: Iterable["_Target"]) -> None:
        """Wait for as long as the vendor told others in whose place this one stands: a reload is no way around it."""
        for other in others:
            self._leave_until = max(self._leave_until, other._leave_until)  # noqa: SLF001 - its own kind
            now = self.clock.monotonic()
            told = {loop.health.name: max(loop.not_before, now + loop.rest()) for loop in other.loops}
            for loop in self.loops:
                loop.not_before = told.get(loop.health.name, loop.not_before)

    def leave_alone(self, seconds: float) -> None:
        """Ask for nothing for a while: who is told to slow down is the whole target, whichever resource it hears it."""
        self._leave_until = max(self._leave_until, self.clock.monotonic() + seconds)

    def rest(self) -> float:
        """Return the seconds for which the vendor is to be left alone."""
        return max(0.0, self._leave_until - self.clock.monotonic())

    async def stop(self) -> None:
        """Cancel the loops, then leave the vendor."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        try:
            async with asyncio.timeout(_CLOSE_SECONDS):
                await self._client.close()
        except (TimeoutError, PollError) as error:
            self.log.warning("could not leave the vendor", error=str(error))
        finally:
            await self._session.close()

    def show(self, resource: ResourceHealth, part: Part) -> None:
        """Put one resource's series and the target's health into the exposition, in one step."""
        resource.series, resource.dropped = part.series, part.dropped
        resource.left_out = tuple(family.name for family in part.left_out)
        self._exposition.put(self.settings.name, resource.name, part)
        self.show_health()

    def show_health(self) -> None:
        """Put the target's health into the exposition."""
        self._exposition.put(self.settings.name, "", render(self.health.entities()))

    def room(self, resource: ResourceHealth) -> int:
        """Return how many series of one resource the target has room for."""
        others = sum(other.series for other in self.health.resources if other is not resource)
        return max(0, self.settings.limits.series_per_target - others)

    def drop_stale(self, now: float) -> None:
        """Take away the series of every resource whose last success is too old."""
        for loop in self.loops:
            loop.drop_stale(now)

    def note(self, unmapped: Iterable[tuple[str, str]]) -> None:
        """Count what had no meaning, and log each word once."""
        for name, value in unmapped:
            self.health.unmapped[name] += 1
            told = self._logged[name]
            if value in told or len(told) > _MOST_WORDS_LOGGED:
                continue
            told.add(value)
            if len(told) > _MOST_WORDS_LOGGED:
                self.log.warning("too many values without a meaning for us: more are only counted", field=name)
            else:
                self.log.warning("value without a meaning for us", field=name, value=value)

    def _answered(self, status: int) -> None:
        self.health.requests[status] += 1


class _ResourceLoop:
    """Polls one resource for as long as it is not cancelled."""

    def __init__(self, target: _Target, resource: Resource) -> None:
        poll = target.settings.poll
        interval = max(poll.interval, resource.floor, resource.every)
        # What is polled more rarely than configured must not count as stale before its second chance.
        self._stale_after = poll.stale_after if interval <= poll.interval else max(poll.stale_after, 2 * interval)
        self._timeout = interval if resource.paced else poll.timeout
        self._target = target
        self._clock = target.clock
        self._resource = resource
        self._totals = RunningTotals()
        self._stale_at: float | None = None
        self.not_before = float("-inf")
        self._failing_since: float | None = None
        self._log = target.log.bind(resource=resource.name)
        self._telling = Telling(self._log)
        self._detail = _detail(target.settings)
        self.health = ResourceHealth(resource.name, interval)

    async def run(self, index: int) -> None:
        """Poll until cancelled."""
        schedule = Schedule(self.health.interval, index, self._resource.floor)
        due = max(schedule.first(self._clock.monotonic()), self.not_before)
        while True:
            self.health.due = due
            await self._wait(due)
            async with self._turn(), self._target.slots:
                if self.rest() > 0:  # somebody was told to slow down while we waited for our turn
                    continue
                self.health.due = None
                started = self._clock.monotonic()
                failure = await self._poll(started)
            now = self._clock.monotonic()
            if failure is None:
                due = schedule.after_success(started, now)
            else:
                self.not_before = now + (failure.retry_after or 0.0)
                patience = self.health.interval if failure.reason in _UNHURRIED else 0.0
                due = schedule.after_failure(started, now, at_least=max(patience, failure.retry_after or 0.0))

    def rest(self) -> float:
        """Return the seconds for which this may not be asked for, whenever it is due."""
        return max(self._resource.rest(), self._target.rest())

    def drop_stale(self, now: float) -> None:
        """Take the series away where the last success is too old."""
        if self._stale_at is not None and now >= self._stale_at:
            self._stale_at = None
            self.health.stale = True
            self._target.show(self.health, Part({}))

    async def _wait(self, due: float) -> None:
        """Wait until a poll is due and nobody else's request forbids it."""
        await self._clock.sleep(max(0.0, due - self._clock.monotonic()))
        while (rest := self.rest()) > 0:
            await self._clock.sleep(rest)

    @asynccontextmanager
    async def _turn(self) -> AsyncIterator[None]:
        """Wait until no other resource of this target is being polled: vendors limit what they are asked at once.

        Whoever hung the last time takes no turn, or its hanging would hold up the others.
        """
        turn = self._target.turn
        last = self.health.last_error
        if self._resource.paced or (last is not None and last.reason is Reason.TIMEOUT):
            yield
            return
        ours = False
        patience = None if self.health.polls else _FIRST_PATIENCE_SECONDS
        with suppress(TimeoutError):
            async with asyncio.timeout(patience):
                await turn.acquire()
                ours = True
        try:
            yield
        finally:
            if ours:
                turn.release()

    async def _poll(self, started: float) -> PollError | None:
        """Ask once and show the outcome; return why it failed."""
        try:
            async with asyncio.timeout(self._timeout):
                snapshot = await self._resource.fetch()
            self._succeeded(snapshot, started)
        except PollError as error:
            self._target.note(error.unmapped)
            return self._failed(error, started)
        except TimeoutError:
            return self._failed(PollError(Reason.TIMEOUT, f"no answer within {self._timeout:g}s"), started)
        except Exception as error:  # noqa: BLE001 - the loop's last line of defence: a bug in one vendor stops no other
            return self._failed(PollError(Reason.INVALID, f"unexpected {type(error).__name__}"), started, cause=error)
        return None

    def _succeeded(self, snapshot: Snapshot | None, started: float) -> None:
        now = self._clock.monotonic()
        if self._failing_since is not None:
            self._log.info("poll recovered", reason=self._last_reason(), seconds=round(now - self._failing_since, 1))
            self._failing_since = None
        self.health.succeeded(self._clock.time(), now - started, new=snapshot is not None)
        if snapshot is None:
            self._target.show_health()
            return
        settings = self._target.settings
        selected = chosen(snapshot, settings.select)
        marked = mark(selected, settings.thresholds, add=self._resource.levels)
        held = self._totals.hold(entities(settings.name, marked, self._detail), now)
        corrections = self._totals.corrections
        part = render(held, self._target.room(self.health))
        self._target.health.corrections += self._totals.corrections - corrections
        self._target.note(snapshot.unmapped)
        self._telling.emptied(emptied(snapshot, selected))
        self._stale_at = now + self._stale_after
        self._target.show(self.health, part)
        self._telling.left_out(self.health.left_out, self.health.dropped, settings.limits.series_per_target)

    def _failed(self, error: PollError, started: float, *, cause: Exception | None = None) -> PollError:
        now = self._clock.monotonic()
        self.health.failed(error, now - started)
        if self._failing_since is None:
            self._failing_since = started
            self._log.warning("poll failed", reason=error.reason.value, error=str(error), exc_info=cause)
        else:
            self._log.debug("poll still failing", reason=error.reason.value, error=str(error))
        if error.reason is Reason.THROTTLED:
            told = error.retry_after
            self._target.leave_alone(self._target.settings.poll.interval if told is None else told)
        self._target.show_health()
        return error

    def _last_reason(self) -> str:
        return self.health.last_error.reason.value if self.health.last_error is not None else ""


def _detail(settings: TargetSettings) -> Detail:
    key = settings.agents.pseudonym_key
    return Detail(
        agents=settings.agents.detail,
        ports=settings.trunks.detail == "ports",
        off=switched_off(settings.select.families),
        pseudonym_key=b"" if key is None else key.get_secret_value().encode(),
    )
