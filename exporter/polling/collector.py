"""The set of targets that are polled: started, changed by a reload without touching the others, and stopped.

A poll's outcome reaches the exposition in one step, so that a scrape sees either the old snapshot or the new one.
"""

import asyncio
from collections.abc import Iterable, Sequence

from exporter.errors import ConfigError, Problem
from exporter.metrics.pages import Exposition, Format, Page
from exporter.polling.health import TargetHealth
from exporter.polling.target import Target
from exporter.runtime.clock import Clock
from exporter.settings import TargetSettings

# So many that targets which hang do not keep the others waiting, few enough for the files a process may open.
MOST_POLLS_AT_ONCE = 2000


class Collector:
    """Polls every target and keeps the exposition up to date."""

    def __init__(self, targets: Iterable[TargetSettings], exposition: Exposition, clock: Clock) -> None:
        """Prepare to poll the targets; nothing is sent before `start`."""
        self._exposition = exposition
        self._clock = clock
        self._settings = tuple(targets)
        self._targets: list[Target] = []
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
        """Poll these targets from now on; one whose settings are as they were, thresholds aside, goes on untouched.

        Raises:
            ConfigError: A certificate of a target cannot be used; everything goes on as it was.
        """
        wanted = {each.name: each for each in settings}
        kept = {
            target.name: target
            for target in self._targets
            if target.name in wanted and target.is_unaffected_by(wanted[target.name])
        }
        gone = [target for target in self._targets if target.name not in kept]
        added = await self._prepared([each for name, each in wanted.items() if name not in kept])
        for name, target in kept.items():
            target.adopt(wanted[name])
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

    async def _prepared(self, settings: Iterable[TargetSettings]) -> list[Target]:
        """Return targets ready to start: all of them or, where one cannot be used, none. Raises ConfigError."""
        prepared: list[Target] = []
        for each in settings:
            try:
                prepared.append(Target(each, self._exposition, self._clock, self._slots))
            except OSError as error:
                await asyncio.gather(*(target.stop() for target in prepared))
                raise ConfigError((Problem(f"target {each.name}: tls_config", str(error)),)) from error
        return prepared

    def page(self, form: Format, targets: Iterable[str] | None = None) -> Page:
        """Return one page of what is known at this moment.

        Args:
            form: The format to write.
            targets: Names of the targets to show, None for all and the exporter itself.

        Raises:
            KeyError: A target is not known.
        """
        self._drop_stale()
        return self._exposition.page(form, targets)

    def _drop_stale(self) -> None:
        now = self._clock.monotonic()
        for target in self._targets:
            target.drop_stale(now)
