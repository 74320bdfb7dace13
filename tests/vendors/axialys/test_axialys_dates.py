"""The date formats of Axialys, as moments and as ages."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from exporter.vendors.axialys.dates import Dates
from exporter.vendors.toolkit.readers import UnmappedError
from tests.support.clock import ManualClock

# 2027-01-15 08:00 UTC, an hour later in Paris.
NOW = 1_800_000_000


@pytest.mark.parametrize(
    ("returned", "moment"),
    [
        ("2027-01-15 09:00:00", NOW),
        ("2027-01-15 09:00", NOW),
        ("2027-01-15T09:00:00", NOW),
        ("2027-01-15T08:00:00Z", NOW),
        ("2027-01-15T08:00Z", NOW),
        ("2027-01-15T10:00:00+02:00", NOW),
        ("2027-01-15T10:00:00+0200", NOW),
        (" 2027-01-15 09:00:00.500 ", NOW + 0.5),
        ("2027-01-15", NOW - 9 * 3600),
        (NOW, NOW),
        (str(NOW), NOW),
        ("0000-00-00 00:00:00", None),
        ("0", None),
        (0, None),
    ],
)
def test_a_date_in_each_of_its_forms(returned: object, moment: float | None) -> None:
    assert Dates("Europe/Paris", ManualClock(NOW)).moment(returned) == moment


@pytest.mark.parametrize(
    "returned",
    [
        "1970-01-01 00:00:00",
        "0001-01-01T00:00:00",
        "2029-01-15",
        "100000000",
        "hier",
        "",
        "15/01/2027",
        "2027-13-01",
        "2027-01-15 25:00",
        "20270115",
        "9" * 400,
        1.5,
        True,
        [],
        {},
        None,
    ],
)
def test_an_invalid_date_is_unmapped(returned: object) -> None:
    with pytest.raises(UnmappedError):
        Dates("Europe/Paris", ManualClock(NOW)).moment(returned)


@pytest.mark.parametrize(("timezone", "age"), [("Europe/Paris", 60), ("Europe/Moscow", 7260)])
def test_dates_are_in_the_configured_time_zone(timezone: str, age: float) -> None:
    assert Dates(timezone, ManualClock(NOW)).age("2027-01-15 08:59:00") == age


def test_an_age_is_in_whole_seconds_and_never_negative() -> None:
    dates = Dates("UTC", ManualClock(NOW + 0.4))
    assert dates.age("2027-01-15 07:59:30.100") == 30
    assert dates.age("2027-01-15 08:02:00") == 0
    assert dates.age("0000-00-00") is None


@pytest.mark.parametrize(("minutes_past_one_utc", "age"), [(-20, 600), (40, 600)])
def test_the_repeated_hour_in_autumn_is_the_latest_past_one(minutes_past_one_utc: int, age: float) -> None:
    """At 02:40 in Paris, before and after the clocks go back, 02:30 was ten minutes ago."""
    now = datetime(2027, 10, 31, 1, tzinfo=UTC).timestamp() + minutes_past_one_utc * 60
    assert datetime.fromtimestamp(now, ZoneInfo("Europe/Paris")).strftime("%H:%M") == "02:40"
    assert Dates("Europe/Paris", ManualClock(now)).age("2027-10-31 02:30:00") == age


def test_a_clock_set_back_makes_no_negative_age() -> None:
    clock = ManualClock(NOW)
    dates = Dates("UTC", clock)
    clock.jump(-60)
    assert dates.age("2027-01-15 08:00:00") == 0


@pytest.mark.parametrize("date", ["2027-01-15 08:02:01", "2027-01-15 09:00:00", "2027-01-16"])
def test_a_date_more_than_two_minutes_in_the_future_is_unmapped(date: str) -> None:
    dates = Dates("UTC", ManualClock(NOW))
    with pytest.raises(UnmappedError):
        dates.age(date)


@pytest.mark.parametrize("ahead", [-3600, -30, 30, 3600])
def test_dates_are_measured_against_the_date_of_the_response(ahead: float) -> None:
    dates = Dates("UTC", ManualClock(NOW))
    dates.measure_against(NOW + ahead)
    assert dates.age(str(int(NOW + ahead - 60))) == 60
    dates.measure_against(None)
    assert dates.age(str(NOW - 60)) == 60


def test_a_response_that_took_some_seconds_changes_no_age() -> None:
    dates = Dates("UTC", ManualClock(NOW))
    dates.measure_against(NOW - 4)
    assert dates.age("2027-01-15 07:59:00") == 60
