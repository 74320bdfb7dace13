"""Running totals that another process continues."""

from collections.abc import Sequence

import msgspec
import pytest

from exporter.metrics import catalog
from exporter.metrics.counter_resets import RunningTotals
from exporter.metrics.mapping import Column, Entity
from exporter.model import Period

HOUR = 3600.0
DAY = Period(name="2027-01-15", began=1_799_971_200.0)
NEXT = Period(name="2027-01-16", began=1_800_057_600.0)


def columns() -> Sequence[Column]:
    """Return the columns of one process; those of the next are other objects."""
    handled = catalog.AGENT_CONTACTS_HANDLED
    directions = (Column(handled, (("direction", name),)) for name in ("in", "out"))
    return (Column(catalog.QUEUE_CONTACTS_OFFERED), *directions)


BEFORE, AFTER = columns(), columns()


def queue(
    offered: float, in_: float = 0, out: float = 0, *, queue_id: str = "7", of: Sequence[Column] = BEFORE
) -> Entity:
    """Return a queue with three totals."""
    labels = (("target", "amsterdam"), ("queue_id", queue_id), ("queue", "Sales"))
    return Entity(labels, list(zip(of, (offered, in_, out), strict=True)))


def values(totals: RunningTotals, entity: Entity, period: Period | None = None, now: float = 0) -> list[float]:
    (held,) = totals.hold([entity], now, period)
    return [value for _, value in held.samples]


def continued(totals: RunningTotals, age: float = 60) -> RunningTotals:
    """Return the totals of a new process."""
    new = RunningTotals()
    new.restore(totals.save(), age)
    return new


@pytest.mark.parametrize("period", [None, DAY])
def test_each_total_continues_on_its_own(period: Period | None) -> None:
    before = RunningTotals()
    values(before, queue(100, 10, 20), period)
    after = continued(before)
    assert values(after, queue(98, 9, 21, of=AFTER), period) == [100, 10, 21]
    assert after.suppressed_decreases == 2


def test_the_last_value_continues_too() -> None:
    """A drop that the vendor repeats is one drop."""
    before = RunningTotals()
    values(before, queue(100))
    values(before, queue(98))
    after = continued(before)
    assert values(after, queue(98))[0] == 100
    assert after.suppressed_decreases == 0


@pytest.mark.parametrize(
    ("period", "age", "exported"),
    [(None, HOUR - 1, 100), (None, HOUR, 98), (DAY, 20 * HOUR, 100), (NEXT, 60, 98)],
)
def test_totals_continue_within_a_period_or_an_hour(period: Period | None, age: float, exported: float) -> None:
    before = RunningTotals()
    values(before, queue(100), period and DAY)
    assert values(continued(before, age), queue(98), period)[0] == exported


def test_a_restart_of_the_day_is_confirmed_after_it_as_well() -> None:
    before = RunningTotals()
    values(before, queue(100))
    after = continued(before)
    assert [values(after, queue(offered))[0] for offered in (3, 4)] == [100, 4]


def test_totals_that_were_not_polled_between_two_restarts_continue() -> None:
    before = RunningTotals()
    values(before, queue(100))
    values(before, queue(50, queue_id="8"))
    between = continued(before)
    values(between, queue(99))
    after = continued(between)
    assert values(after, queue(98))[0] == 100
    assert values(after, queue(49, queue_id="8"))[0] == 50


def test_totals_that_do_not_return_within_an_hour_are_forgotten() -> None:
    before = RunningTotals()
    values(before, queue(100))
    values(before, queue(50, queue_id="8"))
    after = continued(before)
    assert values(after, queue(99), now=10)[0] == 100
    values(after, queue(100), now=10 + HOUR)
    assert values(after, queue(49, queue_id="8"), now=11 + HOUR)[0] == 49


def test_the_day_before_continues_until_the_vendor_has_restarted() -> None:
    """In the first minutes of a day a vendor may still return the totals of the day before."""
    before = RunningTotals()
    values(before, queue(100), DAY)
    unsettled = msgspec.structs.replace(NEXT, settled=False)
    values(before, queue(100, queue_id="new"), unsettled)
    after = continued(before)
    assert values(after, queue(99), unsettled)[0] == 99
    assert values(after, queue(101, queue_id="new"), unsettled)[0] == 101


def test_a_period_that_began_at_an_unknown_time_is_the_same_after_it() -> None:
    """Asterisk's totals restart with Asterisk, at a local time of an unknown zone."""
    since_start = Period(name="2027-01-15 08:00:00", began=float("-inf"), restarts_within=True)
    before = RunningTotals()
    values(before, queue(1000), since_start)
    after = continued(before)
    assert [values(after, queue(offered), since_start)[0] for offered in (0, 1001)] == [1000, 1001]
    assert after.suppressed_decreases == 1


def test_whole_numbers_remain_whole() -> None:
    before = RunningTotals()
    values(before, queue(100, 0.5))
    assert str(values(continued(before), queue(98, 0.25))) == "[100, 0.5, 0]"


@pytest.mark.parametrize(
    "saved",
    [
        b"",
        b"{}",
        b"[[],[]]",
        b'[[],[],[[[["target","x"]],[[0,1,1,-1]]]]]',
        b'[[["a",[]]],[],[[[["a","x"]],[[0,1,1,3]]]]]',
    ],
)
def test_an_invalid_document_restores_nothing(saved: bytes) -> None:
    totals = RunningTotals()
    with pytest.raises(msgspec.MsgspecError):
        totals.restore(saved, 0)
    assert values(totals, queue(98))[0] == 98
