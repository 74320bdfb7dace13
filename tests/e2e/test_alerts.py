"""Notified and inhibited alerts of each scenario, in concurrently running contact centres."""

import asyncio
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import pytest

from exporter.simulator.scenarios import ScenarioName
from tests.support.places import PLACES, QUEUE
from tests.support.programs import eventually
from tests.support.timelapse import Chain, Notified, chain

pytestmark = pytest.mark.slow

# Long enough for a busy machine; the tests usually wait much less.
_TIMEOUT_SECONDS = 300

KPN, SINCH, BRIGHTPATTERN = "kpn", "sinch", "brightpattern"


class Expected(NamedTuple):
    """The alerts expected from a scenario, and from no other.

    Attributes:
        notified: Alerts notified while the scenario lasts.
        inhibited: Alerts that fire but are inhibited, because their cause is notified.
        later: Alerts notified after the scenario has ended but its effects have not.
        possible: Alerts that may be notified too: consequences that depend on how long the scenario lasts, and
            inhibited alerts whose figure takes a while to pass from their threshold to that of the alert that inhibits
            them, or back.
    """

    notified: frozenset[Notified]
    inhibited: frozenset[Notified]
    later: frozenset[Notified] = frozenset()
    possible: frozenset[Notified] = frozenset()

    def missing(self, notified: set[Notified], inhibited: set[Notified]) -> frozenset[Notified]:
        """Return the expected alerts that are missing while the scenario lasts."""
        return (self.notified - notified) | (self.inhibited - inhibited)


class Outcome(NamedTuple):
    """The observed alerts of a scenario.

    Attributes:
        notified: Alerts that were notified.
        inhibited: Alerts that were inhibited while the scenario lasted.
        unresolved: Alerts without a resolved notification.
    """

    notified: frozenset[Notified]
    inhibited: frozenset[Notified]
    unresolved: frozenset[Notified]


def alerts(scenario: str, names: Iterable[str], vendors: Iterable[str], queue: str = "") -> frozenset[Notified]:
    """Return alerts on a scenario's targets, each given as name and severity."""
    pairs = [name.split() for name in names]
    return frozenset(
        Notified(name, severity, f"{scenario} {vendor}", queue) for name, severity in pairs for vendor in vendors
    )


def of_queue(scenario: str, *names: str, vendors: Iterable[str] = (KPN, SINCH)) -> frozenset[Notified]:
    return alerts(scenario, names, vendors, QUEUE)


SCENARIOS = {
    "trunk-fault": Expected(
        alerts("trunk-fault", ["TrunkPortsInFault critical", "TrunkNoIdlePort critical"], [KPN]),
        alerts(
            "trunk-fault",
            ["TrunkPortsInFault warning", "TrunkNearCapacity critical", "TrunkNearCapacity warning"],
            [KPN],
        ),
        # Usage falls gradually once ports are repaired.
        possible=alerts("trunk-fault", ["TrunkNearCapacity critical", "TrunkNearCapacity warning"], [KPN]),
    ),
    "api-outage": Expected(
        alerts("api-outage", ["TargetDown critical", "NoCurrentFigures critical"], [KPN, BRIGHTPATTERN]),
        alerts("api-outage", ["ResourceDown warning", "DataStale warning", "DataStale critical"], [KPN, BRIGHTPATTERN]),
    ),
    "understaffed": Expected(
        of_queue("understaffed", "NobodyServing critical", "OldestWaitHigh critical", "WaitingContactsHigh critical"),
        of_queue(
            "understaffed",
            "NobodyAvailable warning",
            "FreeAgentsLow warning",
            "ServingAgentsLow critical",
            "OldestWaitHigh warning",
            "WaitingContactsHigh warning",
        ),
        # The agents who return serve the contacts that have waited too long.
        possible=of_queue(
            "understaffed",
            "ErrorBudgetBurn critical",
            "ErrorBudgetBurn warning",
            "ErrorBudgetBurn info",
            "ServiceLevelLow critical",
            "ServiceLevelLow warning",
            "FreeAgentsLow warning",
            "NobodyAvailable warning",
        ),
    ),
    "surge": Expected(
        of_queue(
            "surge",
            "OldestWaitHigh critical",
            "WaitingContactsHigh critical",
            "NobodyAvailable warning",
            "FreeAgentsLow warning",
            "ErrorBudgetBurn critical",
        )
        | of_queue("surge", "AbandonmentHigh critical", vendors=[SINCH]),
        of_queue(
            "surge",
            "OldestWaitHigh warning",
            "WaitingContactsHigh warning",
            "ErrorBudgetBurn warning",
            "ErrorBudgetBurn info",
            "ServiceLevelLow critical",
            "ServiceLevelLow warning",
        )
        | of_queue("surge", "AbandonmentHigh warning", vendors=[SINCH]),
        # The surge is over, but the windows of half an hour and more still contain it.
        of_queue(
            "surge",
            "ErrorBudgetBurn warning",
            "ErrorBudgetBurn info",
            "ServiceLevelLow critical",
        ),
        # The shares of abandoned and of late contacts rise and fall at random. After more than two hours of sixty times
        # the usual traffic, the usual few contacts in a quarter of an hour look like none.
        of_queue("surge", "AbandonmentHigh warning", vendors=[SINCH])
        | of_queue("surge", "ServiceLevelLow warning")
        | alerts("surge", ["InboundDead critical"], [KPN, SINCH]),
    ),
}


