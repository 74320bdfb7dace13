"""What the agents did: periods that add up to the time in each state and to the single contacts."""

import pytest

from exporter.simulator import DEFAULT, Centre
from exporter.simulator.daytime import DAY, HOUR


@pytest.fixture(scope="module")
def day() -> Centre:
    centre = Centre(DEFAULT, seed=3)
    centre.advance(DAY - 1)
    return centre


@pytest.mark.slow
def test_periods_and_the_current_states_add_up_to_the_time_in_each_state(day: Centre) -> None:
    for agent in day.floor.agents:
        truth = next(each for each in day.ledger.agents() if each.id == agent.profile.id)
        for state in ("busy", "wrap_up", "paused", "not_ready"):
            ended = sum(
                period.ended - period.began
                for period in day.floor.statuses
                if period.agent is agent.profile and period.activity == state
            )
            current = day.now - agent.since if agent.state == state else 0
            assert ended + current == truth.state_totals[state]


def test_conversations_are_those_of_the_contacts(day: Centre) -> None:
    inbound = {
        period.record.id: period
        for period in day.floor.statuses
        if period.activity == "busy" and period.record is not None and period.record.direction == "in"
    }
    ended = [each for each in day.ledger.contacts() if each.queue and each.connected and each.disconnected]
    assert len(inbound) == len(ended) > 1000
    for record in ended:
        period = inbound[record.id]
        assert (period.began, period.ended, period.agent) == (record.connected, record.disconnected, record.agent)


def test_a_wrap_up_is_of_the_contact_before_it_even_if_that_was_transferred(day: Centre) -> None:
    wrap_ups = [period for period in day.floor.statuses if period.activity == "wrap_up"]
    assert len(wrap_ups) > 1000
    for period in wrap_ups:
        assert period.record is not None
        assert (period.began, period.ended) == (period.record.wrap_up_began, period.record.wrap_up_ended)


def test_absences_have_their_reasons_and_logins_include_all_states(day: Centre) -> None:
    reasons = {(period.activity, period.reason) for period in day.floor.statuses if period.reason}
    assert {("paused", "Lunch"), ("not_ready", "Coaching"), ("not_ready", "No answer")} <= reasons
    logins = [period for period in day.floor.statuses if period.activity == "logged_in"]
    assert logins
    for login in logins:
        inside = [each for each in day.floor.statuses if each.agent is login.agent and each.ended <= login.ended]
        assert min(each.began for each in inside) >= login.began


@pytest.mark.slow
def test_periods_are_in_the_order_of_their_ends_and_kept_for_36_hours() -> None:
    centre = Centre(DEFAULT, seed=3)
    centre.advance(DAY)
    first_day = len(list(centre.floor.statuses))
    centre.advance(2.5 * DAY)
    ends = [period.ended for period in centre.floor.statuses]
    assert ends == sorted(ends)
    assert ends[0] >= DAY - HOUR / 4
    assert len(ends) < 2 * first_day
