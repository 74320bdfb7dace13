"""Format numbers as text without losing a digit, for vendors that send numbers as strings."""

from decimal import Decimal


def plain(value: float | None) -> str | None:
    """Format a number without an exponent or trailing fraction; None stays None."""
    if value is None:
        return None
    return f"{int(value)}" if value == int(value) else format(Decimal(repr(value)), "f")


def percentage(ratio: float | None) -> str | None:
    """Format a ratio as a percentage that, parsed as a decimal, is exactly that ratio; None stays None."""
    if ratio is None:
        return None
    exact = format(Decimal(repr(float(ratio))).scaleb(2), "f")
    return exact.rstrip("0").rstrip(".") if "." in exact else exact