async def run_scenarios(folder: Path) -> tuple[dict[str, Outcome], set[Notified]]:
    """Run every scenario in its own contact centre; return the outcome of each, and all notified alerts."""
    async with chain(folder) as running:
        await _settle(running)
        inhibited = await asyncio.gather(
            *(_run_scenario(running, ScenarioName(name), expected) for name, expected in SCENARIOS.items())
        )
        notified, unresolved = running.ever_fired(), running.firing()
    found = {
        name: Outcome(frozenset(_of(name, notified)), each, frozenset(_of(name, unresolved)))
        for name, each in zip(SCENARIOS, inhibited, strict=True)
    }
    return found, notified


def _of(scenario: str, alerts: Iterable[Notified]) -> Iterator[Notified]:
    return (each for each in alerts if each.target.split(" ")[0] == scenario)


async def _settle(running: Chain) -> None:
    """Wait until every target is polled and scraped, and discard the alerts of the start."""

    async def settled() -> bool | None:
        up = await running.query("count by (target) (min by (target, resource) (contactcenter_up) == 1)")
        firing = await running.query('ALERTS{alertname!="ContactCenterWatchdog"}')
        return (len(up) == 2 * len(PLACES) and not firing and not running.firing()) or None

    await eventually(settled, _TIMEOUT_SECONDS)
    running.notifications.clear()


async def _run_scenario(running: Chain, name: ScenarioName, expected: Expected) -> frozenset[Notified]:
    """Run a scenario until all its alerts are notified, and end it; return the inhibited alerts."""
    scenario = running.places[name].centre.scenarios[name]
    inhibited: set[Notified] = set()

    async def complete() -> bool | None:
        inhibited.update(_of(name, await running.inhibited()))
        return (expected.notified <= running.ever_fired() and expected.inhibited <= inhibited) or None

    async def over() -> bool | None:
        return (expected.later <= running.ever_fired() and not set(_of(name, running.firing()))) or None

    scenario.on()
    with _explained(
        f"{name}: not notified or not inhibited", lambda: expected.missing(running.ever_fired(), inhibited)
    ):
        await eventually(complete, _TIMEOUT_SECONDS)
    scenario.off()
    with _explained(f"{name}: still firing", lambda: frozenset(_of(name, running.firing()))):
        await eventually(over, _TIMEOUT_SECONDS)
    return frozenset(inhibited)


@contextmanager
def _explained(what: str, which: Callable[[], frozenset[Notified]]) -> Iterator[None]:
    try:
        yield
    except TimeoutError as error:
        error.add_note(f"{what}: {sorted(which())}")
        raise


@pytest.fixture(scope="module")
def observed(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, Outcome], set[Notified]]:
    return asyncio.run(run_scenarios(tmp_path_factory.mktemp("chain")))


@pytest.mark.parametrize("name", SCENARIOS)
def test_exactly_the_expected_alerts_are_notified_and_resolved(
    observed: tuple[dict[str, Outcome], set[Notified]], name: str
) -> None:
    found, expected = observed[0][name], SCENARIOS[name]
    assert found.notified - expected.possible == expected.notified | expected.later
    assert found.inhibited - expected.possible == expected.inhibited - expected.possible
    assert not found.unresolved


def test_no_other_alert_is_notified(observed: tuple[dict[str, Outcome], set[Notified]]) -> None:
    expected = {each for scenario in SCENARIOS.values() for each in scenario.notified | scenario.later}
    possible = {each for scenario in SCENARIOS.values() for each in scenario.possible}
    assert observed[1] - possible == expected
