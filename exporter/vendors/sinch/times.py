"""The vendor's times: ISO 8601 in UTC."""

from datetime import UTC, datetime

from exporter.vendors.toolkit.readers import NoValueError, UnmappedError, is_no_value


def timestamp(moment: datetime) -> str:
    """Return a UTC time in the format of the vendor's examples."""
    return f"{moment:%Y-%m-%dT%H:%M:%S}.000Z"


def utc_time(value: object) -> float:
    """Read an ISO 8601 timestamp, in UTC unless it has an offset, as seconds since the Unix epoch.

    Raises:
        NoValueError: It is blank.
        UnmappedError: It is not a timestamp.
    """
    if is_no_value(value):
        raise NoValueError(value)
    if not isinstance(value, str):
        raise UnmappedError(type(value).__name__)
    try:
        date = datetime.fromisoformat(value.strip())
        return (date if date.tzinfo else date.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError) as error:
        raise UnmappedError(value) from error
