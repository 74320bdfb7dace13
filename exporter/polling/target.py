"""One contact centre as it is polled: its session, its client and a loop for each of its resources.

A bug in a vendor's module, wherever it shows, costs the targets of that vendor and nobody else.
"""

import asyncio
from collections.abc import Iterable, Sequence
from functools import partial

from exporter.errors import PollError, Reason
from exporter.metrics.pages import Exposition
from exporter.model import Snapshot
from exporter.polling.gate import Gate
from exporter.polling.health import TargetHealth
from exporter.polling.publisher import Publisher
from exporter.polling.resource_poller import ResourceLoop
from exporter.runtime.clock import Clock
from exporter.runtime.containment import Caught, catch_unexpected
from exporter.settings import TargetSettings
from exporter.vendors.base import Client, Resource, load_vendor
from exporter.vendors.toolkit.http import Http, open_session

_CLOSE_SECONDS = 2.0


class Target:
    """One contact centre: its session, its client and a loop for each of its resources."""

    def __init__(
        self, settings: TargetSettings, exposition: Exposition, clock: Clock, slots: asyncio.Semaphore
    ) -> None:
        """Prepare to poll the contact centre; nothing is sent before `start`.

        Raises:
            OSError: A certificate cannot be used.
        """
        self.name = settings.name
        self.settings = settings
        self._clock = clock
        self._gate = Gate(clock, slots)
        self._publisher = Publisher(settings, exposition)
        self._tasks: set[asyncio.Task[Caught]] = set()
        self._restarts: set[asyncio.TimerHandle] = set()
        self._stopping = False
        self._session = open_session(settings)
        http = Http(self._session, clock, body_bytes=settings.limits.body_bytes, answered=self._answered)
        self._client, resources = _connected(settings, http, clock)
        self._loops = [ResourceLoop(settings, resource, clock, self._gate, self._publisher) for resource in resources]
        self.health.resources.extend(loop.health for loop in self._loops)

    @property
    def health(self) -> TargetHealth:
        """How its polling goes."""
        return self._publisher.health

    @property
    def asked(self) -> bool:
        """Whether every resource has been polled once, or the vendor keeps us from it."""
        resources = self.health.resources
        return all(each.polls for each in resources) or any(each.failures[Reason.THROTTLED] for each in resources)

    def is_unaffected_by(self, settings: TargetSettings) -> bool:
        """Return whether these settings differ in nothing but thresholds, which the vendor is not asked with."""
        return settings.model_copy(update={"thresholds": self.settings.thresholds}) == self.settings

    def adopt(self, settings: TargetSettings) -> None:
        """Show the thresholds of other settings from the next poll on: for a new level no figure goes missing."""
        self.settings = settings
        for loop in self._loops:
            loop.thresholds = settings.thresholds

    def start(self, index: int) -> int:
        """Start the loops, numbered from the index on; return the next free number."""
        self._publisher.show_health()
        for number, loop in enumerate(self._loops, index):
            self._poll(loop, number)
        return index + len(self._loops)

    def heed(self, others: Iterable["Target"]) -> None:
        """Wait for as long as the vendor told others in whose place this one stands: a reload is no way around it."""
        for other in others:
            self._gate.pause(other._gate.remaining_pause())  # noqa: SLF001 - its own kind
            now = self._clock.monotonic()
            told = {loop.health.name: loop.told(now) for loop in other._loops}  # noqa: SLF001 - its own kind
            for loop in self._loops:
                loop.not_before = told.get(loop.health.name, loop.not_before)

    async def stop(self) -> None:
        """Cancel the loops, then leave the vendor."""
        self._stopping = True
        for restart in self._restarts:
            restart.cancel()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        try:
            with catch_unexpected(PollError, TimeoutError) as bug:
                async with asyncio.timeout(_CLOSE_SECONDS):
                    await self._client.close()
            if bug.error is not None:
                self._publisher.log.warning("could not leave the vendor", error=str(bug), exc_info=bug.error)
        except (TimeoutError, PollError) as error:
            self._publisher.log.warning("could not leave the vendor", error=str(error))
        finally:
            await self._session.close()

    def drop_stale(self, now: float) -> None:
        """Take away the series of every resource whose last success is too old."""
        for loop in self._loops:
            loop.drop_stale(now)

    def _poll(self, loop: ResourceLoop, number: int) -> None:
        """Start a loop, which is to run until we stop."""
        task = asyncio.create_task(_ran(loop, number), name=f"poll {self.name} {loop.health.name}")
        self._tasks.add(task)
        task.add_done_callback(partial(self._ended, loop, number))

    def _ended(self, loop: ResourceLoop, number: int, task: asyncio.Task[Caught]) -> None:
        """Start a loop again an interval after a bug has ended it."""
        self._tasks.discard(task)
        if self._stopping:
            return
        loop.died(asyncio.CancelledError() if task.cancelled() else task.result().error or RuntimeError("it ended"))
        # Nothing is started in an event loop that has been stopped meanwhile.
        later = asyncio.get_running_loop().call_later(loop.health.interval, self._restart, loop, number)
        self._restarts = {each for each in self._restarts if each.when() > asyncio.get_running_loop().time()} | {later}

    def _restart(self, loop: ResourceLoop, number: int) -> None:
        if not self._stopping:
            self._poll(loop, number)

    def _answered(self, status: int) -> None:
        self.health.requests[status] += 1


class _Broken:
    """Stands for the client of a vendor whose module cannot make one."""

    def __init__(self, bug: Caught) -> None:
        self._bug = bug

    @property
    def resources(self) -> Sequence[Resource]:
        """One, so that there is something of which `up` is 0."""
        return (Resource("client", self._fail),)

    async def close(self) -> None:
        """Do nothing: there is nobody to leave."""

    async def _fail(self) -> Snapshot:
        raise PollError(Reason.INVALID, f"the vendor's module cannot be used: {self._bug}")


async def _ran(loop: ResourceLoop, number: int) -> Caught:
    """Run a loop, and return the bug that ended it."""
    with catch_unexpected() as bug:
        await loop.run(number)
    return bug


def _connected(settings: TargetSettings, http: Http, clock: Clock) -> tuple[Client, Sequence[Resource]]:
    """Return a target's client and what it can be asked for."""
    with catch_unexpected() as bug:
        client: Client = load_vendor(settings.vendor).connect(settings, http, clock)
        return client, tuple(client.resources)
    broken = _Broken(bug)
    return broken, broken.resources
