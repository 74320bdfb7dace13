"""The interface between a vendor package and the rest of the program."""

from collections.abc import Awaitable, Callable, Hashable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol, Self

from exporter import plugins
from exporter.model import FigureMeanings, ItemKind, Queue, Snapshot
from exporter.settings import TargetSettings
from exporter.vendors.toolkit.cadence import Cadence
from exporter.vendors.toolkit.decoder import RowSchema

if TYPE_CHECKING:
    # The HTTP client takes long to load, and only a poll needs it.
    from exporter.runtime.clock import Clock
    from exporter.vendors.toolkit.http import Http


def _no_pause() -> float:
    return 0.0


class Memory(Protocol):
    """What a resource computes its data from besides the responses, kept across reloads and restarts."""

    async def save(self) -> bytes | None:
        """Return it as JSON, None if there is nothing to keep; yields to other tasks if that takes long."""

    def restore(self, saved: bytes, age: float) -> None:
        """Continue with what another client has saved, before the first poll.

        Args:
            saved: What `save` returned.
            age: Seconds since then.

        Raises:
            msgspec.MsgspecError: It is invalid; nothing is restored.
        """


@dataclass(frozen=True, slots=True)
class Resource:
    """A part of a target that is polled on its own schedule.

    Attributes:
        name: The value of the `resource` label.
        fetch: Polls the vendor once and returns a snapshot, None if there is no newer data: the last snapshot then
            keeps its age. Raises PollError if there is no usable response.
        floor: The minimum interval in seconds between two requests, which configuration cannot lower; 0 if the vendor
            sets none.
        every: A longer poll interval in seconds, for data that changes too rarely for the configured one; 0 for none.
        paced: Whether it spreads many requests over its interval. Such a poll may take the whole interval instead of
            the timeout, and does not acquire the target's slot, which would delay the other resources.
        carries_thresholds: Whether the configured thresholds are exported with its queues: true for the one resource
            that lists every queue, false for others that list them again.
        signs_in: Whether its requests need the target's credentials; false for one that a refused sign-in does not
            affect.
        provides: The kinds of items that it is polled for, empty if it is needed whatever is selected. It is not polled
            if nothing of these kinds is selected.
        remaining_pause: Returns the seconds until the vendor accepts another request, after one by the same target
            before a reload or by another target with the same account. Honoured before every poll.
        place: Resources with the same key have the same place in the timetable, so that one request is new for each of
            them; None for a place of its own.
        cadence: The times of a resource whose client paces requests itself, shared with it; None to derive them from
            `floor`, `every` and `paced`.
        memory: What its data depends on besides the responses; None if nothing does.
        requests_a_minute: Returns how many requests its polls need, after the first poll, if that one differs from
            later ones; None if it does not.
    """

    name: str
    fetch: Callable[[], Awaitable[Snapshot | None]]
    floor: float = 0.0
    every: float = 0.0
    paced: bool = False
    carries_thresholds: bool = True
    signs_in: bool = True
    provides: tuple[ItemKind, ...] = ()
    remaining_pause: Callable[[], float] = _no_pause
    place: Hashable = None
    cadence: Cadence | None = None
    memory: Memory | None = None
    requests_a_minute: Callable[[], float] | None = None

    @classmethod
    def in_rounds(  # noqa: PLR0913 - the fields of a resource
        cls,
        name: str,
        fetch: Callable[[], Awaitable[Snapshot | None]],
        cadence: Cadence,
        *,
        carries_thresholds: bool = True,
        provides: tuple[ItemKind, ...] = (),
        remaining_pause: Callable[[], float] = _no_pause,
    ) -> Self:
        """Return a resource whose client spreads the requests of each poll by a cadence."""
        return cls(
            name,
            fetch,
            cadence.floor,
            cadence.every,
            paced=True,
            carries_thresholds=carries_thresholds,
            provides=provides,
            remaining_pause=remaining_pause,
            cadence=cadence,
        )


class Client(Protocol):
    """The client of one target."""

    @property
    def resources(self) -> Sequence[Resource]:
        """Return the resources of the target.

        If several list the same queues or trunks, the first that does so determines their names and channels.
        """

    async def close(self) -> None:
        """End sessions and subscriptions at the vendor."""


class Unused(NamedTuple):
    """Published fields that are not mapped, for the metrics reference.

    Attributes:
        fields: The vendor's names of the fields, separated by blanks.
        reason: Why they are not used.
        families: The families that they might seem to feed, without the common prefix.
    """

    fields: str
    reason: str
    families: Sequence[str] = ()


class FieldNote(NamedTuple):
    """A sentence on the truth, unit or meaning of published fields, for the metrics reference.

    Attributes:
        fields: The vendor's names of the fields, separated by blanks; "" for the vendor as a whole.
        text: The sentence.
    """

    fields: str
    text: str


@dataclass(frozen=True, slots=True)
class Vendor:
    """A vendor as provided by the entry-point group `contactcenter_exporter.vendors`.

    Attributes:
        name: The value of a target's `vendor`.
        settings: The settings of a target.
        connect: Makes the client of one target from its settings; sends nothing.
        tables: The schemas that map its fields to the model, for the metrics reference.
        resources: The names of all resources that a target may have, for the validation of `resources`; empty if they
            are not known.
        unused: The published fields that are not mapped.
        meanings: What its figures mean where vendors differ.
        notes: Sentences on its fields.
        words: Words of its API that its package does not contain as constants, such as those of a definition; a
            recording may contain them.
    """

    name: str
    settings: type[TargetSettings]
    connect: "Callable[[Any, Http, Clock], Client]"
    tables: Sequence[RowSchema[Any]]
    resources: Sequence[str] = ()
    unused: Sequence[Unused] = ()
    meanings: FigureMeanings = field(default_factory=FigureMeanings)
    notes: Sequence[FieldNote] = ()
    words: Sequence[str] = ()

    @property
    def returns_channels(self) -> bool:
        """Whether it returns the channel of each queue; assumed if its tables are not known."""
        queues = [table for table in self.tables if table.model is Queue]
        return not queues or any(field.to == "channel" for table in queues for field in table.fields)


def vendor_of(target: TargetSettings) -> Vendor:
    """Return the vendor of a target: the one that the configuration defines, or the installed one.

    Raises:
        plugins.VendorError: No installed package provides it, or its package cannot be imported.
    """
    provider = type(target).provider
    return provider if isinstance(provider, Vendor) else load_vendor(target.vendor)


def load_vendor(name: str) -> Vendor:
    """Return the installed vendor with a name.

    Raises:
        plugins.VendorError: No installed package provides it, or its package cannot be imported.
    """
    found: Vendor = plugins.load(name)
    return found
