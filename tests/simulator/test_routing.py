"""Routing of single contacts in small centres."""

from dataclasses import replace
from typing import Any

from exporter.model import PortState, Queue
from exporter.simulator.centre import Centre
from exporter.simulator.daytime import HOUR
from exporter.simulator.profile import (
    AgentProfile,
    Break,
    Outbound,
    Overflow,
    Profile,
    QueueProfile,
    Ringing,
    Shift,
)
from tests.support.simulation import Always, agents, trunk

# So few that none arrives during these tests, which send contacts themselves.
NEVER = 1e-9
QUEUE = QueueProfile(id="q", name="Queue", skill="s", contacts_per_hour=NEVER, talk=Always(60))


def centre_of(*queues: QueueProfile, staff: tuple[AgentProfile, ...] = (), **habits: Any) -> Centre:  # noqa: ANN401 - fields of Profile
    profile = Profile(queues=queues, agents=staff, punctuality=Always(0))
    return Centre(replace(profile, **habits))


def arrive(centre: Centre, at: float, queue: str = "q") -> None:
    centre.advance(at)
    centre._router.arrive(centre.lines[queue])  # noqa: SLF001 - a contact on demand, not by chance


def port_state(centre: Centre) -> PortState:
    return centre.exchange.trunks["t"].ports[0].state


def seen(centre: Centre, at: float, queue: str = "q") -> Queue:
    centre.advance(at)
    return next(found for found in centre.ledger.queues() if found.id == queue)


def test_a_contact_is_answered_at_once_by_a_free_agent_and_wrapped_up() -> None:
    centre = centre_of(replace(QUEUE, wrap_up=Always(30)), staff=agents(1))
    arrive(centre, 10)
    assert seen(centre, 69).active_contacts == 1
    assert centre.ledger.agents()[0].active_contacts == {"voice": 1}
    assert seen(centre, 70).agents["wrap_up"] == 1
    queue = seen(centre, 100)
    assert (queue.talk_seconds, queue.handle_seconds, queue.answer_wait_seconds) == (60, 90, 0)
    assert (queue.average_talk_seconds, queue.average_wrap_up_seconds) == (60, 30)
    assert queue.service_level_ratio == 1


def test_long_wait_is_answered_outside_the_service_level() -> None:
    centre = centre_of(QUEUE, staff=agents(1))
    arrive(centre, 0)
    arrive(centre, 40)
    arrive(centre, 40)
    assert seen(centre, 59).waiting_contacts == 2
    assert seen(centre, 59).oldest_wait_seconds == 19
    queue = seen(centre, 200)
    assert (queue.contacts_answered, queue.contacts_answered_in_service_level) == (3, 2)
    assert queue.answer_wait_seconds == 20 + 80
    assert queue.max_wait_seconds == 80


def test_short_abandons_do_not_count_in_the_service_level() -> None:
    centre = centre_of(replace(QUEUE, patience=Always(5)), staff=agents(1))
    arrive(centre, 0)
    arrive(centre, 10)
    queue = seen(centre, 15)
    assert (queue.contacts_abandoned, queue.contacts_abandoned_short) == (0, 1)
    assert (queue.service_level_ratio, queue.answered_ratio) == (1, 0.5)
    assert queue.abandon_wait_seconds == 0


def test_a_long_wait_ends_in_an_abandonment() -> None:
    centre = centre_of(replace(QUEUE, patience=Always(50)))
    arrive(centre, 0)
    queue = seen(centre, 50)
    assert (queue.contacts_abandoned, queue.contacts_abandoned_short) == (1, 0)
    assert (queue.abandon_wait_seconds, queue.service_level_ratio) == (50, 0)


def test_wait_ages_are_cumulative() -> None:
    centre = centre_of(QUEUE)
    for moment in (0, 100, 200, 250):
        arrive(centre, moment)
    ages = seen(centre, 260).wait_ages
    assert ages is not None
    assert (ages.within_60_seconds, ages.within_180_seconds, ages.total) == (2, 3, 4)


