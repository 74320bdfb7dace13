"""Polls one contact centre: its HTTP session, its vendor client, and a poller for each of its resources.

An unexpected error in a vendor's module affects only the targets of that vendor.
"""

import asyncio
from collections.abc import Callable, Hashable, Iterable, Mapping, MutableMapping
from dataclasses import dataclass, field
from functools import partial

from exporter.errors import Reason
from exporter.metrics.pages import Exposition
from exporter.model import FigureMeanings
from exporter.polling.connection import close, connect
from exporter.polling.gate import Gate
from exporter.polling.health import TargetHealth
from exporter.polling.publisher import Publisher
from exporter.polling.resource_poller import ResourcePoller
from exporter.polling.resource_state import hand_over
from exporter.polling.sign_in_backoff import sign_in_backoff_of
from exporter.polling.status_page import status_page_of
from exporter.runtime.clock import Clock
from exporter.runtime.containment import Caught, catch_unexpected
from exporter.settings import TargetSettings
from exporter.vendors.base import vendor_of
from exporter.vendors.toolkit.http import Http, open_session
from exporter.vendors.toolkit.permission import Permission
from exporter.vendors.toolkit.proxy import proxy_of


@dataclass(frozen=True, slots=True)
class Backoff:
    """How long a vendor asked to be spared.

    Attributes:
        pause: Seconds for which all resources of the target are paused.
        not_before: The earliest moment of the next poll, by resource.
    """

    pause: float = 0.0
    not_before: Mapping[str, float] = field(default_factory=dict)


