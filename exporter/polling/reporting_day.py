"""The reporting day of a target, by the configured time of day at which its vendor's totals restart."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo


class ReportingDay:
    """Returns the reporting day of a moment."""

    def __init__(self, timezone: str | None, starts: str | None) -> None:
        """Use a time zone, UTC if unset.

        Args:
            timezone: The name of the time zone.
            starts: The time of day at which the day starts, as HH:MM; None if it is unknown.
        """
        self._zone = ZoneInfo(timezone or "UTC")
        self._offset = None
        if starts is not None:
            hours, minutes = map(int, starts.split(":"))
            self._offset = timedelta(hours=hours, minutes=minutes)

    def of(self, time: float) -> str | None:
        """Return the reporting day as an ISO date, None if it is unknown.

        Args:
            time: Seconds since the Unix epoch.
        """
        if self._offset is None:
            return None
        # Local wall-clock time: a day starts at the same time of day when clocks change.
        local = datetime.fromtimestamp(time, self._zone).replace(tzinfo=None)
        return (local - self._offset).date().isoformat()