def test_longest_idle_agent_and_longest_waiting_contact_are_first() -> None:
    other = replace(QUEUE, id="r")
    centre = centre_of(QUEUE, other, staff=agents(2))
    arrive(centre, 0)
    arrive(centre, 30)
    assert [agent.time_in_state_seconds for agent in centre.ledger.agents()] == [30, 0]
    arrive(centre, 40, "r")
    arrive(centre, 41)
    centre.advance(60)
    assert (len(centre.lines["r"].waiting), len(centre.lines["q"].waiting)) == (0, 1)


def test_a_lower_rank_is_served_first() -> None:
    urgent = replace(QUEUE, id="r", rank=-1)
    centre = centre_of(QUEUE, urgent, staff=agents(1))
    arrive(centre, 0)
    arrive(centre, 1)
    arrive(centre, 2, "r")
    centre.advance(60)
    assert (len(centre.lines["q"].waiting), len(centre.lines["r"].waiting)) == (1, 0)


def test_an_unanswered_contact_goes_back_to_the_head_and_the_agent_is_not_ready() -> None:
    ringing = Ringing(Always(3), 1.0, 15, "No answer", Always(40))
    centre = centre_of(QUEUE, staff=agents(1), ringing=ringing)
    arrive(centre, 0)
    arrive(centre, 1)
    assert seen(centre, 14).agents["ringing"] == 1
    queue = seen(centre, 15)
    assert (queue.contacts_redirected_on_no_answer, queue.ring_seconds) == (1, 15)
    assert (queue.waiting_contacts, queue.oldest_wait_seconds) == (2, 15)
    [agent] = centre.ledger.agents()
    assert (agent.state, agent.reason) == ("not_ready", "No answer")
    assert centre.lines["q"].waiting[0].offered == 0
    assert seen(centre, 55).agents["ringing"] == 1


def test_caller_may_abandon_while_ringing() -> None:
    ringing = Ringing(Always(10), 0.0, 15, "No answer", Always(40))
    centre = centre_of(replace(QUEUE, patience=Always(8)), staff=agents(1), ringing=ringing)
    arrive(centre, 0)
    queue = seen(centre, 8)
    assert (queue.contacts_abandoned, queue.ring_seconds, queue.agents["available"]) == (1, 8, 1)


def test_overflow_after_a_wait_and_when_too_long() -> None:
    overflowing = replace(QUEUE, overflow=Overflow("r", after_seconds=30, length=1))
    centre = centre_of(overflowing, replace(QUEUE, id="r", overflow=Overflow("q", 30, 1)))
    arrive(centre, 0)
    arrive(centre, 10)
    assert (seen(centre, 10).contacts_overflowed, seen(centre, 10, "r").contacts_offered) == (1, 1)
    assert (seen(centre, 30).contacts_overflowed, seen(centre, 30).waiting_contacts) == (2, 0)
    later = seen(centre, 500, "r")
    assert (later.contacts_overflowed, later.waiting_contacts) == (0, 2)


def test_transfer_restarts_the_wait_and_may_escalate() -> None:
    source = replace(QUEUE, transfer_share=1.0, transfer_to=("r",))
    target = replace(QUEUE, id="r", skill="second", second_line=True, patience=Always(20))
    centre = centre_of(source, target, staff=agents(1))
    arrive(centre, 0)
    queue = seen(centre, 60)
    assert (queue.contacts_transferred, queue.contacts_escalated) == (1, 1)
    assert seen(centre, 79, "r").waiting_contacts == 1
    assert seen(centre, 80, "r").contacts_abandoned == 1


def test_a_hold_is_handle_time_but_not_talk_time() -> None:
    held = replace(QUEUE, hold_share=1.0, hold=Always(25), trunks=("t",))
    centre = centre_of(held, staff=agents(1), trunks=(trunk(1),))
    arrive(centre, 0)
    states = set()
    for moment in range(84):
        centre.advance(moment)
        states.add(port_state(centre))
    queue = seen(centre, 85)
    assert (queue.contacts_held, queue.talk_seconds, queue.handle_seconds) == (1, 60, 85)
    assert states == {"connected", "held"}
    assert port_state(centre) == "idle"


