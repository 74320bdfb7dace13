import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tests.e2e.programs import eventually
from tests.e2e.timelapse import Chain, chain

# Long enough for a busy machine; what is waited for comes much sooner.
_PATIENCE_SECONDS = 180
# So long it is seen that nobody is told of what is silenced; several times Alertmanager's group_interval.
_WHILE_SECONDS = 5

Told = tuple[str, str, str]


class Story(NamedTuple):
    """What people are told while a scenario lasts.

    Attributes:
        scenario: The scenario.
        told: What they must be told of, and then of its end: alert, severity and target.
        silenced: What fires too, and what they are spared of because they know the cause.
        unrelated: Alerts that would send somebody to the wrong place.
    """

    scenario: str
    told: frozenset[Told]
    silenced: frozenset[Told]
    unrelated: frozenset[str]


FLOOR = frozenset({"OldestWaitHigh", "WaitingContactsHigh", "NobodyServing", "NobodyAvailable", "ServingAgentsLow"})
POLLING = frozenset(
    {"ExporterDown", "TargetDown", "ResourceDown", "ResourceFlapping", "DataStale", "SignInFailing", "Throttled"}
)

TRUNK_FAULT = Story(
    "trunk-fault",
    frozenset({("TrunkPortsInFault", "critical", "amsterdam"), ("TrunkNoIdlePort", "critical", "amsterdam")}),
    frozenset({("TrunkPortsInFault", "warning", "amsterdam")}),
    POLLING | {"NobodyServing"},
)
API_OUTAGE = Story(
    "api-outage",
    frozenset({("TargetDown", "critical", "amsterdam"), ("TargetDown", "critical", "helsinki")}),
    frozenset({("ResourceDown", "warning", "amsterdam"), ("DataStale", "warning", "helsinki")}),
    FLOOR | {"ExporterDown", "ResourceFlapping", "SignInFailing", "Throttled"},
)
# Only Sinch publishes thresholds of serving agents.
UNDERSTAFFED = Story(
    "understaffed",
    frozenset({("ServingAgentsLow", "warning", "helsinki"), ("NobodyAvailable", "warning", "amsterdam")}),
    frozenset(),
    POLLING | {"NobodyServing"},
)
SURGE = Story(
    "surge",
    frozenset(
        {
            ("OldestWaitHigh", "warning", "amsterdam"),
            ("OldestWaitHigh", "critical", "helsinki"),
            ("AbandonmentHigh", "critical", "helsinki"),
        }
    ),
    frozenset({("AbandonmentHigh", "warning", "helsinki")}),
    POLLING | {"NobodyServing", "ServingAgentsLow"},
)


@pytest.fixture
async def running(tmp_path: Path) -> AsyncIterator[Chain]:
    async with chain(tmp_path) as started:

        async def settled() -> bool | None:
            seen = await started.ask("count by (target) (contactcenter_up == 1)")
            # Prometheus has just started: for a moment of theirs nobody had scraped the exporter.
            gone = await started.ask('ALERTS{alertname="ContactCenterExporterDown"}')
            known = {_brief(each)[0] for each in await started.alerts()}
            return (len(seen) == 2 and not gone and "ExporterDown" not in known) or None

        await eventually(settled, _PATIENCE_SECONDS)
        started.told.clear()
        yield started


@pytest.mark.parametrize("story", [TRUNK_FAULT, API_OUTAGE, UNDERSTAFFED, SURGE], ids=lambda story: story.scenario)
async def test_a_scenario_tells_people_what_is_wrong_and_when_it_is_over(running: Chain, story: Story) -> None:
    await running.switch(story.scenario, on=True)

    async def told() -> bool | None:
        return story.told <= running.ever_fired() or None

    async def silenced() -> bool | None:
        return story.silenced <= {_brief(each) for each in await running.alerts() if _inhibited(each)} or None

    await eventually(told, _PATIENCE_SECONDS)
    await eventually(silenced, _PATIENCE_SECONDS)
    spared = {_labels(each) for each in await running.alerts() if _inhibited(each)}
    before = len(running.told)
    await asyncio.sleep(_WHILE_SECONDS)
    meanwhile = {_labels(alert) for _, alert in running.told[before:] if alert["status"] == "firing"}
    await running.switch(story.scenario, on=False)

    async def over() -> bool | None:
        return not story.told & running.firing() or None

    await eventually(over, _PATIENCE_SECONDS)
    assert not {name for name, _, _ in running.ever_fired()} & story.unrelated
    assert not {labels for labels in spared & meanwhile if dict(labels)["alertname"] in _names(story.silenced)}


def _names(told: frozenset[Told]) -> set[str]:
    return {f"ContactCenter{name}" for name, _, _ in told}


def _inhibited(alert: dict[str, Any]) -> bool:
    return bool(alert["status"]["inhibitedBy"])


def _brief(alert: dict[str, Any]) -> Told:
    labels = alert["labels"]
    return labels["alertname"].removeprefix("ContactCenter"), labels["severity"], labels.get("target", "")


def _labels(alert: dict[str, Any]) -> frozenset[tuple[str, str]]:
    return frozenset(alert["labels"].items())
