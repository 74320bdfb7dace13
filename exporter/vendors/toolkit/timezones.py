"""Time zones by name and the start of their local day, from which many vendors count totals."""

from datetime import UTC, datetime, time
from typing import Annotated
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator


def _zone(text: str) -> str:
    try:
        ZoneInfo(text)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ValueError("not a time zone: use a name such as Europe/Paris") from error
    return text


Zone = Annotated[str, AfterValidator(_zone)]
"""The name of a time zone."""


def midnight(now: float, zone: ZoneInfo) -> datetime:
    """Return when the local day began, in UTC.

    If clocks go forward at midnight, that is the moment of the change; if midnight occurs twice, the first.

    Args:
        now: Seconds since the Unix epoch.
        zone: The time zone of the day.
    """
    today = datetime.fromtimestamp(now, zone).date()
    return datetime.combine(today, time.min, zone).astimezone(UTC)
