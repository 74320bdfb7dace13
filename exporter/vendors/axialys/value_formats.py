"""Axialys's own formats of values: lists of ids, names of persons and French percentages."""

from exporter.vendors.toolkit.readers import UnmappedError, identifier, is_no_value, percentage, text


def ids(value: object) -> tuple[str, ...]:
    """Read a list of ids, or a string of ids separated by commas.

    Raises:
        UnmappedError: The value is neither, or contains something other than ids.
    """
    found = value.split(",") if isinstance(value, str) else value
    if not isinstance(found, list):
        raise UnmappedError(type(value).__name__)
    return tuple(dict.fromkeys(identifier(each) for each in found if not is_no_value(each)))


def person(value: object) -> str:
    """Read a person's name; an e-mail address in its place is personal data and rejected.

    Raises:
        UnmappedError: The value is an e-mail address or not text; it is not repeated in the error.
    """
    name = text(value)
    if "@" in name:
        raise UnmappedError("an e-mail address")
    return name


def french_share(value: object) -> float:
    """Read a percentage as a ratio; French notation such as `87,5 %` is accepted.

    Raises:
        UnmappedError: The value is not a number, or outside 0 to 100.
    """
    plain = value.replace(",", ".").replace("%", "").strip() if isinstance(value, str) else value
    return percentage(plain)
