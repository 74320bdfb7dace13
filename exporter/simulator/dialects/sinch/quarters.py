"""Totals of each queue for each quarter of an hour: the rows of `/contactSummaries`.

A contact counts in the quarter in which it was offered to the queue, whenever it is answered or handled, and a quarter
in which none was offered has no row. Quarters are kept for 36 hours. The simulated day is served as the current day in
UTC, so its quarters start where a client that reads UTC expects them; at midnight that is only true if the simulation
began at the same time of day. If it began at another, `startTime` also returns quarters that are simulated since then,
although their time of day is earlier: a client that requests the latest quarters receives them.
"""

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import NamedTuple

from exporter.simulator.centre import Centre
from exporter.simulator.daytime import DAY, HOUR, QUARTER
from exporter.simulator.dialects.sinch.statuses import CHANNEL_WORDS, Row, milliseconds
from exporter.simulator.driver import Driver
from exporter.simulator.lines import Contact, Line
from exporter.simulator.profile import QueueProfile
from exporter.simulator.queue_totals import QueueTotals

APPLICATION = {"applicationId": "8904FC834D01423291AEA278E226CE1B", "applicationName": "ContactCenter"}
KEPT_SECONDS = 36 * HOUR


class _Quarter(NamedTuple):
    """The data of a queue's quarter of an hour.

    Attributes:
        began: When it began, in seconds since the Unix epoch, by the time of day.
        simulated: When its beginning was simulated, in seconds since the Unix epoch.
        changed: When its data changed last, in seconds since the Unix epoch.
        totals: What has happened to the contacts offered in it.
        active: Contacts offered in it that have not ended yet.
        longest_wait: The longest wait of them, in seconds; it may still be running.
    """

    began: float
    simulated: float
    changed: float
    totals: QueueTotals
    active: int
    longest_wait: float


def summaries(driver: Driver, after: float) -> list[Row]:
    """Return each quarter of the last 36 hours in which contacts arrived, of every queue.

    Args:
        driver: The driver of the centre.
        after: Only quarters that start later than this are returned, in seconds since the Unix epoch.
    """
    centre = driver.centre
    active = Counter((line, contact.offered // QUARTER) for line, contact in _active(centre))
    return [
        _row(line.profile, quarter)
        for line in centre.lines.values()
        for quarter in _quarters(line, driver, active)
        if max(quarter.began, quarter.simulated) > after
    ]


def _quarters(line: Line, driver: Driver, active: Counter[tuple[Line, float]]) -> Iterator[_Quarter]:
    simulated, now = driver.centre.now, driver.clock.time()
    # From simulated time to the time served: both are in the same day.
    shift = now // DAY * DAY - simulated // DAY * DAY
    for began, totals in sorted(line.arrivals.items()):
        if began > simulated - KEPT_SECONDS:
            waits = [simulated - each.offered for each in line.waiting if began <= each.offered < began + QUARTER]
            yield _Quarter(
                began + shift,
                driver.time_of(began),
                min(now, began + shift + QUARTER),
                totals,
                active[line, began // QUARTER],
                max([totals.longest_wait_seconds, *waits]),
            )


def _row(profile: QueueProfile, quarter: _Quarter) -> Row:
    began, changed = (datetime.fromtimestamp(moment, UTC) for moment in (quarter.began, quarter.changed))
    totals = quarter.totals
    return {
        **APPLICATION,
        "changeTimeStamp": f"{changed:%Y-%m-%dT%H:%M:%S}.000Z",
        "hourTime": f"{began:%Y-%m-%dT%H:%M:%S}.00Z",
        "id": f"{profile.id}{began:%Y%m%dT%H%M%S}Z",
        "inAbandoned": totals.abandoned,
        "inAnsweredOnTime": totals.answered_in_service_level,
        "inArrivedHandled": totals.offered - quarter.active,
        "inArrivedActive": quarter.active,
        "inFalseAttempt": totals.abandoned_short,
        "inHandleTimeMax": None,  # not simulated
        "inHandleTimeTotal": milliseconds(totals.handle_seconds),
        "inHandled": totals.answered,
        "inQueueTimeMax": milliseconds(quarter.longest_wait),
        "inAnsweredQueueTimeTotal": milliseconds(totals.answer_wait_seconds),
        "inAbandonedQueueTimeTotal": milliseconds(totals.abandon_wait_seconds),
        "inFalseAttemptQueueTimeTotal": None,
        "inServiceClosed": totals.rejected_closed,
        "outHandleTimeMax": 0,  # outbound calls do not belong to a queue
        "outHandleTimeTotal": 0,
        "outHandled": 0,
        "queueId": profile.id,
        "queueName": profile.name,
        "type": CHANNEL_WORDS[profile.channel],
    }


def _active(centre: Centre) -> Iterator[tuple[Line, Contact]]:
    """Yield the waiting, ringing and connected contacts, each with the queue it was offered to last."""
    for line in centre.lines.values():
        for contact in line.waiting:
            yield line, contact
    for agent in centre.floor.agents:
        served = agent.contact
        if served is not None and served.line is not None and agent.state != "wrap_up":
            yield served.line, served
