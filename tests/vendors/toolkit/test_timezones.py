"""Time zones and the start of their local day."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from pydantic import TypeAdapter, ValidationError

from exporter.settings import Zone
from exporter.vendors.toolkit.timezones import midnight


@pytest.mark.parametrize(
    ("zone", "now", "began"),
    [
        ("UTC", "2027-01-15T08:00:00Z", "2027-01-15T00:00:00Z"),
        ("UTC", "2027-01-15T00:00:00Z", "2027-01-15T00:00:00Z"),
        ("Europe/Helsinki", "2027-01-15T08:00:00Z", "2027-01-14T22:00:00Z"),
        ("America/New_York", "2027-01-15T03:00:00Z", "2027-01-14T05:00:00Z"),
        ("Pacific/Kiritimati", "2027-01-15T11:00:00Z", "2027-01-15T10:00:00Z"),
        # Before and after the change of clocks on that day.
        ("Europe/Helsinki", "2027-03-28T00:30:00Z", "2027-03-27T22:00:00Z"),
        ("Europe/Helsinki", "2027-03-28T20:59:59Z", "2027-03-27T22:00:00Z"),
        ("Europe/Helsinki", "2027-03-28T21:00:00Z", "2027-03-28T21:00:00Z"),
        ("Europe/Helsinki", "2027-10-31T21:59:59Z", "2027-10-30T21:00:00Z"),
        # Days without a midnight and with two.
        ("America/Santiago", "2019-09-08T04:00:00Z", "2019-09-08T04:00:00Z"),
        ("America/Havana", "2019-11-03T05:30:00Z", "2019-11-03T04:00:00Z"),
    ],
)
def test_the_day_began_at_its_local_midnight(zone: str, now: str, began: str) -> None:
    moment = datetime.fromisoformat(now).timestamp()
    assert midnight(moment, ZoneInfo(zone)) == datetime.fromisoformat(began)


@pytest.mark.parametrize("name", ["Europe/Atlantis", "", "../etc/passwd", "/etc/passwd", "Europe"])
def test_an_invalid_time_zone_is_rejected(name: str) -> None:
    with pytest.raises(ValidationError, match="not a time zone"):
        TypeAdapter(Zone).validate_python(name)
