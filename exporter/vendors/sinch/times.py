"""The vendor's times: ISO 8601 in UTC."""

from datetime import UTC, datetime

from exporter.vendors.toolkit.readers import NoValueError, UnmappedError, is_no_value

# The least or the greatest date of a system, such as of the year 1, 1970 or 9999, stands for no date.
_FIRST_YEAR, _LAST_YEAR = 2000, 2099


def timestamp(moment: datetime) -> str:
    """Return a UTC time in the format of the vendor's examples."""
    return f"{moment:%Y-%m-%dT%H:%M:%S}.000Z"


def utc_time(value: object) -> float:
    """Read an ISO 8601 timestamp, in UTC unless it has an offset, as seconds since the Unix epoch.

    Raises:
        NoValueError: It is blank, or a date that stands for none.
        UnmappedError: It is not a timestamp.
    """
    if is_no_value(value):
        raise NoValueError(value)
    if not isinstance(value, str):
        raise UnmappedError(type(value).__name__)
    try:
        date = datetime.fromisoformat(value.strip())
    except ValueError as error:
        raise UnmappedError(value) from error
    if not _FIRST_YEAR <= date.year <= _LAST_YEAR:
        raise NoValueError(value)
    return (date if date.tzinfo else date.replace(tzinfo=UTC)).timestamp()
