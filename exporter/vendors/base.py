"""What a vendor module offers the rest of the program, and what it is handed."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from exporter import plugins
from exporter.model import Snapshot
from exporter.runtime.clock import Clock
from exporter.settings import TargetSettings
from exporter.vendors.toolkit.decoder import Table
from exporter.vendors.toolkit.http import Http


def _no_rest() -> float:
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
            the timeout, and takes no turns with the target's other resources, which it would hold up.
        levels: Whether the thresholds that the operator configured go with its queues; so for one resource that
            names every queue, and not for others that name them again.
        rest: Tells the seconds that must still pass before the vendor may be asked, because somebody else asked: the
            same target before a reload, or another target with the same account. Heeded before every poll.
    """

    name: str
    fetch: Callable[[], Awaitable[Snapshot | None]]
    floor: float = 0.0
    every: float = 0.0
    paced: bool = False
    levels: bool = True
    rest: Callable[[], float] = _no_rest


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
    tables: Sequence[Table[Any]]


def load_vendor(name: str) -> Vendor:
    """Return the installed vendor of that name.

    Raises:
        registry.VendorError: No installed package provides it, or its package cannot be imported.
    """
    found: Vendor = plugins.load(name)
    return found
