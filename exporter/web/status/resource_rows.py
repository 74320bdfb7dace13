"""The rows of the status page: one a resource, as text, and the choice among them."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from exporter.polling.health import ResourceHealth, TargetHealth
from exporter.redaction import without_secrets
from exporter.web.status.states import REASONS, State, span, state_of

_MOST_ERROR = 300


@dataclass(frozen=True, slots=True)
class Row:
    """One resource as the page shows it.

    Attributes:
        target: The target.
        vendor: Its vendor.
        resource: The resource.
        state: How it fares.
        why: Why it does not fare well, in a few words; "" where it does.
        error: What exactly was wrong with the last poll, "" where nothing was.
        age: The age of its data.
        took: How long the last poll took.
        due: When it is polled next.
        every: Its interval.
        series: Series exposed of it.
        dropped: Series left out of it, "" where none are.
    """

    target: str
    vendor: str
    resource: str
    state: State
    why: str
    error: str
    age: str
    took: str
    due: str
    every: str
    series: str
    dropped: str

    @property
    def wrong(self) -> bool:
        """Whether somebody should look at it."""
        return bool(self.why)


@dataclass(frozen=True, slots=True)
class Choice:
    """Which rows are asked for.

    Attributes:
        text: Words that must all be found in a row.
        wrong: Whether only what is wrong is asked for.
    """

    text: str = ""
    wrong: bool = False

    def takes(self, row: Row) -> bool:
        """Return whether a row is among those asked for."""
        if self.wrong and not row.wrong:
            return False
        said = f"{row.target} {row.vendor} {row.resource} {row.state} {row.why} {row.error}".casefold()
        return all(word in said for word in self.text.casefold().split())


def rows(targets: Iterable[TargetHealth], now: float, monotonic: float) -> Iterator[Row]:
    """Yield a row for each resource of each target.

    Args:
        targets: How the polling of each target goes.
        now: Seconds since the epoch, to tell the age of data.
        monotonic: Seconds of the monotonic clock, to tell when the next poll is due.
    """
    for target in targets:
        for resource in target.resources:
            yield Row(
                target=target.name,
                vendor=target.vendor,
                resource=resource.name,
                state=state_of(resource),
                why="; ".join(_reasons(resource)),
                error=_error(resource),
                age="no data yet" if resource.last_success is None else span(now - resource.last_success),
                took="" if resource.duration is None else f"{resource.duration:.3f} s",
                due=_due(resource, monotonic),
                every=span(resource.interval) if resource.interval >= 1 else f"{resource.interval:g} s",
                series=f"{resource.series:,}",
                dropped=f"{resource.dropped:,} ({', '.join(resource.left_out)})" if resource.dropped else "",
            )


def _reasons(resource: ResourceHealth) -> Iterator[str]:
    if resource.last_error is not None:
        yield REASONS[resource.last_error.reason]
    if resource.stale:
        yield "data too old to show"
    if resource.dropped:
        yield "series dropped"


def _error(resource: ResourceHealth) -> str:
    text = "" if resource.last_error is None else without_secrets(str(resource.last_error))
    return text if len(text) <= _MOST_ERROR else f"{text[:_MOST_ERROR]}…"


def _due(resource: ResourceHealth, monotonic: float) -> str:
    if resource.due is None:
        return "now"
    return f"in {span(resource.due - monotonic)}" if resource.due > monotonic else "now"
