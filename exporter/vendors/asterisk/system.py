"""The start of Asterisk, with which the totals of all queues restart.

The totals of single queues also restart by an operator's `queue reset stats`, as in a nightly job, and all of them with
`module load app_queue.so`; neither changes the times of *CoreStatus*. A reload keeps them: `reload_queues` in
`apps/app_queue.c`.
"""

import re
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from exporter.model import Period
from exporter.vendors.asterisk.api import Action
from exporter.vendors.asterisk.messages import Headers

CORE_STATUS: Final = Action(
    "CoreStatus", headers=("CoreStartupDate", "CoreStartupTime"), right="system or write=reporting"
)

_START: Final = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", re.ASCII)
_UNKNOWN: Final = float("-inf")


def period_of(status: Headers, zone: str | None) -> Period | None:
    """Return the reporting period that began with Asterisk's start, None if the response does not contain it.

    Args:
        status: The headers of *CoreStatus*: a local time without its zone.
        zone: The time zone of Asterisk; None if it is not configured, and the start then a mere name.
    """
    start = f"{status.get('CoreStartupDate', '')} {status.get('CoreStartupTime', '')}"
    if not _START.fullmatch(start):
        return None
    return Period(name=start, began=_UNKNOWN if zone is None else _moment(start, zone), restarts_within=True)


def _moment(start: str, zone: str) -> float:
    """Return the seconds since the epoch of a local time, minus infinity if there is no such time."""
    try:
        return datetime.fromisoformat(start).replace(tzinfo=ZoneInfo(zone)).timestamp()
    except (ValueError, OverflowError):
        return _UNKNOWN
