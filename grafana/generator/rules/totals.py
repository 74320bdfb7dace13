"""Contacts of each channel of a contact centre, recorded so that no headline reads ten thousand queues.

They are parts of shares: those of several contact centres are added before they are divided.
"""

from collections.abc import Iterator
from typing import Final

from exporter.metrics import catalog
from grafana.generator.joins import SAME_QUEUE, TARGET_ID, TARGET_KEY
from grafana.generator.rules import names
from grafana.generator.rules.redundancy import highest
from grafana.generator.rules.rule_files import Record

IN_TIME: Final = "channel:contactcenter_service_level:in_time30m"
WITH_LEVEL: Final = "channel:contactcenter_service_level:counted30m"
ABANDONED: Final = "channel:contactcenter_abandonment:abandoned_day"
WITH_ABANDONMENT: Final = "channel:contactcenter_abandonment:counted_day"
OFFERED: Final = "channel:contactcenter_contacts_offered:day"
OFFERED_LAST_WEEK: Final = "channel:contactcenter_contacts_offered:last_week"

_SUM: Final = f"sum by ({TARGET_KEY}, channel)"
_SUM_ONCE: Final = f"sum by ({TARGET_ID}, channel)"
_QUEUE_ID: Final = f"on ({TARGET_ID}, queue_id, channel)"


def of_half_hour() -> Iterator[Record]:
    """Yield the contacts answered in time in the last half hour, and those with an outcome.

    A contact that overflowed counts once where the vendor reports that.
    """
    level, counted = names.service_level("30m"), names.counted("30m")
    in_time = f"{level} * {SAME_QUEUE} group_left () max without (queue) ({counted})"
    yield Record(IN_TIME, f"{_SUM} ({in_time})")
    once = f"({names.COUNTED_UNIQUE} or {SAME_QUEUE} {counted})"
    yield Record(WITH_LEVEL, f"{_SUM} ({once} and {SAME_QUEUE} {level})")


def of_day() -> Iterator[Record]:
    """Yield the contacts abandoned today, those with an outcome, and those offered today and last week by this time.

    The shares are of the queues whose vendor counts abandoned contacts; those of last week, of the queues that existed
    then and exist now. An exporter may have another instance since.
    """
    lost, lost_once = catalog.QUEUE_CONTACTS_ABANDONED.name, catalog.QUEUE_CONTACTS_ABANDONED_UNIQUE.name
    yield Record(ABANDONED, f"{_SUM} ({lost_once} or {lost})")
    counted = f"({names.COUNTED_TODAY} - ({lost} - {lost_once}) or {names.COUNTED_TODAY})"
    yield Record(WITH_ABANDONMENT, f"{_SUM} ({counted} and {lost})")
    offered = catalog.QUEUE_CONTACTS_OFFERED.name
    today, last_week = highest(offered), highest(f"{offered} offset 1w")
    yield Record(OFFERED, f"{_SUM_ONCE} ({today} and {_QUEUE_ID} {offered} offset 1w)")
    yield Record(OFFERED_LAST_WEEK, f"{_SUM_ONCE} ({last_week} and {_QUEUE_ID} {offered})")
