"""Helpers for tests that compare with the ledger: a paused centre, one poll of it and the exported series."""

import asyncio
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TypeVar

from prometheus_client.parser import text_string_to_metric_families

from exporter.metrics.catalog import PREFIX
from exporter.metrics.pages import Exposition, Format
from exporter.model import AGENT_STATES
from exporter.polling.collector import Collector
from exporter.runtime.clock import SystemClock
from exporter.settings import Poll, TargetSettings
from exporter.simulator import http_server
from exporter.simulator.default import working_day
from exporter.simulator.dialects import Dialect
from exporter.simulator.driver import Driver
from exporter.simulator.scenarios import ScenarioName
from tests.support.exposition import page_bytes

HOUR = 3600.0

Labels = frozenset[tuple[str, str]]
Key = tuple[str, Labels]
Series = dict[Key, float]
Item = tuple[Key, float]
T = TypeVar("T")

_OF_THE_CENTRE = tuple(f"contactcenter_{kind}" for kind in ("queue", "number", "trunk", "agent", "dispositions"))


# Some polls skip items that exceed a share of the timeout, so allow for slow machines.
_GENEROUS = Poll(interval=120, timeout=120, stale_after=600)


def standing(seed: int, until: float, scenario: ScenarioName | None = None) -> Driver:
    """Return a centre that has run until a simulated second and is paused there."""
    driver = Driver(working_day(seed), SystemClock(), speed=0)
    if scenario is not None:
        driver.centre.scenarios[scenario].on()
    driver.centre.advance(until)
    return driver


async def polled(
    driver: Driver, dialects: Sequence[Dialect], targets: Callable[[str], Iterable[TargetSettings]]
) -> str:
    """Return the page after one poll of every resource over HTTP.

    Args:
        driver: The driver of the centre.
        dialects: The vendors' APIs to serve.
        targets: Returns the targets to poll, given the server's URL.
    """
    simulated = await http_server.start("127.0.0.1", 0, driver, dialects)
    configured = [each.model_copy(update={"poll": _GENEROUS}) for each in targets(simulated.url)]
    collector = Collector(configured, Exposition(lambda _form: b""), SystemClock())
    try:
        await collector.start()
        async with asyncio.timeout(90):
            while not collector.ready:  # noqa: ASYNC110 - polled like a readiness probe
                await asyncio.sleep(0.02)
        return page_bytes(collector, Format.TEXT).decode()
    finally:
        await collector.stop()
        await simulated.stop()


def shown(page: str) -> Series:
    """Return every series of a page about the contact centre."""
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(page)
        for sample in family.samples
        if sample.name.startswith(_OF_THE_CENTRE)
    }


class Expected:
    """Makes the series that one target should export."""

    def __init__(self, target: str) -> None:
        self._target = target

    def key(self, family: str, labels: Mapping[str, str]) -> Key:
        """Return the name and the labels of a series; the family's name is without its prefix."""
        return f"{PREFIX}{family}", frozenset({**labels, "target": self._target}.items())

    def values(
        self, families: Mapping[str, Callable[[T], float | None]], row: T, labels: Mapping[str, str]
    ) -> Iterator[Item]:
        """Yield a series for each family that the row has a value for."""
        for family, value_of in families.items():
            if (value := value_of(row)) is not None:
                yield self.key(family, labels), value

    def agent_state(self, labels: Mapping[str, str], state: str) -> Iterator[Item]:
        """Yield 1 for the state of an agent and 0 for every other state."""
        for other in AGENT_STATES:
            yield self.key("agent_state", {**labels, "state": other}), other == state

    def agents(self, counts: Counter[tuple[str, str, str]]) -> Iterator[Item]:
        """Yield the agents counted by group, state and reason, and 0 for every other state of a group.

        Args:
            counts: The number of agents by group, state and reason.
        """
        empty = {(group, state, "") for group, _, _ in counts for state in AGENT_STATES}
        for group, state, reason in {*counts, *empty}:
            yield (
                self.key("agents", {"group": group, "state": state, "reason": reason}),
                counts[group, state, reason],
            )
