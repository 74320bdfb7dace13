"""What is known of how the polling goes, as entities of the catalogue."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from exporter.errors import PollError, Reason
from exporter.metrics import catalog
from exporter.metrics.mapping import Column, Entity, Labels, Sample

_UP = Column(catalog.UP)
_DURATION = Column(catalog.POLL_DURATION)
_INTERVAL = Column(catalog.POLL_INTERVAL)
_LAST_SUCCESS = Column(catalog.LAST_SUCCESS_TIMESTAMP)
_POLLS = Column(catalog.POLLS)
_FAILURES = {reason: Column(catalog.POLL_FAILURES, (("reason", reason.value),)) for reason in Reason}
_INFO = Column(catalog.TARGET_INFO)
_REQUESTS = Column(catalog.API_REQUESTS)
_UNMAPPED = Column(catalog.UNMAPPED_VALUES)
_SUPPRESSED_DECREASES = Column(catalog.SUPPRESSED_DECREASES)
_SERIES = Column(catalog.SERIES)
_DROPPED = Column(catalog.SERIES_DROPPED)


@dataclass(slots=True)
class ResourceHealth:
    """How the polling of one resource goes.

    Attributes:
        name: The resource.
        interval: Seconds from poll to poll.
        polls: Polls that ended.
        failures: Polls that failed, by reason.
        up: Whether the last poll succeeded, None before the first ended.
        duration: Seconds the last poll took.
        last_success: Seconds since the epoch at the last success, None before it.
        last_error: Why the last poll failed, None where it did not.
        left_out: Families of which the series found no room.
        series: Series exposed of it now.
        dropped: Series left out of it now.
        due: When it is polled next, in seconds of the monotonic clock; None while a poll is under way.
        stale: Whether its last figures became too old to be shown.
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
    stale: bool = False

    def succeeded(self, at: float, duration: float, *, new: bool = True) -> None:
        """Take down a success.

        Args:
            at: When, in seconds since the epoch.
            duration: Seconds it took.
            new: Whether it brought data; the time of the last success is the data's.
        """
        self._ended(duration, up=True)
        self.last_error = None
        if new:
            self.last_success = at
            self.stale = False

    def failed(self, error: PollError, duration: float) -> None:
        """Take down a failure, which took that many seconds."""
        self._ended(duration, up=False)
        self.failures[error.reason] += 1
        self.last_error = error

    def _ended(self, duration: float, *, up: bool) -> None:
        self.polls += 1
        self.duration = duration
        self.up = up


@dataclass(slots=True)
class TargetHealth:
    """How the polling of one target goes.

    Attributes:
        name: The target.
        vendor: Its vendor.
        resources: Its resources.
        requests: Answers received, by status code.
        unmapped: What had no meaning for us, by field.
        suppressed_decreases: How often a running total decreased and the last value was held.
    """

    name: str
    vendor: str
    resources: list[ResourceHealth] = field(default_factory=list)
    requests: Counter[int] = field(default_factory=Counter)
    unmapped: Counter[str] = field(default_factory=Counter)
    suppressed_decreases: int = 0

    def entities(self) -> Iterator[Entity]:
        """Return the target's own figures and those of its resources."""
        own = ("target", self.name)
        yield Entity((own, ("vendor", self.vendor)), [(_INFO, 1)])
        yield Entity((own,), list(self._samples()))
        for code, count in sorted(self.requests.items()):
            yield Entity((own, ("code", str(code))), [(_REQUESTS, count)])
        for name, count in sorted(self.unmapped.items()):
            yield Entity((own, ("field", name)), [(_UNMAPPED, count)])
        for resource in self.resources:
            yield _resource((own, ("resource", resource.name)), resource)

    def _samples(self) -> Iterator[Sample]:
        yield _SERIES, sum(resource.series for resource in self.resources)
        yield _DROPPED, sum(resource.dropped for resource in self.resources)
        yield _SUPPRESSED_DECREASES, self.suppressed_decreases


def _resource(labels: Labels, health: ResourceHealth) -> Entity:
    samples: list[Sample] = [(_INTERVAL, health.interval), (_POLLS, health.polls)]
    samples += ((column, health.failures[reason]) for reason, column in _FAILURES.items())
    if health.up is not None:
        samples.append((_UP, int(health.up)))
    if health.duration is not None:
        samples.append((_DURATION, round(health.duration, 6)))
    if health.last_success is not None:
        samples.append((_LAST_SUCCESS, round(health.last_success, 3)))
    return Entity(labels, samples)