def test_a_call_without_an_idle_port_is_blocked_and_never_offered() -> None:
    centre = centre_of(replace(QUEUE, trunks=("t",)), trunks=(trunk(1),), greeting=Always(5))
    arrive(centre, 0)
    assert port_state(centre) == "seized"
    arrive(centre, 5)
    assert port_state(centre) == "queued"
    assert centre.ledger.totals("q").blocked == 1
    assert seen(centre, 20).contacts_offered == 1


def test_closed_queue_rejects_contacts() -> None:
    centre = centre_of(replace(QUEUE, opens=8, closes=18))
    for hour in (7, 8, 17, 18):
        arrive(centre, hour * HOUR)
    queue = seen(centre, 18 * HOUR)
    assert (queue.contacts_rejected_closed, queue.contacts_offered) == (2, 2)


def test_agents_follow_their_shift_and_finish_their_contact() -> None:
    centre = centre_of(QUEUE, staff=agents(1, shift=Shift(8, 4)))
    for hours, staffed in ((7, 0), (9, 1), (13, 0), (33, 1)):
        assert seen(centre, hours * HOUR).staffed_agents == staffed
    arrive(centre, 36 * HOUR - 10)
    [agent] = centre.floor.agents
    assert agent.logged_in == 32 * HOUR
    assert seen(centre, 36 * HOUR + 40).agents["busy"] == 1
    assert seen(centre, 36 * HOUR + 50).staffed_agents == 0
    assert agent.logged_in is None


def test_night_shift_is_logged_in_from_the_start() -> None:
    centre = centre_of(QUEUE, staff=agents(1, shift=Shift(22, 8)))
    for hours, staffed in ((0, 1), (5, 1), (7, 0), (23, 1), (29, 1), (31, 0)):
        assert seen(centre, hours * HOUR).staffed_agents == staffed


def test_a_break_waits_for_the_end_of_a_contact() -> None:
    breaks = (Break("Lunch", "paused", Always(600)),)
    centre = centre_of(QUEUE, staff=agents(1), break_every=Always(1000), breaks=breaks)
    arrive(centre, 970)
    assert seen(centre, 1029).agents["busy"] == 1
    centre.advance(1030)
    [agent] = centre.ledger.agents()
    assert (agent.state, agent.reason) == ("paused", "Lunch")
    assert seen(centre, 1630).agents["available"] == 1


def test_an_idle_agent_may_place_a_call() -> None:
    outbound = Outbound(1.0, ("t",), Always(10), Always(50), Always(20))
    breaks = (Break("Break", "paused", Always(5)),)
    centre = centre_of(
        QUEUE,
        staff=agents(1),
        trunks=(trunk(1),),
        outbound=outbound,
        break_every=Always(100),
        breaks=breaks,
    )
    states = []
    for moment in (5, 15, 65, 85):
        centre.advance(moment)
        states.append((centre.floor.agents[0].state, port_state(centre)))
    assert states[:3] == [("busy", "seized"), ("busy", "connected"), ("wrap_up", "idle")]
    [agent] = centre.ledger.agents()
    assert [(part.direction, part.contacts) for part in agent.handled] == [("in", 0), ("out", 1)]


def test_the_estimated_wait_is_none_without_agents_and_0_with_a_free_one() -> None:
    assert seen(centre_of(QUEUE), 0).estimated_wait_seconds is None
    centre = centre_of(QUEUE, staff=agents(2))
    assert seen(centre, 0).estimated_wait_seconds == 0
    for moment in (0, 60, 120, 120, 120):
        arrive(centre, moment)
    assert seen(centre, 121).estimated_wait_seconds == round(2 * 60 / 2)
