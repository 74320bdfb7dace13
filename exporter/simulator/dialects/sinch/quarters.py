"""What each queue saw in each quarter of an hour of the day: the rows of `/contactSummaries`.

The simulated day is told as the present day in UTC, whatever the hour in the simulation, so that it begins when
somebody who counts in UTC takes it to begin.
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
    """What a queue's quarter of an hour is made of.

    Attributes:
        before: The running totals at its beginning.
        after: The running totals at its end.
        active: Contacts that arrived in it and have not ended yet.
        longest_wait: The longest wait that ended in it, or goes on now, in seconds.
    """

    before: QueueTotals
    after: QueueTotals
    active: int
    longest_wait: float

    def seen(self, name: str) -> int:
        """Return by how much a running total has grown in it."""
        return int(getattr(self.after, name) - getattr(self.before, name))


def summaries(centre: Centre, now: float, after: float) -> list[Row]:
    """Return the present quarter hour of every queue, and every one before it today in which something happened.

    Args:
        centre: The centre.
        now: The present moment, in seconds since the Unix epoch.
        after: Quarter hours that begin later than this are told.
    """
    midnight = now // DAY * DAY
    rows = (row for line in centre.lines.values() for row in _rows(line, centre, midnight))
    return [row for began, row in rows if began > after]


def _rows(line: Line, centre: Centre, midnight: float) -> Iterator[tuple[float, Row]]:
    stands = [QueueTotals(), *line.quarters, line.totals]
    present = len(stands) - 2
    active = Counter(_quarter(contact.offered, centre.now) for contact in _active(line, centre))
    waits_now = [centre.now - contact.offered for contact in line.waiting]
    for quarter, (before, after) in enumerate(pairwise(stands)):
        if quarter != present and before == after:
            continue
        waits = [after.longest_wait_of_quarter_seconds, *(waits_now if quarter == present else ())]
        began = midnight + quarter * QUARTER
        yield began, _row(line.profile, began, _Quarter(before, after, active[quarter], max(waits)))


def _row(profile: QueueProfile, began: float, quarter: _Quarter) -> Row:
    moment = datetime.fromtimestamp(began, UTC)
    arrived = quarter.seen("offered")
    active = min(quarter.active, arrived)
    seen = quarter.seen

    return {
        **APPLICATION,
        "changeTimeStamp": f"{moment + _CHANGED:%Y-%m-%dT%H:%M:%S}.733Z",
        "hourTime": f"{moment:%Y-%m-%dT%H:%M:%S}.00Z",
        "id": f"{profile.id}{moment:%Y%m%dT%H%M%S}Z",
        "inAbandoned": seen("abandoned"),
        "inAnsweredOnTime": seen("answered_in_service_level"),
        "inArrivedHandled": arrived - active,
        "inArrivedActive": active,
        "inFalseAttempt": seen("abandoned_short"),
        "inHandleTimeMax": None,  # nobody keeps it
        "inHandleTimeTotal": seen("handle_seconds") * 1000,
        "inHandled": seen("answered"),
        "inQueueTimeMax": milliseconds(quarter.longest_wait),
        "inAnsweredQueueTimeTotal": seen("answer_wait_seconds") * 1000,
        "inAbandonedQueueTimeTotal": seen("abandon_wait_seconds") * 1000,
        "inFalseAttemptQueueTimeTotal": None,
        "inServiceClosed": seen("rejected_closed"),
        "outHandleTimeMax": 0,  # the agents' own calls belong to no queue
        "outHandleTimeTotal": 0,
        "outHandled": 0,
        "queueId": profile.id,
        "queueName": profile.name,
        "type": CHANNEL_WORDS[profile.channel],
    }


def _active(line: Line, centre: Centre) -> Iterator[Contact]:
    """Yield the contacts of a queue that wait, ring or are talked to, of those that count as arrived today."""
    yield from line.waiting
    for agent in centre.floor.agents:
        contact = agent.contact
        if contact is None or contact.line is not line or agent.state == "wrap_up":
            continue
        if agent.state == "ringing" or contact.offered >= centre.now // DAY * DAY:
            yield contact


def _quarter(moment: float, now: float) -> int:
    """Return which quarter hour of today a moment lies in; the first where it lies before."""
    return int(max(0.0, moment - now // DAY * DAY) // QUARTER)
