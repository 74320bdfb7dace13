"""Fault scenarios and the recovery from them."""

import pytest

from exporter.simulator import Centre, ScenarioName, working_day
from exporter.simulator.daytime import HOUR


@pytest.fixture
def centre() -> Centre:
    return working_day()


def offered(centre: Centre) -> float:
    return sum(queue.contacts_offered or 0 for queue in centre.ledger.queues())


def waiting(centre: Centre) -> float:
    return sum(queue.waiting_contacts or 0 for queue in centre.ledger.queues() if queue.channel == "voice")


def staffed(centre: Centre, queue_id: str) -> float:
    return next(queue.staffed_agents or 0 for queue in centre.ledger.queues() if queue.id == queue_id)


def test_every_scenario_has_a_description(centre: Centre) -> None:
    assert [scenario.name for scenario in centre.scenarios.values()] == list(ScenarioName)
    for scenario in centre.scenarios.values():
        assert scenario.meaning.endswith(".")
        assert not scenario.active


def test_surge_multiplies_arrivals_until_it_ends(centre: Centre) -> None:
    other = working_day()
    centre.scenarios[ScenarioName.SURGE].on()
    before = offered(centre)
    for each in (centre, other):
        each.advance(11.5 * HOUR)
    usual, surged = offered(other) - before, offered(centre) - before
    assert 2 * usual < surged
    assert waiting(centre) > waiting(other) + 20
    assert sum(line.totals.blocked for line in centre.lines.values()) > 0
    centre.scenarios[ScenarioName.SURGE].off()
    centre.advance(14 * HOUR)
    calm = offered(centre)
    centre.advance(15 * HOUR)
    assert offered(centre) - calm < 1.5 * usual
    assert waiting(centre) < 10


def test_understaffed_logs_agents_out_and_in_again(centre: Centre) -> None:
    scenario = centre.scenarios[ScenarioName.UNDERSTAFFED]
    before = staffed(centre, "1001")
    scenario.on()
    centre.advance(11 * HOUR)
    assert staffed(centre, "1001") <= before / 3
    assert waiting(centre) > 5
    scenario.off()
    assert staffed(centre, "1001") == before
    centre.advance(12 * HOUR)
    assert waiting(centre) < 5


def test_understaffed_does_not_log_in_agents_off_shift(centre: Centre) -> None:
    scenario = centre.scenarios[ScenarioName.UNDERSTAFFED]
    scenario.on()
    centre.advance(23.5 * HOUR)
    scenario.off()
    assert staffed(centre, "1001") == 0


def test_trunk_fault_disables_ports_after_their_calls_and_recovers(centre: Centre) -> None:
    scenario = centre.scenarios[ScenarioName.TRUNK_FAULT]
    trunk = centre.exchange.trunks["1"]
    calls = {port.id for port in trunk.ports if port.call is not None}
    scenario.on()
    assert {port.id for port in trunk.ports if port.call is not None} == calls
    centre.advance(12 * HOUR)
    assert sum(port.state == "fault" for port in trunk.ports) == 24
    scenario.off()
    assert sum(port.state == "fault" for port in trunk.ports) <= 2
    centre.advance(13 * HOUR)
    assert sum(port.call is not None for port in trunk.ports) > 0


def test_switching_twice_is_switching_once(centre: Centre) -> None:
    for scenario in centre.scenarios.values():
        scenario.off()
        scenario.on()
        scenario.on()
        assert scenario.active
        scenario.off()
        scenario.off()
        assert not scenario.active
    assert sum(port.state == "fault" for port in centre.exchange.trunks["1"].ports) <= 2


def test_api_outage_does_not_affect_the_centre(centre: Centre) -> None:
    other = working_day()
    centre.scenarios[ScenarioName.API_OUTAGE].on()
    for each in (centre, other):
        each.advance(12 * HOUR)
    assert centre.ledger.queues() == other.ledger.queues()


def test_scenario_does_not_change_unrelated_randomness(centre: Centre) -> None:
    other = working_day()
    for name in (ScenarioName.SURGE, ScenarioName.UNDERSTAFFED, ScenarioName.TRUNK_FAULT):
        centre.scenarios[name].on()
        centre.advance(centre.now + HOUR)
        centre.scenarios[name].off()
    centre.scenarios[ScenarioName.UNDERSTAFFED].on()
    before = [line.totals.offered for line in centre.lines.values()]
    other.advance(centre.now)
    known = [line.totals.offered for line in other.lines.values()]
    for each in (centre, other):
        each.advance(18 * HOUR)
    # No contact is transferred or overflows to the chat and e-mail queues, so all their contacts are arrivals.
    for number, earlier, earlier_known in list(zip(centre.lines, before, known, strict=True))[-2:]:
        offered_since = centre.lines[number].totals.offered - earlier
        assert offered_since == other.lines[number].totals.offered - earlier_known
