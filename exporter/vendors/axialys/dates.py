"""Dates as Axialys writes them, which name their offset at most sometimes.

Source page: section *2.1 Query format*: ISO 8601 or the most common variations of it.
"""

import re
from datetime import datetime
from zoneinfo import ZoneInfo

from exporter.runtime.clock import Clock
from exporter.vendors.toolkit.readers import UnmappedError

_DATE = re.compile(r"\d{4}-\d{2}-\d{2}([ T]\d{2}:\d{2}.*)?", re.ASCII)
_NEVER = re.compile(r"0000-00-00.*|0+", re.ASCII)
_UNIX_SECONDS = re.compile(r"\d{9,10}", re.ASCII)


class Dates:
    """Reads dates of one contact centre."""

    def __init__(self, timezone: str, clock: Clock) -> None:
        """Read dates without an offset as the time of a zone.

        Args:
            timezone: Its name.
            clock: What ages are measured against.
        """
        self._zone = ZoneInfo(timezone)
        self._clock = clock

    def moment(self, value: object) -> float | None:
        """Read a date as seconds since the Unix epoch; None for what stands for no date.

        Raises:
            UnmappedError: It is no date.
        """
        said = str(value).strip() if isinstance(value, str | int) and not isinstance(value, bool) else ""
        if _NEVER.fullmatch(said):
            return None
        if _UNIX_SECONDS.fullmatch(said):
            return float(said)
        if not _DATE.fullmatch(said):
            raise UnmappedError(value if isinstance(value, str) else type(value).__name__)
        try:
            return self._placed(datetime.fromisoformat(said))
        except (ValueError, OverflowError) as error:
            raise UnmappedError(value) from error

    def age(self, value: object) -> float | None:
        """Read a date as the whole seconds gone since; None for what stands for no date.

        Raises:
            UnmappedError: It is no date.
        """
        moment = self.moment(value)
        return None if moment is None else self.since(moment)

    def since(self, moment: float) -> float:
        """Return the seconds gone since a moment: whole ones, as dates are, and 0 for one yet to come."""
        return max(0.0, float(round(self._clock.time() - moment)))

    def is_date(self, value: object) -> bool:
        """Tell whether a text is a date."""
        return isinstance(value, str) and bool(_DATE.fullmatch(value.strip()))

    def _placed(self, date: datetime) -> float:
        """Return when it was; of the two moments that an hour repeated in autumn may be, the last one gone by."""
        if date.tzinfo is not None:
            return date.timestamp()
        later = date.replace(tzinfo=self._zone, fold=1).timestamp()
        earlier = date.replace(tzinfo=self._zone, fold=0).timestamp()
        return later if later <= self._clock.time() else earlier
