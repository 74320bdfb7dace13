"""What a vendor module offers the rest of the program, and what it is handed."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from exporter import plugins
from exporter.model import Snapshot
from exporter.runtime.clock import Clock
from exporter.settings import TargetSettings
from exporter.vendors.toolkit.decoder import RowSchema
from exporter.vendors.toolkit.http import Http


def _no_pause() -> float:
    return 0.0


@dataclass(frozen=True, slots=True)
class Resource:
    """One thing a target is asked for on its own schedule.

    Attributes:
        name: Its name in the `resource` label.
        fetch: Asks the vendor once and returns what it said, None where it had nothing new to say: the last snapshot
            then stays as old as it is. Raises PollError where it gives no usable answer.
        floor: Seconds that must lie between two requests, whatever is configured; 0 where the vendor sets none.
        every: Seconds from poll to poll where it changes so rarely that the configured interval would be a waste.
        paced: Whether it spreads many requests over its interval. Such a poll may take the whole interval instead of
            the timeout, and does not acquire the target's slot, which would delay the other resources.
        carries_thresholds: Whether the configured thresholds are exported with its queues: true for the one resource
            that lists every queue, false for others that list them again.
        remaining_pause: Returns the seconds until the vendor may be asked, because of another request: by the same
            target before a reload, or by another target with the same account. Honoured before every poll.
    """

    name: str
    fetch: Callable[[], Awaitable[Snapshot | None]]
    floor: float = 0.0
    every: float = 0.0
    paced: bool = False
    carries_thresholds: bool = True
    remaining_pause: Callable[[], float] = _no_pause


class Client(Protocol):
    """One target as its vendor's API shows it."""

    @property
    def resources(self) -> Sequence[Resource]:
        """What the target can be asked for."""

    async def close(self) -> None:
        """Leave the vendor as we found it: end sessions and subscriptions."""


@dataclass(frozen=True, slots=True)
class Vendor:
    """A vendor as the entry-point group `contactcenter_exporter.vendors` offers it.

    Attributes:
        name: Its name in a target's `vendor`.
        settings: What an operator configures for a target of it.
        connect: Makes the client of one target, given its settings; nothing is sent yet.
        tables: Which of its fields feed which meaning, for the reference.
    """

    name: str
    settings: type[TargetSettings]
    connect: Callable[[Any, Http, Clock], Client]
    tables: Sequence[RowSchema[Any]]


def load_vendor(name: str) -> Vendor:
    """Return the installed vendor of that name.

    Raises:
        registry.VendorError: No installed package provides it, or its package cannot be imported.
    """
    found: Vendor = plugins.load(name)
    return found