class Target:
    """One contact centre and the pollers of its resources.

    Attributes:
        name: Its name.
        settings: Its configuration.
        pollers: The pollers of its resources.
    """

    def __init__(  # noqa: PLR0913, PLR0917 - the parts that all targets share
        self,
        settings: TargetSettings,
        exposition: Exposition,
        clock: Clock,
        slots: asyncio.Semaphore,
        polled: Callable[["Target"], None],
        permission: Permission,
    ) -> None:
        """Prepare to poll the contact centre; nothing is sent before `start`.

        Args:
            settings: The target's configuration.
            exposition: Receives its series.
            clock: The time.
            slots: Limits the concurrent polls of all targets.
            polled: Called when every resource has been polled once.
            permission: What may be sent to the vendor.

        Raises:
            OSError: A certificate cannot be used.
        """
        self.name = settings.name
        self.settings = settings
        self._permission = permission
        sign_ins = sign_in_backoff_of(settings.account(), clock)
        self._gate = Gate(settings.name, clock, slots, sign_ins, permission.may_poll)
        returns_channels, meanings = _facts(settings)
        self._publisher = Publisher(settings, exposition, vendor_returns_channels=returns_channels, meanings=meanings)
        self._polled = polled
        self._reported = False
        self._tasks: set[asyncio.Task[Caught]] = set()
        self._restarts: set[asyncio.TimerHandle] = set()
        self._stopping = False
        self._session = open_session(settings, self._may_send)
        http = Http(
            self._session,
            clock,
            body_bytes=settings.limits.body_bytes,
            answered=self._count_request,
            metered=self._record_quota,
            proxy=proxy_of(settings),
        )
        http.session_renewed = self._count_renewal
        self._client, resources = connect(settings, http, clock)
        self._status_page = status_page_of(settings, clock, self._may_send)
        if self._status_page is not None:
            resources = [*resources, self._status_page.resource]
        self.pollers = [
            ResourcePoller(settings, resource, clock, self._gate, self._publisher, self._report_polled)
            for resource in resources
        ]
        self.health.resources.extend(poller.health for poller in self.pollers)

    @property
    def health(self) -> TargetHealth:
        """How its polling goes."""
        return self._publisher.health

    @property
    def polled(self) -> bool:
        """Whether every resource has been polled once or waits for a limit, or the vendor throttles the target."""
        resources = self.health.resources
        return all(each.polls or each.waiting for each in resources) or any(
            each.failures[Reason.THROTTLED] for each in resources
        )

    @property
    def backoff(self) -> Backoff:
        """How long the vendor asked to be spared, for a target that replaces this one."""
        not_before = {poller.health.name: poller.not_before() for poller in self.pollers}
        return Backoff(self._gate.remaining_throttling(), not_before)

    def is_unaffected_by(self, settings: TargetSettings) -> bool:
        """Return whether these settings differ in nothing but thresholds, which do not affect requests."""
        return settings.model_copy(update={"thresholds": self.settings.thresholds}) == self.settings

    def update_thresholds(self, settings: TargetSettings) -> None:
        """Use the thresholds of other settings from the next poll on; no series is interrupted."""
        self.settings = settings
        self._publisher.update_thresholds(settings)

    def retry_sign_in(self) -> None:
        """Sign in without further delay if refused sign-ins have backed off."""
        self._gate.retry_sign_in()

    def inherit_backoff(self, backoff: Backoff) -> None:
        """Inherit the back-off of the target this one replaces, so a reload cannot bypass it.

        The back-off of refused sign-ins is not inherited: the reload may have brought the right password.
        """
        self._gate.pause(backoff.pause)
        for poller in self.pollers:
            inherited = backoff.not_before.get(poller.health.name)
            if inherited is not None:
                poller.schedule.not_before = inherited

    async def inherit_totals(self, replaced: "Target") -> None:
        """Keep the running totals of the target this one replaces, if both are the same contact centre.

        A correction by the vendor would otherwise be a counter reset after the reload, and `increase()` would count
        the whole day again.
        """
        before, now = replaced.settings, self.settings
        if (before.vendor, before.url) != (now.vendor, now.url):
            return
        others = {poller.health.name: poller for poller in replaced.pollers}
        for poller in self.pollers:
            other = others.get(poller.health.name)
            if other is not None:
                await hand_over(other, poller)

    def unprocessed(self) -> asyncio.Lock:
        """Return a lock under which no poll is processed, so that totals do not change."""
        return self._publisher.budget_lock

    def start(self, index: int, places: MutableMapping[Hashable, int]) -> int:
        """Start the pollers, numbered from the index on; return the next free number.

        Args:
            index: The first free number, which determines a place in the timetable.
            places: The numbers of places that resources of several targets share.
        """
        self._publisher.publish_health()
        if not self.pollers:
            self._report_polled()
        for number, poller in enumerate(self.pollers, index):
            shared = poller.place
            poller.schedule.index = number if shared is None else places.setdefault(shared, number)
            self._run(poller)
        return index + len(self.pollers)

    async def stop(self) -> None:
        """Cancel the pollers, then close the vendor session."""
        self._stopping = True
        for restart in self._restarts:
            restart.cancel()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        try:
            unclosed = await close(self._client)
            if unclosed is not None:
                error, cause = unclosed
                self._publisher.log.warning("failed to close the vendor session", error=error, exc_info=cause)
        finally:
            await self._session.close()
            if self._status_page is not None:
                await self._status_page.close()

    def drop_stale(self, now: float) -> None:
        """Remove the series of every resource whose last success is too old."""
        for poller in self.pollers:
            poller.drop_stale(now)

    def refresh_due(self) -> None:
        """Determine when each resource is polled next."""
        for poller in self.pollers:
            poller.refresh_due()

    def _may_send(self) -> bool:
        return self._permission.may_sign_out() if self._stopping else self._permission.may_poll()

    def _run(self, poller: ResourcePoller) -> None:
        """Start a poller, which runs until the target stops."""
        task = asyncio.create_task(_run_contained(poller), name=f"poll {self.name} {poller.health.name}")
        self._tasks.add(task)
        task.add_done_callback(partial(self._ended, poller))

    def _ended(self, poller: ResourcePoller, task: asyncio.Task[Caught]) -> None:
        """Restart a poller one interval after an unexpected error ended it."""
        self._tasks.discard(task)
        if self._stopping:
            return
        error = asyncio.CancelledError() if task.cancelled() else task.result().error
        poller.record_crash(error or RuntimeError("it ended"))
        self._report_polled()
        # A timer, because nothing may be started in an event loop that has been stopped in the meantime.
        loop = asyncio.get_running_loop()
        restart = loop.call_later(poller.health.interval, self._restart, poller)
        self._restarts = {each for each in self._restarts if each.when() > loop.time()} | {restart}

    def _restart(self, poller: ResourcePoller) -> None:
        if not self._stopping:
            self._run(poller)

    def _report_polled(self) -> None:
        if not self._reported and self.polled:
            self._reported = True
            self._polled(self)

    def _count_request(self, status: int) -> None:
        self.health.requests[status] += 1

    def _record_quota(self, limit: float, used: float) -> None:
        self.health.quota = {"limit": limit, "used": used}

    def _count_renewal(self) -> None:
        self.health.session_renewals += 1


async def _run_contained(poller: ResourcePoller) -> Caught:
    """Run a poller, and return the unexpected error that ended it."""
    with catch_unexpected() as caught:
        await poller.run()
    return caught


def _facts(settings: TargetSettings) -> tuple[bool, FigureMeanings]:
    """Return whether a vendor returns the channel of each queue, assumed of a module that fails, and its meanings."""
    with catch_unexpected():
        vendor = vendor_of(settings)
        return vendor.returns_channels, vendor.meanings
    return True, FigureMeanings()


def backoff_of(targets: Iterable[Target], name: str) -> Backoff:
    """Return the back-off of the target of that name, none if there is no such target."""
    return next((target.backoff for target in targets if target.name == name), Backoff())
