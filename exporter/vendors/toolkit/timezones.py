"""The start of a local day, from which many vendors count totals."""

from datetime import UTC, datetime, time
from zoneinfo import ZoneInfo


def midnight(now: float, zone: ZoneInfo) -> datetime:
    """Return when the local day began, in UTC.

    If clocks go forward at midnight, that is the moment of the change; if midnight occurs twice, the first.

    Args:
        now: Seconds since the Unix epoch.
        zone: The time zone of the day.
    """
    today = datetime.fromtimestamp(now, zone).date()
    return datetime.combine(today, time.min, zone).astimezone(UTC)
