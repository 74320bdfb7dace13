"""The set of polled targets: started, changed by a reload without affecting the others, and stopped.

A poll's outcome reaches the exposition in one step, so that a scrape sees either the old snapshot or the new one.
"""

import asyncio
from collections.abc import Callable, Hashable, Iterable, Sequence

from exporter.errors import ConfigError, Problem
from exporter.metrics.pages import Exposition, Format, Page
from exporter.polling.health import TargetHealth
from exporter.polling.state_keeper import StateKeeper
from exporter.polling.target import Target, backoff_of
from exporter.runtime.clock import Clock
from exporter.settings import TargetSettings
from exporter.vendors.toolkit.permission import Permission

# Enough that hanging targets do not block the others, and few enough for the files a process may open.
MAX_CONCURRENT_POLLS = 2000


def _ignore() -> None:
    """Do nothing."""


class Collector:
    """Polls every target and keeps the exposition up to date."""

    def __init__(  # noqa: PLR0913 - the parts that all targets share
        self,
        targets: Iterable[TargetSettings],
        exposition: Exposition,
        clock: Clock,
        became_ready: Callable[[], None] = _ignore,
        *,
        state: StateKeeper | None = None,
        permission: Permission | None = None,
    ) -> None:
        """Prepare to poll the targets; nothing is sent before `start`.

        Args:
            targets: What to poll.
            exposition: Receives the series.
            clock: The time.
            became_ready: Called when a poll makes `ready` true, after a start or a change of the targets.
            state: Keeps running totals across restarts; None keeps them only in this process.
            permission: What may be sent to vendors; None for everything.
        """
        self._exposition = exposition
        self._clock = clock
        self._settings = tuple(targets)
        self._became_ready = became_ready
        self._state = state
        self._permission = permission or Permission()
        self._targets: list[Target] = []
        self._unpolled: set[Target] = set()
        self._next_index = 0
        self._places: dict[Hashable, int] = {}
        self._slots = asyncio.Semaphore(MAX_CONCURRENT_POLLS)

    @property
    def health(self) -> Sequence[TargetHealth]:
        """How the polling of each target goes."""
        self._drop_stale()
        for target in self._targets:
            target.refresh_due()
        return [target.health for target in self._targets]

    @property
    def ready(self) -> bool:
        """Whether every resource of every target has been polled once, successfully or not.

        A target that its vendor throttles counts as polled, because only the vendor determines when it is polled next;
        so does a resource whose first poll waits for a minimum interval of the vendor.
        """
        return bool(self._targets) and not self._unpolled

    async def start(self) -> None:
        """Start polling every target.

        Raises:
            ConfigError: A certificate of a target cannot be used.
        """
        await self.reconfigure(self._settings)

    async def reconfigure(self, settings: Iterable[TargetSettings]) -> None:
        """Poll these targets; those whose settings are unchanged, thresholds aside, are not interrupted.

        Raises:
            ConfigError: A certificate of a target cannot be used; nothing is changed.
        """
        wanted = {each.name: each for each in settings}
        kept = {
            target.name: target
            for target in self._targets
            if target.name in wanted and target.is_unaffected_by(wanted[target.name])
        }
        removed = [target for target in self._targets if target.name not in kept]
        added = await self._prepare([each for name, each in wanted.items() if name not in kept])
        for name, target in kept.items():
            target.update_thresholds(wanted[name])
        for target in added:
            target.inherit_backoff(backoff_of(removed, target.name))
        await asyncio.gather(*(target.stop() for target in removed))
        await self._hand_over(removed, added)
        # From here on nothing waits: no scrape is without a target that is only changed, and its health.
        for target in removed:
            self._exposition.remove(target.name)
        by_name = kept | {target.name: target for target in added}
        self._targets = [by_name[name] for name in wanted]
        self._unpolled = {target for target in self._targets if not target.polled}
        for target in self._targets:
            target.retry_sign_in()
        for target in added:
            self._next_index = target.start(self._next_index, self._places)

    async def stop(self) -> None:
        """Stop polling and close every vendor session."""
        if self._state is not None:
            await self._state.stop()
        await asyncio.gather(*(target.stop() for target in self._targets))
        if self._state is not None:
            await self._state.save_stopped(self._targets)
        self._targets.clear()

    def page(self, form: Format, targets: Iterable[str] | None = None) -> Page:
        """Return one page of the current series.

        Args:
            form: The format to write.
            targets: Names of the targets to include; None includes all of them and the exporter itself.

        Raises:
            KeyError: A target is unknown.
        """
        self._drop_stale()
        return self._exposition.page(form, targets)

    async def _prepare(self, settings: Iterable[TargetSettings]) -> list[Target]:
        """Return targets ready to start: all of them or, if one cannot be used, none. Raises ConfigError."""
        prepared: list[Target] = []
        parts = self._exposition, self._clock, self._slots, self._mark_polled, self._permission
        for each in settings:
            try:
                prepared.append(Target(each, *parts))
                # A thousand targets take more than a second, in which scrapes must be answered and a lease renewed.
                await asyncio.sleep(0)
            except OSError as error:
                await asyncio.gather(*(target.stop() for target in prepared))
                raise ConfigError((Problem(f"target {each.name}: tls_config", str(error)),)) from error
            except asyncio.CancelledError:
                await asyncio.gather(*(target.stop() for target in prepared))
                raise
        return prepared

    async def _hand_over(self, removed: Sequence[Target], added: Sequence[Target]) -> None:
        """Let added targets continue the running totals of those they replace, or else those of the last process."""
        if self._state is not None:
            self._state.start(lambda: self._targets)
            await self._state.save_stopped(removed)
            await self._state.restore(added)
        replaced = {target.name: target for target in removed}
        for target in added:
            if target.name in replaced:
                await target.inherit_totals(replaced[target.name])

    def _mark_polled(self, target: Target) -> None:
        """Record that every resource of a target has been polled once."""
        if target in self._unpolled:
            self._unpolled.discard(target)
            if self.ready:
                self._became_ready()

    def _drop_stale(self) -> None:
        now = self._clock.monotonic()
        for target in self._targets:
            target.drop_stale(now)
