"""One contact centre as it is polled: its session, its client and a loop for each of its resources."""

import asyncio
from collections.abc import Iterable

from exporter.clock import Clock
from exporter.display import Display
from exporter.errors import PollError, Reason
from exporter.exposition import Exposition
from exporter.health import TargetHealth
from exporter.polling import ResourceLoop
from exporter.settings import TargetSettings
from exporter.turns import Turns
from exporter.vendors.base import Client, load_vendor
from exporter.vendors.http import Http, open_session

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
        self._turns = Turns(clock, slots)
        self._display = Display(settings, exposition)
        self._tasks: list[asyncio.Task[None]] = []
        self._session = open_session(settings)
        http = Http(self._session, clock, body_bytes=settings.limits.body_bytes, answered=self._answered)
        self._client: Client = load_vendor(settings.vendor).connect(settings, http, clock)
        self._loops = [
            ResourceLoop(settings, resource, clock, self._turns, self._display) for resource in self._client.resources
        ]
        self.health.resources.extend(loop.health for loop in self._loops)

    @property
    def health(self) -> TargetHealth:
        """How its polling goes."""
        return self._display.health

    @property
    def asked(self) -> bool:
        """Whether every resource has been polled once, or the vendor keeps us from it."""
        resources = self.health.resources
        return all(each.polls for each in resources) or any(each.failures[Reason.THROTTLED] for each in resources)

    def goes_on_with(self, settings: TargetSettings) -> bool:
        """Return whether these settings differ in nothing but thresholds, which the vendor is not asked with."""
        return settings.model_copy(update={"thresholds": self.settings.thresholds}) == self.settings

    def adopt(self, settings: TargetSettings) -> None:
        """Show the thresholds of other settings from the next poll on: for a new level no figure goes missing."""
        self.settings = settings
        for loop in self._loops:
            loop.thresholds = settings.thresholds

    def start(self, index: int) -> int:
        """Start the loops, numbered from the index on; return the next free number."""
        self._display.show_health()
        for number, loop in enumerate(self._loops, index):
            name = f"poll {self.settings.name} {loop.health.name}"
            self._tasks.append(asyncio.create_task(loop.run(number), name=name))
        return index + len(self._loops)

    def heed(self, others: Iterable["Target"]) -> None:
        """Wait for as long as the vendor told others in whose place this one stands: a reload is no way around it."""
        for other in others:
            self._turns.leave_alone(other._turns.rest())  # noqa: SLF001 - its own kind
            now = self._clock.monotonic()
            told = {loop.health.name: max(loop.not_before, now + loop.rest()) for loop in other._loops}  # noqa: SLF001 - its own kind
            for loop in self._loops:
                loop.not_before = told.get(loop.health.name, loop.not_before)

    async def stop(self) -> None:
        """Cancel the loops, then leave the vendor."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        try:
            async with asyncio.timeout(_CLOSE_SECONDS):
                await self._client.close()
        except (TimeoutError, PollError) as error:
            self._display.log.warning("could not leave the vendor", error=str(error))
        finally:
            await self._session.close()

    def drop_stale(self, now: float) -> None:
        """Take away the series of every resource whose last success is too old."""
        for loop in self._loops:
            loop.drop_stale(now)

    def _answered(self, status: int) -> None:
        self.health.requests[status] += 1
