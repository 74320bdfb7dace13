"""The health of the polling, as entities of the catalogue."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from exporter.errors import PollError, Reason
from exporter.metrics import catalog
from exporter.metrics.mapping import Column, Entity, Labels, Sample
from exporter.model import ITEM_KINDS, FigureMeanings, ItemKind, PollItems, Snapshot

_UP = Column(catalog.UP)
_DURATION = Column(catalog.POLL_DURATION)
_INTERVAL = Column(catalog.POLL_INTERVAL)
_LAST_SUCCESS = Column(catalog.LAST_SUCCESS_TIMESTAMP)
_POLLS = Column(catalog.POLLS)
_FAILURES = {reason: Column(catalog.POLL_FAILURES, (("reason", reason.value),)) for reason in Reason}
_ITEMS = {kind: Column(catalog.RESOURCE_ITEMS, (("kind", kind),)) for kind in ITEM_KINDS}
_OUTCOMES = {
    outcome: Column(catalog.POLL_ITEMS, (("outcome", outcome),)) for outcome in ("asked", "answered", "kept", "failed")
}
_INFO = Column(catalog.TARGET_INFO)
_FIGURES_INFO = Column(catalog.TARGET_FIGURES_INFO)
_REQUESTS = Column(catalog.API_REQUESTS)
_QUOTA = Column(catalog.VENDOR_QUOTA)
_UNMAPPED = Column(catalog.UNMAPPED_VALUES)
_SUPPRESSED_DECREASES = Column(catalog.SUPPRESSED_DECREASES)
_SESSION_RENEWALS = Column(catalog.SESSION_RENEWALS)
_SERIES = Column(catalog.SERIES)
_DROPPED = Column(catalog.SERIES_DROPPED)


@dataclass(slots=True)
class ResourceHealth:
    """The health of one resource's polling.

    Attributes:
        name: The resource.
        interval: The effective interval in seconds, including regular waits for limits of the vendor.
        polls: Completed polls.
        failures: Failed polls, by reason.
        up: Whether the last poll succeeded, None before the first ended.
        duration: Duration of the last poll in seconds.
        last_success: Time of the last success in seconds since the epoch, None before it.
        last_error: Why the last poll failed, None if it succeeded.
        left_out: Families dropped because of the series limit.
        series: Series exposed now.
        dropped: Series dropped now.
        due: When the next poll is due, in seconds of the monotonic clock; None during a poll.
        waiting: Whether a limit of the vendor delayed the first poll.
        stale: Whether its series were removed because they were too old.
        items: Items that the last successful poll returned, by kind; a kind is known once there was one of it.
        unmatched: Configured patterns for its items that match nothing, as sentences.
        poll_items: The outcome of the last successful poll if it requested items one by one.
        findings: What the vendor's responses have shown about its API, as sentences.
    """

    name: str
    interval: float
    polls: int = 0
    failures: Counter[Reason] = field(default_factory=Counter)
    up: bool | None = None
    duration: float | None = None
    last_success: float | None = None
    last_error: PollError | None = None
    left_out: tuple[str, ...] = ()
    series: int = 0
    dropped: int = 0
    due: float | None = None
    waiting: bool = False
    stale: bool = False
    items: dict[ItemKind, int] = field(default_factory=dict)
    unmatched: tuple[str, ...] = ()
    poll_items: PollItems | None = None
    findings: tuple[str, ...] = ()

    def succeeded(self, at: float, duration: float, *, new: bool = True) -> None:
        """Record a success.

        Args:
            at: The time in seconds since the epoch.
            duration: The duration in seconds.
            new: Whether it returned new data; the time of the last success is that of the data.
        """
        self._ended(duration, up=True)
        self.last_error = None
        if new:
            self.last_success = at
            self.stale = False

    def count_items(self, snapshot: Snapshot) -> list[ItemKind]:
        """Count the items of a successful poll; return the kinds that are empty and were not before."""
        self.poll_items = snapshot.poll_items
        emptied: list[ItemKind] = []
        for kind in ITEM_KINDS:
            if kind == "agents" and not snapshot.agents_complete:
                continue
            count = len(getattr(snapshot, kind) or ())
            if not count and self.items.get(kind):
                emptied.append(kind)
            if count or kind in self.items or (kind == "agents" and snapshot.agents is not None):
                self.items[kind] = count
        return emptied

    def failed(self, error: PollError, duration: float) -> None:
        """Record a failure that took that many seconds."""
        self._ended(duration, up=False)
        self.failures[error.reason] += 1
        self.last_error = error

    def _ended(self, duration: float, *, up: bool) -> None:
        self.polls += 1
        self.duration = duration
        self.up = up


@dataclass(slots=True)
class TargetHealth:
    """The health of one target's polling.

    Attributes:
        name: The target.
        vendor: Its vendor.
        resources: Its resources.
        meanings: What the vendor's figures mean.
        requests: Responses received, by status code.
        quota: The vendor's quota by kind, limit and used; empty if unknown.
        unmapped: Vendor values without a mapping, by field.
        suppressed_decreases: How often a running total decreased and the last value was held.
        session_renewals: Renewals of sessions and tokens that the vendor ended before their time.
    """

    name: str
    vendor: str
    resources: list[ResourceHealth] = field(default_factory=list)
    meanings: FigureMeanings = field(default_factory=FigureMeanings)
    requests: Counter[int] = field(default_factory=Counter)
    quota: Mapping[str, float] = field(default_factory=dict)
    unmapped: Counter[str] = field(default_factory=Counter)
    suppressed_decreases: int = 0
    session_renewals: int = 0

    def entities(self) -> Iterator[Entity]:
        """Yield the target's own series and those of its resources."""
        own = ("target", self.name)
        yield Entity((own, ("vendor", self.vendor)), [(_INFO, 1)])
        meanings = (("available", self.meanings.available), ("abandoned", self.meanings.abandoned))
        yield Entity((own, *meanings), [(_FIGURES_INFO, 1)])
        yield Entity((own,), list(self._samples()))
        for code, count in sorted(self.requests.items()):
            yield Entity((own, ("code", str(code))), [(_REQUESTS, count)])
        for kind, requests in self.quota.items():
            yield Entity((own, ("kind", kind)), [(_QUOTA, requests)])
        for name, count in sorted(self.unmapped.items()):
            yield Entity((own, ("field", name)), [(_UNMAPPED, count)])
        for resource in self.resources:
            yield _resource((own, ("resource", resource.name)), resource)

    def _samples(self) -> Iterator[Sample]:
        yield _SERIES, sum(resource.series for resource in self.resources)
        yield _DROPPED, sum(resource.dropped for resource in self.resources)
        yield _SUPPRESSED_DECREASES, self.suppressed_decreases
        yield _SESSION_RENEWALS, self.session_renewals


def _resource(labels: Labels, health: ResourceHealth) -> Entity:
    samples: list[Sample] = [(_INTERVAL, health.interval), (_POLLS, health.polls)]
    samples += ((column, health.failures[reason]) for reason, column in _FAILURES.items())
    if health.up is not None:
        samples.append((_UP, int(health.up)))
    if health.duration is not None:
        samples.append((_DURATION, round(health.duration, 6)))
    if health.last_success is not None:
        samples.append((_LAST_SUCCESS, round(health.last_success, 3)))
    samples += ((_ITEMS[kind], count) for kind, count in health.items.items())
    if health.poll_items is not None:
        samples += ((column, getattr(health.poll_items, outcome)) for outcome, column in _OUTCOMES.items())
    return Entity(labels, samples)
