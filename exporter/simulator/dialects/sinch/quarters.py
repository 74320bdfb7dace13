"""Totals of each queue for each quarter of an hour of the day: the rows of `/contactSummaries`.

The simulated day is served as the current day in UTC, so its quarters start where a client that reads UTC expects
them.
"""

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import NamedTuple

from exporter.simulator.centre import Centre
from exporter.simulator.daytime import DAY, QUARTER
from exporter.simulator.dialects.sinch.statuses import CHANNEL_WORDS, Row, milliseconds
from exporter.simulator.lines import Contact, Line
from exporter.simulator.profile import QueueProfile
from exporter.simulator.queue_totals import QueueTotals

APPLICATION = {"applicationId": "8904FC834D01423291AEA278E226CE1B", "applicationName": "ContactCenter"}
_CHANGED = timedelta(seconds=101)


class _Quarter(NamedTuple):
    """The data of a queue's quarter of an hour.

    Attributes:
        before: The running totals at its start.
        after: The running totals at its end.
        active: Contacts that arrived in it and have not ended yet.
        longest_wait: The longest wait that ended in it or is still running, in seconds.
    """

    before: QueueTotals
    after: QueueTotals
    active: int
    longest_wait: float

    def increase(self, name: str) -> int:
        """Return the increase of a running total in it."""
        return int(getattr(self.after, name) - getattr(self.before, name))


def summaries(centre: Centre, now: float, after: float) -> list[Row]:
    """Return the current quarter of every queue, and each earlier one of today in which a total changed.

    Args:
        centre: The centre.
        now: The current time, in seconds since the Unix epoch.
        after: Only quarters that start later than this are returned.
    """
    midnight = now // DAY * DAY
    rows = (row for line in centre.lines.values() for row in _rows(line, centre, midnight))
    return [row for began, row in rows if began > after]


def _rows(line: Line, centre: Centre, midnight: float) -> Iterator[tuple[float, Row]]:
    snapshots = [QueueTotals(), *line.quarters, line.totals]
    current = len(snapshots) - 2
    active = Counter(_quarter(contact.offered, centre.now) for contact in _active(line, centre))
    waits_now = [centre.now - contact.offered for contact in line.waiting]
    for quarter, (before, after) in enumerate(pairwise(snapshots)):
        if quarter != current and before == after:
            continue
        waits = [after.longest_wait_of_quarter_seconds, *(waits_now if quarter == current else ())]
        began = midnight + quarter * QUARTER
        yield began, _row(line.profile, began, _Quarter(before, after, active[quarter], max(waits)))


def _row(profile: QueueProfile, began: float, quarter: _Quarter) -> Row:
    moment = datetime.fromtimestamp(began, UTC)
    arrived = quarter.increase("offered")
    active = min(quarter.active, arrived)
    increase = quarter.increase

    return {
        **APPLICATION,
        "changeTimeStamp": f"{moment + _CHANGED:%Y-%m-%dT%H:%M:%S}.733Z",
        "hourTime": f"{moment:%Y-%m-%dT%H:%M:%S}.00Z",
        "id": f"{profile.id}{moment:%Y%m%dT%H%M%S}Z",
        "inAbandoned": increase("abandoned"),
        "inAnsweredOnTime": increase("answered_in_service_level"),
        "inArrivedHandled": arrived - active,
        "inArrivedActive": active,
        "inFalseAttempt": increase("abandoned_short"),
        "inHandleTimeMax": None,  # not simulated
        "inHandleTimeTotal": increase("handle_seconds") * 1000,
        "inHandled": increase("answered"),
        "inQueueTimeMax": milliseconds(quarter.longest_wait),
        "inAnsweredQueueTimeTotal": increase("answer_wait_seconds") * 1000,
        "inAbandonedQueueTimeTotal": increase("abandon_wait_seconds") * 1000,
        "inFalseAttemptQueueTimeTotal": None,
        "inServiceClosed": increase("rejected_closed"),
        "outHandleTimeMax": 0,  # outbound calls do not belong to a queue
        "outHandleTimeTotal": 0,
        "outHandled": 0,
        "queueId": profile.id,
        "queueName": profile.name,
        "type": CHANNEL_WORDS[profile.channel],
    }


def _active(line: Line, centre: Centre) -> Iterator[Contact]:
    """Yield the waiting, ringing and connected contacts of a queue that count as arrived today."""
    yield from line.waiting
    for agent in centre.floor.agents:
        contact = agent.contact
        if contact is None or contact.line is not line or agent.state == "wrap_up":
            continue
        if agent.state == "ringing" or contact.offered >= centre.now // DAY * DAY:
            yield contact


def _quarter(moment: float, now: float) -> int:
    """Return the index of today's quarter that contains a time; 0 for an earlier day."""
    return int(max(0.0, moment - now // DAY * DAY) // QUARTER)
