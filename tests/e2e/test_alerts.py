"""Who is told of what while a scenario lasts, and of what nobody is: in five contact centres at once."""

import asyncio
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from exporter.simulator.scenarios import ScenarioName
from tests.support.places import PLACES, QUEUE
from tests.support.programs import eventually
from tests.support.timelapse import Chain, Told, chain

pytestmark = pytest.mark.slow

# Long enough for a busy machine; what is waited for comes much sooner.
_PATIENCE_SECONDS = 300

KPN, SINCH, BRIGHTPATTERN = "kpn", "sinch", "brightpattern"


class Story(NamedTuple):
    """What a scenario leads to, and nothing else does.

    Attributes:
        told: What people are told of while it lasts.
        silenced: What fires too, and what they are spared of because they know the cause.
        later: What they are told of when the cause is over and its effects are not.
    """

    told: frozenset[Told]
    silenced: frozenset[Told]
    later: frozenset[Told] = frozenset()


class Outcome(NamedTuple):
    """What came of a scenario.

    Attributes:
        told: Everything people were told of.
        silenced: Everything they were spared of while it lasted.
        left: What they were not told the end of.
    """

    told: frozenset[Told]
    silenced: frozenset[Told]
    left: frozenset[Told]


def alerts(scenario: str, names: Iterable[str], vendors: Iterable[str], queue: str = "") -> frozenset[Told]:
    """Return alerts of a scenario's targets, each given as its name and severity."""
    pairs = [name.split() for name in names]
    return frozenset(
        Told(name, severity, f"{scenario} {vendor}", queue) for name, severity in pairs for vendor in vendors
    )


def of_queue(scenario: str, *names: str, vendors: Iterable[str] = (KPN, SINCH)) -> frozenset[Told]:
    return alerts(scenario, names, vendors, QUEUE)


STORIES = {
    "trunk-fault": Story(
        alerts("trunk-fault", ["TrunkPortsInFault critical", "TrunkNoIdlePort critical"], [KPN]),
        alerts("trunk-fault", ["TrunkPortsInFault warning"], [KPN]),
    ),
    "api-outage": Story(
        alerts("api-outage", ["TargetDown critical"], [KPN, BRIGHTPATTERN]),
        alerts("api-outage", ["ResourceDown warning", "DataStale warning", "DataStale critical"], [KPN, BRIGHTPATTERN]),
    ),
    "understaffed": Story(
        of_queue("understaffed", "NobodyServing critical", "OldestWaitHigh critical", "WaitingContactsHigh critical"),
        of_queue(
            "understaffed",
            "NobodyAvailable warning",
            "FreeAgentsLow warning",
            "ServingAgentsLow critical",
            "OldestWaitHigh warning",
            "WaitingContactsHigh warning",
        ),
    ),
    "surge": Story(
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
        # The budget burns no more, but much of it has burnt in the last half hour, and in the last hour.
        of_queue(
            "surge",
            "ErrorBudgetBurn warning",
            "ErrorBudgetBurn info",
            "ServiceLevelLow critical",
            "ServiceLevelLow warning",
        ),
    ),
}


async def live_through(folder: Path) -> tuple[dict[str, Outcome], set[Told]]:
    """Let every scenario happen in a contact centre of its own; return what came of each, and all that was told."""
    async with chain(folder) as running:
        await _settle(running)
        silenced = await asyncio.gather(
            *(_happen(running, ScenarioName(name), story) for name, story in STORIES.items())
        )
        told, left = running.ever_fired(), running.firing()
    found = {
        name: Outcome(frozenset(_of(name, told)), spared, frozenset(_of(name, left)))
        for name, spared in zip(STORIES, silenced, strict=True)
    }
    return found, told


def _of(scenario: str, told: Iterable[Told]) -> Iterator[Told]:
    return (each for each in told if each.target.split(" ")[0] == scenario)


async def _settle(running: Chain) -> None:
    """Wait until everything is polled and scraped; for a moment of theirs nobody had scraped the exporter."""

    async def settled() -> bool | None:
        up = await running.ask("count by (target) (min by (target, resource) (contactcenter_up) == 1)")
        firing = await running.ask('ALERTS{alertname!=""}')
        return (len(up) == 2 * len(PLACES) and not firing and not running.firing()) or None

    await eventually(settled, _PATIENCE_SECONDS)
    running.told.clear()


async def _happen(running: Chain, name: ScenarioName, story: Story) -> frozenset[Told]:
    """Let a scenario happen until all is told, and then be over; return what people were spared of."""
    scenario = running.places[name].centre.scenarios[name]
    silenced: set[Told] = set()

    async def at_its_height() -> bool | None:
        silenced.update(_of(name, await running.silenced()))
        return (story.told <= running.ever_fired() and story.silenced <= silenced) or None

    async def over() -> bool | None:
        return (story.later <= running.ever_fired() and not set(_of(name, running.firing()))) or None

    scenario.on()
    await eventually(at_its_height, _PATIENCE_SECONDS)
    scenario.off()
    await eventually(over, _PATIENCE_SECONDS)
    return frozenset(silenced)


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, Outcome], set[Told]]:
    return asyncio.run(live_through(tmp_path_factory.mktemp("chain")))


@pytest.mark.parametrize("name", STORIES)
def test_people_are_told_exactly_what_a_scenario_leads_to_and_when_it_is_over(
    lived: tuple[dict[str, Outcome], set[Told]], name: str
) -> None:
    found, story = lived[0][name], STORIES[name]
    assert found.told == story.told | story.later
    assert found.silenced == story.silenced
    assert not found.left


def test_nobody_is_told_of_anything_else(lived: tuple[dict[str, Outcome], set[Told]]) -> None:
    told = lived[1]
    assert told == {each for story in STORIES.values() for each in story.told | story.later}
