"""Follows items that pass through phases, such as single contacts, and observes the end of each phase exactly once.

A vendor lists the items of a window of time again and again: in any order, repeatedly, late, and sometimes not at all.
An item is known by its id as long as it can be listed again, so a phase that has ended is reported once:

- The first readings only record what has ended before: the past is not observed. They are complete once they contain
  all that the next window can.
- The window follows the times in the items, not a clock: it begins an overlap before the newest time that a complete
  reading has returned. A vendor whose clock differs, or polls that fail for hours, move no item out of it.
- An item whose phases have all ended is forgotten once its times lie before the window. If it is listed nevertheless,
  what ended before the window counts as observed: an item may be observed never, but not twice.
- If the vendor's clock is set back so far that the window lies in its future, the next reading is like the first one.
- An item that is not listed any more although not all its phases have ended must be requested singly.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

Phase = str

# The most readings between two single requests for an item that is still open.
_LONGEST_PAUSE_READINGS = 16


class Sighting(NamedTuple):
    """What a vendor returned about an item.

    Attributes:
        key: The item's id.
        ended: The phases that have ended, and when, in seconds since the Unix epoch; None if that is not known.
        latest: The latest time that the item contains.
        settled: Whether no other phase of it can end.
    """

    key: str
    ended: Mapping[Phase, float | None]
    latest: float
    settled: bool


class _Item:
    """What is known about an item.

    Attributes:
        observed: The phases that have ended.
        latest: The latest time that it contained.
        settled: Whether no other phase can end.
        reading: The number of the reading that returned it last.
        requests: How often it was requested singly without being settled.
        due: The number of the first reading after which it may be requested singly again.
    """

    __slots__ = ("due", "latest", "observed", "reading", "requests", "settled")

    def __init__(self) -> None:
        self.observed: tuple[Phase, ...] = ()
        self.latest = float("-inf")
        self.settled = False
        self.reading = 0
        self.requests = 0
        self.due = 0


class FollowedItems:
    """The items of one target.

    Attributes:
        primed: Whether the first readings are complete, so that phases are observed; if not, another one is needed.
        refused: How often an item was not followed because there are too many.
    """

    def __init__(self, *, most: int, overlap: float, kept: float) -> None:
        """Start without items.

        Args:
            most: The most items that are followed at a time; further ones are not observed.
            overlap: Seconds by which the window begins before the newest time.
            kept: Seconds for which the vendor keeps an item; no window is longer.
        """
        self.primed = False
        self.refused = 0
        self._most = most
        self._overlap = overlap
        self._kept = kept
        self._items: dict[str, _Item] = {}
        self._reading = 0
        # The newest time of the reading under way, and of all complete ones.
        self._newest_read = self._newest = float("-inf")
        # Phases of unknown items that ended before it count as observed.
        self._horizon = float("-inf")
        # The start of the window, and the earliest that it can be.
        self._window = float("inf")
        self._earliest = float("-inf")
        # One object for each combination of phases, because there may be very many items.
        self._combinations: dict[tuple[Phase, ...], tuple[Phase, ...]] = {}

    def __len__(self) -> int:
        """Return the number of items that are followed."""
        return len(self._items)

    def begin_reading(self, first: float, now: float) -> float:
        """Begin a reading and return the time from which items must be listed.

        Args:
            first: The start of the first window.
            now: The present time; a window is not longer than the vendor keeps items.
        """
        self._reading += 1
        if self.primed and now < self._window:
            self._prime_again(now)
        if not self.primed:
            self._window = min(self._window, first)
        self._newest_read = self._newest
        self._earliest = now - self._kept
        return max(self._window, self._earliest)

    def _prime_again(self, now: float) -> None:
        """Begin as at the start, because the clock was set back; the items that are known stay known."""
        self.primed = False
        self._newest = self._horizon = float("-inf")
        self._window = now - self._overlap

    def record(self, seen: Sighting, now: float) -> Sequence[Phase]:
        """Record an item and return the phases whose end is observed now.

        Args:
            seen: The item.
            now: The present time; a later one in an item does not move the window.
        """
        self._newest_read = max(self._newest_read, min(seen.latest, now))
        item = self._items.get(seen.key)
        is_new = item is None
        if item is None:
            if len(self._items) >= self._most:
                self.refused += 1
                return ()
            item = self._items[seen.key] = _Item()
        fresh = [phase for phase in seen.ended if phase not in item.observed]
        observed = (*item.observed, *fresh)
        item.observed = self._combinations.setdefault(observed, observed)
        item.latest = max(item.latest, seen.latest)
        item.settled = item.settled or seen.settled
        item.reading = self._reading
        if not self.primed:
            return ()
        return [phase for phase in fresh if not is_new or self._is_recent(seen, phase)]

    def _is_recent(self, seen: Sighting, phase: Phase) -> bool:
        """Return whether a phase of an item that is not known has ended since the window's start."""
        at = seen.ended[phase]
        return (seen.latest if at is None else at) >= self._horizon

    def missing(self, most: int) -> Sequence[str]:
        """Return items that are not settled and that the reading under way, now complete, has not returned.

        Args:
            most: The most items to return; those requested least often come first.
        """
        absent = [
            (item.requests, key)
            for key, item in self._items.items()
            if not item.settled and item.reading != self._reading and item.due <= self._reading
        ]
        return [key for _, key in sorted(absent)[:most]]

    def count_request(self, key: str) -> int:
        """Count a single request for an item and return how many there have been."""
        item = self._items[key]
        item.requests += 1
        return item.requests

    def postpone(self, key: str) -> None:
        """Count a single request that returned an open item: the next one is due after a growing number of readings.

        Args:
            key: An item that the vendor does not list although it is open.
        """
        item = self._items[key]
        item.due = self._reading + min(2 ** self.count_request(key), _LONGEST_PAUSE_READINGS)

    def give_up(self, key: str) -> None:
        """Settle an item that the vendor does not return any more."""
        self._items[key].settled = True

    def end_reading(self) -> None:
        """End a complete reading: move the window, and forget the items that cannot be listed again."""
        self._newest = self._newest_read
        if self._newest == float("-inf"):
            self.primed = True
            return
        window = max(self._newest - self._overlap, self._earliest)
        if not self.primed:
            if window < self._window:
                self._window = window
                return
            self.primed = True
            self._horizon = self._newest
        self._window = max(self._window, window)
        self._horizon = max(self._horizon, self._window)
        gone = [key for key, item in self._items.items() if item.settled and item.latest < self._window]
        for key in gone:
            del self._items[key]
