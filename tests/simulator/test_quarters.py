"""The totals of each quarter of an hour, of the contacts that were offered in it."""

import pytest

from exporter.simulator import DEFAULT, Centre
from exporter.simulator.daytime import DAY, HOUR, next_quarter
from exporter.simulator.lines import Line


@pytest.mark.parametrize(("moment", "end"), [(0, 900), (899.5, 900), (900, 1800), (DAY - 1, DAY), (DAY, DAY + 900)])
def test_quarter_ends_at_the_next_boundary(moment: float, end: float) -> None:
    assert next_quarter(moment) == end


@pytest.mark.parametrize("resolution", [0, 1])
def test_the_quarters_of_the_first_day_add_up_to_its_totals(resolution: float) -> None:
    centre = Centre(DEFAULT, seed=3, resolution=resolution)
    for moment in (899, 10 * HOUR, DAY - 1):
        centre.advance(moment)
        for line in centre.lines.values():
            quarters = line.arrivals.values()
            for name in ("offered", "answered", "abandoned", "overflowed", "rejected_closed", "handled"):
                assert sum(getattr(quarter, name) for quarter in quarters) == getattr(line.totals, name)
            assert sum(quarter.handle_seconds for quarter in quarters) == pytest.approx(line.totals.handle_seconds)
            assert max((quarter.longest_wait_seconds for quarter in quarters), default=0) == (
                line.totals.longest_wait_seconds
            )


def test_quarters_are_kept_for_36_hours_and_count_later_answers() -> None:
    centre = Centre(DEFAULT, seed=3)
    centre.advance(12 * HOUR)
    unanswered = {line: sum(q.offered - q.answered for q in line.arrivals.values()) for line in centre.lines.values()}
    centre.advance(20 * HOUR)
    late = [line for line, count in unanswered.items() if _unanswered_before(line, 12 * HOUR) < count]
    assert late
    centre.advance(60 * HOUR)
    assert min(min(line.arrivals) for line in centre.lines.values()) >= 24 * HOUR


def _unanswered_before(line: Line, moment: float) -> int:
    quarters = [quarter for began, quarter in line.arrivals.items() if began < moment]
    return sum(quarter.offered - quarter.answered for quarter in quarters)


def test_contact_keeps_its_first_queue() -> None:
    centre = Centre(DEFAULT, seed=3)
    moved = 0
    for moment in range(int(9 * HOUR), int(16 * HOUR), 120):
        centre.advance(moment)
        contacts = [agent.contact for agent in centre.floor.agents if agent.contact]
        contacts += [contact for line in centre.lines.values() for contact in line.waiting]
        assert all((contact.origin is None) == (contact.line is None) for contact in contacts)
        moved += sum(contact.origin is not contact.line for contact in contacts)
    assert moved


def test_time_at_work_starts_at_login_or_after_an_absence() -> None:
    centre = Centre(DEFAULT, seed=3)
    for moment in range(int(9 * HOUR), int(16 * HOUR), 300):
        centre.advance(moment)
        for agent in centre.floor.agents:
            away = agent.state in {"logged_out", "not_ready", "paused"}
            assert (agent.at_work_since is None) == away
            assert agent.at_work_since is None or agent.at_work_since <= agent.since
