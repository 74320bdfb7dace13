"""The series of an Asterisk target equal the ledger of the simulated contact centre, in every family."""

from collections import Counter
from collections.abc import Iterable, Iterator

import pytest

from exporter.cli.demo import demo_targets
from exporter.model import Agent, AgentState, Trunk
from exporter.simulator.agents import Agent as LiveAgent
from exporter.simulator.centre import Centre
from exporter.simulator.dialects.asterisk import Asterisk
from exporter.simulator.lines import Line
from exporter.simulator.scenarios import ScenarioName
from tests.support.ledger import HOUR, Expected, Item, Key, Series, polled, shown, standing

EXPECTED = Expected("utrecht")
# Asterisk has one way of being away.
REPORTED_AS: dict[AgentState, AgentState] = {"not_ready": "paused"}
COUNTED: tuple[AgentState, ...] = ("available", "ringing", "busy", "paused", "logged_out")


def truth(centre: Centre) -> Series:
    """Return every series that Asterisk provides but the times in a state, from the ledger."""
    agents = dict(zip(centre.floor.agents, centre.ledger.agents(), strict=True))
    phone = [line for line in centre.lines.values() if line.profile.channel == "voice"]
    return dict(
        [
            *(item for line in phone for item in _queue(line, centre, agents)),
            *_trunks(centre.ledger.trunks()),
            *_agents([truth for truth in agents.values() if any(row.channel == "voice" for row in truth.handled[:-1])]),
        ]
    )


def _state(agent: Agent) -> AgentState:
    return REPORTED_AS.get(agent.state, agent.state)


def _queue(line: Line, centre: Centre, agents: dict[LiveAgent, Agent]) -> Iterator[Item]:
    name, totals = line.profile.name, line.totals
    labels = {"queue_id": name, "queue": name, "channel": "voice"}
    members = {live: truth for live, truth in agents.items() if line.profile.skill in live.profile.skills}
    ringing = [live.contact for live in members if live.state == "ringing" and live.contact]
    waiting = [*(contact for contact in ringing if contact.line is line), *line.waiting]
    left = totals.abandoned + totals.abandoned_short + totals.overflowed
    values = {
        "queue_waiting_contacts": len(waiting),
        "queue_oldest_wait_seconds": max((centre.now - contact.offered for contact in waiting), default=0),
        "queue_active_contacts": line.active,
        "queue_staffed_agents": sum(truth.state != "logged_out" for truth in members.values()),
        "queue_service_level_target_seconds": line.profile.target_seconds,
        "queue_contacts_answered_total": totals.handled,
        "queue_contacts_abandoned_total": left,
    }
    if totals.handled:
        ratio = totals.answered_in_service_level / totals.answered
        values["queue_service_level_ratio"] = round(ratio, 3)
    if totals.handled or left:
        values["queue_estimated_wait_seconds"] = int(totals.answer_wait_seconds / max(1, totals.answered))
    for family, value in values.items():
        yield EXPECTED.key(family, labels), value
    for state, count in {**dict.fromkeys(COUNTED, 0), **Counter(map(_state, members.values()))}.items():
        yield EXPECTED.key("queue_agents", {**labels, "state": state}), count


def _trunks(trunks: Iterable[Trunk]) -> Iterator[Item]:
    for trunk in trunks:
        labels = {"trunk_id": trunk.name, "trunk": trunk.name}
        assert trunk.in_use_ports is not None
        yield EXPECTED.key("trunk_in_use_ports", labels), trunk.in_use_ports
        yield EXPECTED.key("trunk_registered", labels), 1


def _agents(agents: Iterable[Agent]) -> Iterator[Item]:
    counts: Counter[tuple[str, str, str]] = Counter()
    for agent in agents:
        state = _state(agent)
        labels = {"agent_id": f"PJSIP/{agent.id}", "agent": agent.name}
        counts["", state, agent.reason if state == "paused" else ""] += 1
        yield from EXPECTED.agent_state(labels, state)
        [taken] = [row.contacts for row in agent.handled if (row.channel, row.direction) == ("voice", "in")]
        yield EXPECTED.key("agent_contacts_handled_total", {**labels, "channel": "voice", "direction": "in"}), taken
    yield from EXPECTED.agents(counts)


def family_of(key: Key) -> str:
    return key[0].removeprefix("contactcenter_")


@pytest.mark.parametrize(
    ("seed", "until", "scenario"),
    [
        (1, 12 * HOUR, None),
        (2, 14.75 * HOUR, ScenarioName.SURGE),
    ],
)
async def test_every_asterisk_family_equals_the_ledger(seed: int, until: float, scenario: ScenarioName | None) -> None:
    driver = standing(seed, until, scenario)
    page = await polled(
        driver, [Asterisk()], lambda url: [each for each in demo_targets(url, every=True) if each.vendor == "asterisk"]
    )
    found = shown(page)
    apart = {"agent_time_in_state_seconds", "agent_active_contacts"}
    compared = {key: value for key, value in found.items() if family_of(key) not in apart}
    # Asterisk's percentages have one decimal place.
    assert compared == pytest.approx({key: float(value) for key, value in truth(driver.centre).items()}, abs=0.0006)
    ids = {f"PJSIP/{agent.id}": agent for agent in driver.centre.ledger.agents()}
    for (_, labels), seconds in ((key, value) for key, value in found.items() if family_of(key) in apart):
        agent = ids[dict(labels)["agent_id"]]
        if "channel" in dict(labels):
            assert seconds <= (agent.state == "busy")
        else:
            assert agent.state in {"paused", "not_ready", "wrap_up"}
            assert agent.time_in_state_seconds == pytest.approx(seconds, abs=5)
