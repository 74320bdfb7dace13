"""Follows the history of the operators' status and adds up what each operator did, for the `operators` resource.

Source page: section *3.4*. A status is in the history once it has ended, and is counted once. The page does not state
whether the requested period is compared with the start or the end of a status. If it is the start, a status that began
before the window would be missing, so every half hour the window begins a day earlier. The window itself follows the
ends of the statuses: it begins two hours before the latest, which is also how late a row may be added.
"""

import asyncio
from typing import NamedTuple

from msgspec.structs import replace

from exporter.model import Agent, AgentState, Direction, Handled, Period, Snapshot
from exporter.runtime.clock import Clock
from exporter.vendors.axialys.api import AxialysApi
from exporter.vendors.axialys.dates import Dates
from exporter.vendors.axialys.status_rows import DIRECTIONS, STATES, Status, sighting, statuses
from exporter.vendors.axialys.tables import CHANNEL
from exporter.vendors.toolkit.decoder import Decoder
from exporter.vendors.toolkit.followed_items import FollowedItems
from exporter.vendors.toolkit.json_document import Notes

# Also covers the hour that is repeated in autumn, whose dates are read as those of the first one.
_OVERLAP_SECONDS = 7200.0
# The first window contains the second one, unless the latest status ended long ago.
_FIRST_WINDOW_SECONDS = 2 * _OVERLAP_SECONDS
_LONGEST_STATUS_SECONDS = 86_400.0
_WHOLE_EVERY_SECONDS = 1800.0
# After a longer failure a response might exceed any limit.
_KEPT_SECONDS = 86_400.0
# The end of the requested period, for clocks and time zones that differ.
_AHEAD_SECONDS = 86_400.0
# A thousand operators with as many events as there are minutes.
_MOST_STATUSES = 150_000
# Rows recorded between two chances for other tasks to run.
_ROWS_AT_ONCE = 1000
# Dates have no fractions.
_MARGIN_SECONDS = 1.0

_BY_END = "the period of /vm/calls/status is compared with the end of a status"
_NOT_KNOWN = "not known yet whether the period of /vm/calls/status is compared with the start or the end of a status"


class Totals(NamedTuple):
    """What an operator did since the observation began.

    Attributes:
        seconds: Seconds in each state that the history contains.
        calls: Calls by direction.
    """

    seconds: dict[AgentState, float]
    calls: dict[Direction, int]

    def add(self, status: Status) -> None:
        """Add a status that has ended."""
        if status.event is None or status.duration is None:
            return
        if status.event in STATES:
            self.seconds[STATES[status.event]] += status.duration
        if status.event in DIRECTIONS:
            self.calls[DIRECTIONS[status.event]] += 1

    def of(self, agent: Agent) -> Agent:
        """Return the agent with these totals."""
        handled = tuple(
            Handled(channel=CHANNEL, direction=direction, contacts=count) for direction, count in self.calls.items()
        )
        return replace(agent, handled=handled, state_totals=dict(self.seconds))


class StatusHistory:
    """The totals of the operators of one target.

    Attributes:
        every: Seconds between two requests.
    """

    def __init__(self, api: AxialysApi, dates: Dates, clock: Clock, every: float, stale_after: float) -> None:
        """Start without totals; nothing is sent yet.

        Args:
            api: The target's API.
            dates: Reads dates, and knows the vendor's time.
            clock: Measures the age of the totals.
            every: Seconds between two requests.
            stale_after: Seconds after which totals that were not updated are not exported.
        """
        self.every = every
        self._api = api
        self._dates = dates
        self._clock = clock
        self._stale_after = max(stale_after, 2 * every)
        self._decoder = Decoder(statuses(dates))
        self._followed = FollowedItems(most=_MOST_STATUSES, overlap=_OVERLAP_SECONDS, kept=_KEPT_SECONDS)
        self._operators: dict[str, Totals] = {}
        self._period: Period | None = None
        self._updated = self._whole = float("-inf")
        self._by_end = False

    @property
    def period(self) -> Period | None:
        """Since when the totals count; None if there are none, or if they are stale."""
        return self._period if self._clock.monotonic() - self._updated <= self._stale_after else None

    def with_totals(self, agent: Agent) -> Agent:
        """Return an agent with its totals, without any if they are not known."""
        return agent if self.period is None else self._totals(agent.id).of(agent)

    async def refresh(self) -> Snapshot:
        """Request the statuses that have ended since the last request, and earlier ones again. Raises PollError."""
        notes: Notes = []
        now = self._dates.now()
        since = self._followed.begin_reading(now - _FIRST_WINDOW_SECONDS, now) - _MARGIN_SECONDS
        is_whole = not self._by_end and self._clock.monotonic() >= self._whole + _WHOLE_EVERY_SECONDS
        begin = since - _LONGEST_STATUS_SECONDS if is_whole else since
        document = await self._api.statuses(
            self._dates.written(begin), self._dates.written(now + _AHEAD_SECONDS), notes
        )
        rows = await self._decoder.read(document, notes)
        for number, row in enumerate(rows, 1):
            self._record(row, since, notes)
            self._by_end = self._by_end or _contradicts_start(row, begin)
            if not number % _ROWS_AT_ONCE:
                await asyncio.sleep(0)
        self._followed.end_reading()
        self._updated = self._clock.monotonic()
        if is_whole:
            self._whole = self._updated
        if self._period is None and self._followed.primed:
            self._period = Period(
                name=f"observed since {self._dates.written(self._dates.now())}", began=self._clock.time()
            )
        findings = (_BY_END if self._by_end else _NOT_KNOWN,)
        return Snapshot(unmapped=tuple(notes), findings=findings)

    def _record(self, status: Status, since: float, notes: Notes) -> None:
        """Count a status unless it has been counted, or had ended before the window or the first request."""
        seen = sighting(status)
        if seen is None:
            notes.append(("calls_status", "a row without operator, type, date or duration"))
            return
        if seen.latest < since:
            return
        refused = self._followed.refused
        if self._followed.record(seen, self._dates.now()):
            self._totals(status.operator).add(status)
        if self._followed.refused > refused:
            notes.append(("calls_status.id_op", "too many statuses at a time to follow this one"))

    def _totals(self, operator: str) -> Totals:
        """Return the totals of an operator; they start at 0, so that the first status counts as an increase."""
        totals = self._operators.get(operator)
        if totals is None:
            seconds = dict.fromkeys(dict.fromkeys(STATES.values()), 0.0)
            totals = self._operators[operator] = Totals(seconds, dict.fromkeys(DIRECTIONS.values(), 0))
        return totals


def _contradicts_start(status: Status, begin: float) -> bool:
    """Return whether a status cannot have been selected by its start, allowing for dates read in another zone."""
    return status.began is not None and status.began < begin - _OVERLAP_SECONDS
