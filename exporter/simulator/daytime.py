"""Simulated time: seconds since the local midnight at which a simulation begins."""

HOUR = 3600.0
DAY = 24 * HOUR
QUARTER = HOUR / 4


def hour_of_day(moment: float) -> float:
    """Return the hours since the last midnight, at least 0 and below 24."""
    return moment % DAY / HOUR


def next_quarter(moment: float) -> float:
    """Return the start of the next quarter of an hour."""
    return (moment // QUARTER + 1) * QUARTER


def next_midnight(moment: float) -> float:
    """Return the next midnight."""
    return (moment // DAY + 1) * DAY
