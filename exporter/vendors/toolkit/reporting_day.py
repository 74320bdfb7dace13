"""The reporting day of a target, by the configured time of day at which its vendor's totals restart."""

from datetime import date, datetime, timedelta
from datetime import time as time_of_day
from typing import Final
from zoneinfo import ZoneInfo

from exporter.model import Period

# How long after the configured time a vendor may still return totals of the day before: its clock may be behind, and
# some vendors update totals only every few minutes.
_SETTLES_AFTER_SECONDS: Final = 300.0


class ReportingDay:
    """Returns the reporting day of a moment."""

    def __init__(self, timezone: str | None, starts: str | None) -> None:
        """Use a time zone, UTC if unset.

        Args:
            timezone: The name of the time zone.
            starts: The time of day at which the day starts, as HH:MM; None if it is unknown.
        """
        self._zone = ZoneInfo(timezone or "UTC")
        self._starts = None if starts is None else time_of_day.fromisoformat(starts)

    def of(self, time: float, oldest_seconds: float = 0.0) -> Period | None:
        """Return the reporting day, None if it is unknown.

        Args:
            time: Seconds since the Unix epoch.
            oldest_seconds: The age of the oldest response that is used at that moment: the totals are certainly of a
                new day only if that response is.
        """
        if self._starts is None:
            return None
        day = datetime.fromtimestamp(time, self._zone).date()
        if self._start(day, self._starts) > time:
            day -= timedelta(days=1)
        began = self._start(day, self._starts)
        settled = time - oldest_seconds - began >= _SETTLES_AFTER_SECONDS
        return Period(name=day.isoformat(), began=began, settled=settled)

    def _start(self, day: date, starts: time_of_day) -> float:
        """Return when a day starts: the first moment at which the local time is not before the configured one."""
        wall = datetime.combine(day, starts)
        first, second = (wall.replace(tzinfo=self._zone, fold=fold).timestamp() for fold in (0, 1))
        if first <= second:
            return first
        # Clocks go forward over that time of day. Changes of clocks are at whole minutes.
        for moment in range(int(second), int(first), 60):
            if datetime.fromtimestamp(moment, self._zone).replace(tzinfo=None) >= wall:
                return moment
        return first
