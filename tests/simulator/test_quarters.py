"""Copies of the running totals at the end of every quarter of an hour."""

from itertools import pairwise

import pytest

from exporter.simulator import DEFAULT, Centre
from exporter.simulator.daytime import DAY, HOUR, QUARTER, next_quarter
from exporter.simulator.queue_totals import QueueTotals


@pytest.mark.parametrize(("moment", "end"), [(0, 900), (899.5, 900), (900, 1800), (DAY - 1, DAY), (DAY, DAY + 900)])
def test_quarter_ends_at_the_next_boundary(moment: float, end: float) -> None:
    assert next_quarter(moment) == end


@pytest.mark.parametrize("resolution", [0, 1])
def test_each_quarter_of_a_day_is_stored(resolution: float) -> None:
    centre = Centre(DEFAULT, seed=3, resolution=resolution)
    for moment in (0, 899, 900, 10 * HOUR, DAY - 1, DAY, DAY + QUARTER, DAY + 10 * HOUR):
        centre.advance(moment)
        quarters = int(moment % DAY // QUARTER)
        assert {len(line.quarters) for line in centre.lines.values()} == {quarters}


def test_stored_quarters_do_not_change() -> None:
    centre = Centre(DEFAULT, seed=3)
    centre.advance(12 * HOUR)
    for line in centre.lines.values():
        stands = [QueueTotals(), *line.quarters, line.totals]
        assert all(before.offered <= after.offered for before, after in pairwise(stands))
        assert stands[-2] is not line.totals
        longest = max(stand.longest_wait_of_quarter_seconds for stand in stands)
        assert longest == line.totals.longest_wait_seconds


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
