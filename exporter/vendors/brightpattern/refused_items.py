"""Finds the items of a subscription that a version refuses, by halving the definition."""

import re
from collections.abc import Collection, Sequence

from exporter.vendors.brightpattern.definition import Definition, Item, statistic

# Enough for four refused statistics of forty; an item that is undecided then is left out.
_MAX_ATTEMPTS = 40


class Search:
    """The search for the items that a vendor refuses, after it has refused all items together.

    It keeps its state, so that a poll that ends in the middle of it can be followed by one that continues.

    Attributes:
        accepted: Items that the vendor accepts together.
        refused: Items that it refuses.
    """

    def __init__(self, definition: Definition, message: str, refused_before: Collection[Item]) -> None:
        """Start with the items named by the vendor's message, refused before, or likely to be refused.

        Args:
            definition: The definition that was refused.
            message: The vendor's message.
            refused_before: Items that were refused in an earlier session.
        """
        words = frozenset(re.findall(r"\w+", message))
        named = {item for item in definition.items if statistic(item.name) in words and not item.filters}
        suspects = named or set(refused_before) or definition.suspects
        groups = [item for item in definition.items if item in suspects]
        rest = tuple(item for item in definition.items if item not in suspects)
        self.accepted: frozenset[Item] = frozenset()
        self.refused: tuple[Item, ...] = ()
        self._attempts = 0
        # The items that identify rows alone are tried first: if they are refused, no item is the cause.
        self._groups: list[tuple[Item, ...]] = [(), *filter(None, (rest, tuple(groups)))]

    @property
    def done(self) -> bool:
        """Whether every item is decided."""
        return not self._groups

    @property
    def attempt(self) -> frozenset[Item]:
        """The items to try next."""
        return self.accepted | frozenset(self._groups[0])

    @property
    def is_first(self) -> bool:
        """Whether the next attempt is the one without any item."""
        return not self._attempts

    def record(self, *, accepted: bool) -> None:
        """Record the vendor's response to the attempt."""
        self._attempts += 1
        if accepted:
            self.accepted = self.attempt
            self._groups.pop(0)
        else:
            self._split()
        self._narrow()

    def _narrow(self) -> None:
        """Decide what needs no attempt."""
        if self._attempts >= _MAX_ATTEMPTS:
            self.refused += tuple(item for group in self._groups for item in group)
            self._groups.clear()
        # All items together were refused: if all others are accepted, the last group contains the cause.
        while self._attempts and len(self._groups) == 1 and not self.refused:
            self._split()

    def _split(self) -> None:
        group = self._groups.pop(0)
        middle = len(group) // 2
        if middle:
            self._groups[:0] = [group[:middle], group[middle:]]
        else:
            self.refused += group


def names(items: Sequence[Item]) -> Sequence[str]:
    """Return the items as they are logged, such as `service_grids.in_ewt`."""
    return [f"{item.place}.{item.name}{' (filter)' if item.filters else ''}" for item in items]
