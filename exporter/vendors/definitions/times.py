"""The reporting day of a target, and the times that its requests may contain."""

from zoneinfo import ZoneInfo

from exporter.model import Period
from exporter.settings import TargetSettings
from exporter.vendors.definitions.language import Day as DaySpec
from exporter.vendors.definitions.language import SettingReference
from exporter.vendors.definitions.substitution import Moments
from exporter.vendors.toolkit.reporting_day import ReportingDay

_DAY_STARTS = "00:00"
# Later than the end of a day of 25 hours, and earlier than that of the day after it.
_INTO_NEXT_DAY = 30 * 3600.0


class Day:
    """The reporting day of one target.

    Attributes:
        zone: Its time zone.
    """

    def __init__(self, spec: DaySpec, target: TargetSettings, settings: dict[str, str | None]) -> None:
        """Prepare the day.

        Args:
            spec: The day of the definition.
            target: The target, whose zone and start are used if the definition has none.
            settings: The values of the target's settings.
        """
        zone = settings.get(spec.zone.setting) if isinstance(spec.zone, SettingReference) else spec.zone
        name = zone or target.timezone or "UTC"
        self.zone = ZoneInfo(name)
        self._day = ReportingDay(name, spec.starts or target.day_starts or _DAY_STARTS)

    def period(self, time: float, oldest_seconds: float = 0.0) -> Period:
        """Return the reporting day of a moment.

        Args:
            time: Seconds since the Unix epoch.
            oldest_seconds: The age of the oldest response that is used at that moment.
        """
        period = self._day.of(time, oldest_seconds)
        assert period is not None  # noqa: S101 - the day has a start
        return period

    def moments(self, now: float) -> Moments:
        """Return the times that a request may contain which is sent now."""
        today = self.period(now).began
        return Moments(now, today, self.period(today + _INTO_NEXT_DAY).began, self.zone)
