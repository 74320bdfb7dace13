"""Single contacts: they add up to the totals of the queues, a transfer begins a new record, and 36 hours are kept."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace

import pytest

from exporter.simulator import DEFAULT, Centre, ScenarioName
from exporter.simulator.contact_log import ContactRecord
from exporter.simulator.daytime import DAY, HOUR
from tests.support.simulation import Always


def surged(until: float, seed: int = 1) -> Centre:
    """Return a centre with more calls than its agents can take: calls overflow and abandon."""
    centre = Centre(DEFAULT, seed=seed)
    centre.advance(10 * HOUR)
    centre.scenarios[ScenarioName.SURGE].on()
    centre.advance(until)
    return centre


def by_outcome(records: Iterable[ContactRecord]) -> Counter[str]:
    return Counter(str(record.outcome) for record in records)


@pytest.mark.parametrize(("seed", "until"), [(1, 11 * HOUR), (2, 16.2 * HOUR), (3, DAY - 1)])
def test_contacts_of_a_day_add_up_to_the_totals_of_each_queue(seed: int, until: float) -> None:
    centre = surged(until, seed)
    for line in centre.lines.values():
        totals = line.totals
        own = [record for record in centre.ledger.contacts() if record.queue is line.profile]
        outcomes = by_outcome(own)
        assert outcomes["answered"] == totals.answered
        assert outcomes["abandoned"] == totals.abandoned
        assert outcomes["abandoned_short"] == totals.abandoned_short
        assert outcomes["rejected_closed"] == totals.rejected_closed
        assert outcomes["None"] == len(line.waiting) + line.ringing
        answered = [record for record in own if record.outcome == "answered"]
        waits = [record.waiting_seconds(centre.now) for record in answered]
        assert sum(waits) == totals.answer_wait_seconds
        assert sum(wait <= line.profile.target_seconds for wait in waits) == totals.answered_in_service_level
        ended = [record for record in answered if record.disconnected is not None]
        assert len(ended) == totals.handled
        wrapped_up = [record for record in ended if record.wrap_up_ended is not None]
        assert len(wrapped_up) == totals.wrap_ups
        assert sum(record.wrap_up_seconds(centre.now) for record in wrapped_up) == totals.wrap_up_seconds
        overflowed = [record for record in centre.ledger.contacts() if record.origin is line.profile]
        assert sum(record.overflowed for record in overflowed) == totals.overflowed


def test_handling_of_the_ended_conversations_is_talk_and_hold() -> None:
    centre = surged(DAY - 1)
    for line in centre.lines.values():
        ended = [
            record.handling_seconds(centre.now)
            for record in centre.ledger.contacts()
            if record.queue is line.profile and record.connected is not None and record.disconnected is not None
        ]
        # Talk and hold of the conversations that have not ended may be counted in part.
        running = line.totals.talk_seconds + line.totals.hold_seconds - sum(ended)
        assert running == 0 if not line.active else running >= 0


def test_a_transfer_begins_a_record_of_the_same_group() -> None:
    centre = surged(17 * HOUR)
    groups: dict[str, list[ContactRecord]] = {}
    for record in centre.ledger.contacts():
        groups.setdefault(record.group_id, []).append(record)
    transferred = [legs for legs in groups.values() if len(legs) > 1]
    assert len(transferred) == sum(line.totals.transferred for line in centre.lines.values()) > 50
    for first, second in transferred:
        assert first.id != second.id
        assert first.disconnected == second.arrived == second.queued
        assert second.origin is not first.queue
    assert len({record.id for record in centre.ledger.contacts()}) == sum(map(len, groups.values()))


def test_an_overflow_continues_in_the_other_queue_and_its_wait_begins_again() -> None:
    centre = surged(17 * HOUR)
    overflowed = [record for record in centre.ledger.contacts() if record.overflowed and record.outcome == "answered"]
    assert overflowed
    for record in overflowed:
        assert record.origin
        assert record.origin.overflow
        assert record.queue
        assert record.queue.id == record.origin.overflow.to
        assert record.queuing_seconds(centre.now) >= record.waiting_seconds(centre.now)


def test_times_are_in_order_and_the_greeting_comes_before_the_queue() -> None:
    centre = surged(DAY - 1)
    greeted = 0
    for record in centre.ledger.contacts():
        moments = (
            record.arrived,
            record.queued,
            record.offered,
            record.connected,
            record.disconnected,
            record.wrap_up_began,
            record.wrap_up_ended,
        )
        known = [moment for moment in moments if moment is not None]
        assert known == sorted(known)
        assert known[-1] == record.changed
        greeted += record.queued is not None and 4 <= record.queued - record.arrived <= 12
    assert greeted > 1000


def test_agents_dial_without_a_queue() -> None:
    centre = surged(DAY - 1)
    outbound = [record for record in centre.ledger.contacts() if record.direction == "out"]
    handled = sum(
        part.contacts for agent in centre.ledger.agents() for part in agent.handled if part.direction == "out"
    )
    assert sum(record.disconnected is not None for record in outbound) == handled > 20
    assert all(record.queue is None and record.agent is not None for record in outbound)


@pytest.mark.slow
def test_an_open_email_is_kept_over_midnight_and_any_contact_for_36_hours_after_its_end() -> None:
    centre = surged(DAY)
    waiting = {record.id for record in centre.ledger.contacts() if record.outcome is None}
    emails = {record.id for record in centre.ledger.contacts() if record.channel == "email"} & waiting
    assert emails
    first_day = sum(1 for _ in centre.ledger.contacts())
    centre.advance(2 * DAY)
    kept = {record.id: record for record in centre.ledger.contacts()}
    answered = [kept[identifier] for identifier in emails]
    assert all(record.connected is not None and record.connected > DAY for record in answered)
    assert all(record.changed >= DAY / 2 - HOUR / 4 for record in kept.values())
    assert len(kept) < 2 * first_day
    centre.advance(4 * DAY)
    assert not waiting & {record.id for record in centre.ledger.contacts()}
    assert sum(1 for _ in centre.ledger.contacts()) < 2 * first_day


def test_an_email_is_pending_while_its_conversation_is_on_hold() -> None:
    queue = replace(DEFAULT.queues[-1], contacts_per_hour=60.0, hold_share=1.0, hold=Always(600))
    centre = Centre(replace(DEFAULT, queues=(queue,)), seed=1)
    pending = 0
    for moment in range(int(9 * HOUR), int(12 * HOUR), 300):
        centre.advance(moment)
        for record in centre.ledger.contacts():
            assert not record.pending or (record.pended is not None and centre.now - record.pended < 600)
            pending += record.pending
    assert pending
    ended = [record for record in centre.ledger.contacts() if record.channel == "email" and record.disconnected]
    assert ended
    assert all(record.pended is not None for record in ended)


def test_the_same_seed_gives_the_same_contacts_under_the_same_ids() -> None:
    one, same = (Centre(DEFAULT, seed=7) for _ in range(2))
    for centre in (one, same):
        centre.advance(9 * HOUR)
    pairs = list(zip(one.ledger.contacts(), same.ledger.contacts(), strict=True))
    assert len(pairs) > 100
    assert all((a.id, a.group_id, a.changed) == (b.id, b.group_id, b.changed) for a, b in pairs)
    ids = [record.id for record, _ in pairs]
    assert ids != sorted(ids)
    assert all(len(identifier) == 32 and identifier == identifier.upper() for identifier in ids)
