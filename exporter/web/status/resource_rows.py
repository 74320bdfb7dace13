"""The rows of the status page, one per resource, and the filter for them."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from exporter.polling.health import ResourceHealth, TargetHealth
from exporter.redaction import without_secrets
from exporter.web.status.states import REASONS, State, span, state_of

_LONGEST_TEXT = 300


@dataclass(frozen=True, slots=True)
class Row:
    """One resource as text.

    Attributes:
        target: The name of the target.
        vendor: The vendor of the target.
        resource: The name of the resource.
        state: The state of the resource.
        why: The reasons for a problem in a few words, empty if there is none.
        error: The error message of the last poll, empty if it succeeded.
        unmatched: The configured patterns that match nothing, as sentences.
        findings: What the responses have shown about the vendor's API, as sentences.
        age: The age of the data.
        took: The duration of the last poll.
        due: The time until the next poll.
        every: The poll interval.
        series: The number of exported series.
        dropped: The number and families of dropped series, empty if there are none.
    """

    target: str
    vendor: str
    resource: str
    state: State
    why: str
    error: str
    unmatched: Sequence[str]
    findings: Sequence[str]
    age: str
    took: str
    due: str
    every: str
    series: str
    dropped: str

    @property
    def has_problem(self) -> bool:
        """Whether the resource needs attention."""
        return bool(self.why)


@dataclass(frozen=True, slots=True)
class RowFilter:
    """Selects rows.

    Attributes:
        text: Words that a row must all contain.
        problems_only: Whether to select only rows with a problem.
    """

    text: str = ""
    problems_only: bool = False

    def matches(self, row: Row) -> bool:
        """Return whether the filter selects a row."""
        if self.problems_only and not row.has_problem:
            return False
        content = f"{row.target} {row.vendor} {row.resource} {row.state} {row.why} {row.error}"
        content = " ".join((content, *row.unmatched)).casefold()
        return all(word in content for word in self.text.casefold().split())


def rows(targets: Iterable[TargetHealth], now: float, monotonic: float) -> Iterator[Row]:
    """Yield a row for each resource of each target.

    Args:
        targets: The health of each target.
        now: The time in seconds since the epoch, for the age of data.
        monotonic: The time of the monotonic clock, for the time until the next poll.
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
                unmatched=[_shortened(sentence) for sentence in resource.unmatched],
                findings=[_shortened(sentence) for sentence in resource.findings],
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
        yield "stale data not exported"
    if resource.dropped:
        yield "series dropped"
    if resource.unmatched:
        yield "patterns without a match"


def _error(resource: ResourceHealth) -> str:
    return "" if resource.last_error is None else _shortened(without_secrets(str(resource.last_error)))


def _shortened(text: str) -> str:
    return text if len(text) <= _LONGEST_TEXT else f"{text[:_LONGEST_TEXT]}…"


def _due(resource: ResourceHealth, monotonic: float) -> str:
    if resource.due is None:
        return "now"
    return f"in {span(resource.due - monotonic)}" if resource.due > monotonic else "now"
