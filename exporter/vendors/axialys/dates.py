"""Dates as Axialys writes them, mostly without an offset.

Source page: section *2.1 Query format*: ISO 8601 or the most common variations of it.
"""

import re
from datetime import datetime
from zoneinfo import ZoneInfo

from exporter.runtime.clock import Clock
from exporter.vendors.toolkit.readers import (
    LATEST_DATE,
    LONGEST_DURATION,
    NoValueError,
    UnmappedError,
    is_no_value,
)

_DATE = re.compile(r"\d{4}-\d{2}-\d{2}([ T]\d{2}:\d{2}.*)?", re.ASCII)
_NEVER = re.compile(r"0000-00-00.*|0+", re.ASCII)
# Earlier dates are the least date of a system, such as 1970-01-01 or 0001-01-01, and stand for no date.
_FIRST_YEAR = "2000"
# A smaller difference between two clocks is the time a response takes, and the fraction that its `Date` does not have.
_SAME_TIME_SECONDS = 5.0
_UNIX_SECONDS = re.compile(r"\d{9,10}", re.ASCII)


class Dates:
    """Reads the dates of one contact centre."""

    def __init__(self, timezone: str, clock: Clock) -> None:
        """Prepare the reader.

        Args:
            timezone: Name of the time zone of dates without an offset.
            clock: Clock that ages are measured against.
        """
        self._zone = ZoneInfo(timezone)
        self._clock = clock
        self._ahead = 0.0

    def measure_against(self, date: float | None) -> None:
        """Measure ages by the vendor's clock from now on.

        Args:
            date: The `Date` of its latest response, in seconds since the Unix epoch; None if the response has none.
        """
        ahead = 0.0 if date is None else date - self._clock.time()
        self._ahead = ahead if abs(ahead) > _SAME_TIME_SECONDS else 0.0

    def moment(self, value: object) -> float | None:
        """Read a date as seconds since the Unix epoch; None for a placeholder such as `0000-00-00`.

        Raises:
            NoValueError: The value is blank.
            UnmappedError: The value is not a date, in the future by more than the clocks may differ, or more than a
                year ago, such as the epoch or the year 1.
        """
        return self._plausible(value, self._read(value))

    def fixed_moment(self, value: object) -> float | None:
        """Read a date as `moment`; in autumn's repeated hour always the earlier moment, as often as it is read.

        Raises:
            NoValueError: The value is blank.
            UnmappedError: The value is not a date, or not a plausible one.
        """
        return self._plausible(value, self._read(value, is_fixed=True))

    def moment_to_compare(self, value: object) -> float | None:
        """Read a date that is compared with another one, as a login with a logout: it may be any time ago.

        A date in the future is read too, because the other one may lie in the same wrong time zone.

        Raises:
            NoValueError: The value is blank.
            UnmappedError: The value is not a date, the least date of a system, or in the future by more than the clocks
                may differ; the fallback is then the moment.
        """
        moment = self._read(value)
        if moment is None:
            return None
        if self.is_placeholder(value):
            raise UnmappedError(value)
        if moment - self.now() > LATEST_DATE:
            raise UnmappedError(value, moment)
        return moment

    def is_plausible(self, moment: float) -> bool:
        """Return whether an age may be derived from a moment: at most a year ago, and not in the future."""
        return -LATEST_DATE <= self.now() - moment <= LONGEST_DURATION

    def _plausible(self, value: object, moment: float | None) -> float | None:
        if moment is not None and not self.is_plausible(moment):
            raise UnmappedError(value)
        return moment

    def _read(self, value: object, *, is_fixed: bool = False) -> float | None:
        written = _written(value)
        if is_no_value(value):
            raise NoValueError(value)
        if _NEVER.fullmatch(written):
            return None
        if _UNIX_SECONDS.fullmatch(written):
            return float(written)
        if not _DATE.fullmatch(written):
            raise UnmappedError(value if isinstance(value, str) else type(value).__name__)
        try:
            return self._timestamp(datetime.fromisoformat(written), is_fixed=is_fixed)
        except (ValueError, OverflowError) as error:
            raise UnmappedError(value) from error

    def age(self, value: object) -> float | None:
        """Read a date as whole seconds elapsed since; None for a placeholder.

        Raises:
            UnmappedError: The value is not a date.
        """
        moment = self.moment(value)
        return None if moment is None else self.since(moment)

    def since(self, moment: float) -> float:
        """Return the whole seconds elapsed since a moment, 0 for one in the future; dates have no fractions."""
        return max(0.0, float(round(self.now() - moment)))

    def is_date(self, value: object) -> bool:
        """Return whether a value is a date, or a placeholder that is written as one."""
        written = _written(value)
        return bool(_DATE.fullmatch(written) or _UNIX_SECONDS.fullmatch(written))

    def is_placeholder(self, value: object) -> bool:
        """Return whether a date stands for no date, such as `0000-00-00` or `1970-01-01`."""
        written = _written(value)
        return bool(_DATE.fullmatch(written)) and written < _FIRST_YEAR

    def now(self) -> float:
        """Return the time of the vendor's clock, in seconds since the Unix epoch."""
        return self._clock.time() + self._ahead

    def written(self, moment: float) -> str:
        """Return a moment as a date without an offset, as the vendor writes them."""
        return f"{datetime.fromtimestamp(moment, self._zone):%Y-%m-%d %H:%M:%S}"

    def _timestamp(self, date: datetime, *, is_fixed: bool) -> float:
        """Return the timestamp of a date; in autumn's repeated hour the later moment unless it is in the future.

        Args:
            date: The date.
            is_fixed: Whether it is the earlier moment in any case.
        """
        if date.tzinfo is not None:
            return date.timestamp()
        later = date.replace(tzinfo=self._zone, fold=1).timestamp()
        earlier = date.replace(tzinfo=self._zone, fold=0).timestamp()
        return earlier if is_fixed or later > self.now() else later


def _written(value: object) -> str:
    """Return a date as text, "" if a value of its type cannot be one."""
    return str(value).strip() if isinstance(value, str | int) and not isinstance(value, bool) else ""
