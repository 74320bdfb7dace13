"""The start of Asterisk as the reporting period of all totals."""

import pytest

from exporter.model import Period
from exporter.vendors.asterisk.system import period_of

STATUS = {"CoreStartupDate": "2026-11-26", "CoreStartupTime": "19:40:33"}


def test_the_start_names_the_period_and_with_a_zone_dates_it() -> None:
    unknown = Period(name="2026-11-26 19:40:33", began=float("-inf"), restarts_within=True)
    assert period_of(STATUS, None) == unknown
    assert period_of(STATUS, "UTC") == Period(name=unknown.name, began=1_795_722_033, restarts_within=True)
    assert period_of(STATUS, "Europe/Amsterdam") == Period(name=unknown.name, began=1_795_718_433, restarts_within=True)


@pytest.mark.parametrize("status", [{}, {"CoreStartupDate": "2026-11-26"}, {**STATUS, "CoreStartupTime": "soon"}])
def test_a_status_without_a_start_names_no_period(status: dict[str, str]) -> None:
    assert period_of(status, "UTC") is None


def test_a_date_that_does_not_exist_has_no_time() -> None:
    period = period_of({**STATUS, "CoreStartupDate": "2026-02-30"}, "UTC")
    assert period is not None
    assert period.began == float("-inf")
