"""Items that a vendor lists again and again: the end of each phase is observed once."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import pytest
from hypothesis import strategies as st

from exporter.vendors.toolkit.followed_items import FollowedItems, Sighting
from tests.fuzz.profiles import cases

START = 1_000_000.0
MINUTE = 60.0
HOUR = 3600.0
OVERLAP = 900.0
KEPT = 36 * HOUR


def following(most: int = 1000) -> FollowedItems:
    return FollowedItems(most=most, overlap=OVERLAP, kept=KEPT)


def call(key: str, arrived: float, answered: float | None = None, ended: float | None = None) -> Sighting:
    """Return a call whose wait ends with the answer."""
    times = {phase: at for phase, at in (("wait", answered), ("talk", ended)) if at is not None}
    return Sighting(key, times, max([arrived, *times.values()]), settled=ended is not None)


def read(items: FollowedItems, now: float, *calls: Sighting) -> list[tuple[str, str]]:
    """Return what a complete reading observes."""
    items.begin_reading(now - HOUR, now)
    observed = [(each.key, phase) for each in calls for phase in items.record(each, now)]
    items.end_reading()
    return observed


def test_the_first_reading_observes_nothing_of_the_past() -> None:
    items = following()
    done = call("done", START - 300, START - 280, START - 100)
    talking = call("talking", START - 60, START - 50)
    assert read(items, START, done, talking) == []
    now = START + MINUTE
    assert read(items, now, done, call("talking", START - 60, START - 50, now - 1)) == [("talking", "talk")]


def test_each_phase_is_observed_once_however_often_it_is_listed() -> None:
    items = following()
    read(items, START, call("old", START - HOUR, START - HOUR, START - HOUR))
    arrived = START + 10
    assert read(items, START + 60, call("a", arrived)) == []
    assert read(items, START + 120, call("a", arrived, START + 100)) == [("a", "wait")]
    ended = call("a", arrived, START + 100, START + 170)
    assert read(items, START + 180, ended, ended) == [("a", "talk")]
    assert read(items, START + 240, ended) == []


def test_an_item_that_passes_all_phases_between_two_polls_is_observed_as_a_whole() -> None:
    items = following()
    read(items, START)
    assert read(items, START + 60, call("a", START + 5, START + 10, START + 50)) == [("a", "wait"), ("a", "talk")]


def test_the_window_follows_the_newest_time_of_complete_readings() -> None:
    items = following()
    assert items.begin_reading(START - HOUR, START) == START - HOUR
    items.record(call("a", START - 100, START - 50, START - 10), START)
    # The reading fails: the next one begins where this one did.
    assert items.begin_reading(START - HOUR, START + 60) == START - HOUR
    items.record(call("a", START - 100, START - 50, START - 10), START + 60)
    items.end_reading()
    assert items.begin_reading(START, START + 120) == START - 10 - OVERLAP


def test_no_window_is_longer_than_the_vendor_keeps_items() -> None:
    items = following()
    read(items, START, call("a", START - 10, START - 5, START))
    assert items.begin_reading(START, START + 48 * HOUR) == START + 12 * HOUR


def test_what_ended_while_polls_failed_is_observed_afterwards() -> None:
    items = following()
    read(items, START, call("a", START - 10, START - 5, START))
    now = START + 20 * HOUR
    assert items.begin_reading(START, now) == START - OVERLAP
    missed = [
        call(f"{hour}", START + hour * HOUR, START + hour * HOUR + 5, START + hour * HOUR + 9) for hour in range(20)
    ]
    assert sum(len(items.record(each, now)) for each in missed) == 2 * 19 + 2


@pytest.mark.parametrize("behind", [0.0, 5 * HOUR, -5 * HOUR], ids=["same", "behind", "ahead"])
def test_the_times_in_the_rows_may_be_of_another_clock(behind: float) -> None:
    own = START - behind
    calls = [
        Contact(f"{n}", own + n * MINUTE - 50, own + n * MINUTE - 30, own + n * MINUTE - 9) for n in range(-60, 120)
    ]
    calls.append(Contact("open", own - 60, own + 90 * MINUTE, own + 90 * MINUTE))
    items, observed = following(), Counter[tuple[str, str]]()
    for minute in range(120):
        now, vendors = START + minute * MINUTE, own + minute * MINUTE
        # At the start, further readings follow at once until they contain all that later ones can.
        is_complete = False
        while not is_complete:
            since = items.begin_reading(now - HOUR, now)
            for each in listed(calls, since, vendors, "end"):
                observed.update((each.key, phase) for phase in items.record(each.at(vendors), now))
            items.end_reading()
            is_complete = items.primed
    after = [each.key for each in calls if each.ended > own]
    assert observed == Counter((key, phase) for key in after for phase in ("wait", "talk"))


def test_after_the_vendors_clock_was_set_back_nothing_is_observed_twice_and_the_rest_once() -> None:
    items = following()
    read(items, START)
    seen = call("a", START + 10, START + 20, START + 50)
    assert len(read(items, START + 60, seen)) == 2
    for minute in range(2, 60):
        read(items, START + minute * MINUTE, call("b", START + minute * MINUTE))
    back = START - HOUR
    assert items.begin_reading(START, back) == back - OVERLAP
    assert [items.record(each, back) for each in (seen, call("c", back - 9, back - 8, back - 7))] == [(), ()]
    items.end_reading()
    assert read(items, back + 60, seen, call("d", back + 1, back + 2, back + 3)) == [("d", "wait"), ("d", "talk")]


def test_an_item_is_forgotten_once_it_cannot_be_listed_again_but_not_while_it_is_open() -> None:
    items = following()
    read(items, START)
    read(items, START + 60, call("short", START + 1, START + 2, START + 3), call("long", START + 1))
    assert len(items) == 2
    later = START + 2 * HOUR
    read(items, later, call("new", later, later, later), call("long", START + 1))
    assert len(items) == 2
    # If it is listed nevertheless, it is not observed again.
    again = call("short", START + 1, START + 2, START + 3)
    assert read(items, later + 60, again, call("long", START + 1)) == []


def test_an_open_item_that_is_not_listed_any_more_is_missing_until_it_is_settled() -> None:
    items = following()
    read(items, START)
    read(items, START + 60, call("a", START + 1), call("b", START + 2), call("c", START + 3, START + 4, START + 5))
    items.begin_reading(START, START + 120)
    items.record(call("a", START + 1), START + 120)
    assert items.missing(10) == ["b"]
    assert items.count_request("b") == 1
    assert items.record(call("b", START + 2, START + 90, START + 100), START + 120) == ["wait", "talk"]
    assert items.missing(10) == []


def test_those_requested_least_often_are_requested_first_and_one_can_be_given_up() -> None:
    items = following()
    read(items, START)
    read(items, START + 60, *(call(key, START + 1) for key in "abc"))
    items.begin_reading(START, START + 120)
    items.count_request("a")
    assert items.missing(2) == ["b", "c"]
    items.give_up("b")
    assert items.missing(3) == ["c", "a"]


def test_an_item_that_is_open_is_requested_less_and_less_often() -> None:
    items = following()
    read(items, START, call("a", START - HOUR))
    requested = []
    for reading in range(70):
        items.begin_reading(START - HOUR, START + reading * MINUTE)
        if items.missing(10):
            requested.append(reading)
            items.postpone("a")
        items.end_reading()
    assert requested == [0, 2, 6, 14, 30, 46, 62]


def test_beyond_the_bound_items_are_not_followed_and_that_is_counted() -> None:
    items = following(most=2)
    read(items, START)
    assert read(items, START + 60, *(call(key, START + 1, START + 2, START + 3) for key in "abc")) == [
        ("a", "wait"),
        ("a", "talk"),
        ("b", "wait"),
        ("b", "talk"),
    ]
    assert (len(items), items.refused) == (2, 1)


def test_at_a_hundred_thousand_items_a_day_only_those_of_the_window_are_kept() -> None:
    items, most = following(most=150_000), 0
    spacing, duration = 86_400 / 100_000, 300.0
    read(items, START)
    observed = 0
    for minute in range(1, 121):
        now = START + minute * MINUTE
        since = items.begin_reading(START, now)
        first = max(0, int((since - START - duration) / spacing))
        for number in range(first, int((now - START) / spacing)):
            arrived = START + number * spacing
            ended = arrived + duration
            known = (arrived + 10, ended) if ended <= now else (arrived + 10,) if arrived + 10 <= now else ()
            observed += len(items.record(call(f"{number}", arrived, *known), now))
        items.end_reading()
        most = max(most, len(items))
    assert most < 2500
    ended_calls, answered_calls = (sum(START + n * spacing + d <= now for n in range(10_000)) for d in (duration, 10))
    assert observed == ended_calls + answered_calls


@dataclass(frozen=True)
class Contact:
    """A contact of a stand-in vendor."""

    key: str
    arrived: float
    answered: float
    ended: float

    def at(self, now: float) -> Sighting:
        """Return what the vendor shows of it at a time."""
        return call(
            self.key,
            self.arrived,
            self.answered if self.answered <= now else None,
            self.ended if self.ended <= now else None,
        )


@dataclass
class Reading:
    """One reading.

    Attributes:
        after: Seconds since the reading before it.
        order: Determines the order of the rows.
        twice: Which rows are returned twice.
        lost: Which rows are missing, because rows moved between pages.
        fails: Whether it fails before its end.
    """

    after: float
    order: int
    twice: int
    lost: int
    fails: bool

    def rows(self, contacts: Sequence[Contact], now: float) -> Iterator[Sighting]:
        shown = [each for each in contacts if hash((int(each.key), self.lost)) % 10 or not self.lost]
        shown += [
            each for each in contacts if self.twice and hash((int(each.key), self.twice)) % 5 == 0 and each in shown
        ]
        ordered = sorted(shown, key=lambda each: hash((int(each.key), self.order)))
        return (each.at(now) for each in (ordered[: len(ordered) // 2] if self.fails else ordered))


def listed(contacts: Iterable[Contact], since: float, now: float, by: Literal["arrival", "end"]) -> list[Contact]:
    """Return the contacts of the window, by the time that the vendor selects by, and all open ones."""
    return [
        each
        for each in contacts
        if each.arrived <= now and (each.ended > now or (each.arrived if by == "arrival" else each.ended) >= since)
    ]


times = st.integers(-3600, 4 * 3600).map(float)
contacts_of = st.lists(st.tuples(times, st.integers(0, 1200), st.integers(0, 9000)), max_size=40).map(
    lambda rows: [
        Contact(f"{number}", START + at, START + at + wait, START + at + wait + talk)
        for number, (at, wait, talk) in enumerate(rows)
    ]
)


def readings_of(lost: st.SearchStrategy[int]) -> st.SearchStrategy[list[Reading]]:
    return st.lists(
        st.builds(
            Reading,
            after=st.sampled_from([1.0, 30.0, 60.0, 61.0, 600.0, 3600.0]),
            order=st.integers(0, 3),
            twice=st.integers(0, 3),
            lost=lost,
            fails=st.sampled_from([False, False, False, True]),
        ),
        min_size=1,
        max_size=60,
    )


def simulate(
    contacts: Sequence[Contact], readings: Sequence[Reading], by: Literal["arrival", "end"]
) -> tuple[Counter[tuple[str, str]], float, float]:
    """Return what is observed, when the first readings were complete, and when the last complete one was."""
    items, now = following(), START
    observed: Counter[tuple[str, str]] = Counter()
    primed_at, last = float("inf"), float("-inf")
    for reading in readings:
        now += reading.after
        since = items.begin_reading(now - HOUR, now)
        for row in reading.rows(listed(contacts, since, now, by), now):
            observed.update((row.key, phase) for phase in items.record(row, now))
        if reading.fails:
            continue
        by_id = {each.key: each for each in contacts}
        for key in items.missing(1000):
            observed.update((key, phase) for phase in items.record(by_id[key].at(now), now))
        items.end_reading()
        if items.primed:
            last = now
            primed_at = min(primed_at, now)
    return observed, primed_at, last


filters = st.sampled_from(["arrival", "end"])


@cases(300, 20_000, contacts=contacts_of, readings=readings_of(st.integers(0, 3)), by=filters)
def test_whatever_rows_are_lost_no_phase_is_ever_observed_twice(
    contacts: list[Contact], readings: list[Reading], by: Literal["arrival", "end"]
) -> None:
    observed, _, _ = simulate(contacts, readings, by)
    assert set(observed.values()) <= {1}


@cases(300, 20_000, contacts=contacts_of, readings=readings_of(st.just(0)), by=filters)
def test_if_no_row_is_lost_each_phase_that_ends_after_the_start_is_observed_and_no_other(
    contacts: list[Contact], readings: list[Reading], by: Literal["arrival", "end"]
) -> None:
    observed, primed_at, last = simulate(contacts, readings, by)
    ended = [
        (each.key, phase, at) for each in contacts for phase, at in (("wait", each.answered), ("talk", each.ended))
    ]
    # A reading that fails observes what it has read.
    assert {(key, phase) for key, phase, at in ended if primed_at < at <= last} <= set(observed)
    assert set(observed) <= {(key, phase) for key, phase, at in ended if at > primed_at}
