"""Numbers written as text by vendors who send them so, without losing a digit."""

from decimal import Decimal


def plain(value: float | None) -> str | None:
    """Write a number without an exponent or a needless fraction; None for none."""
    if value is None:
        return None
    return f"{int(value)}" if value == int(value) else format(Decimal(repr(value)), "f")


def percentage(ratio: float | None) -> str | None:
    """Write a ratio as a percentage that, read as a decimal, is exactly that ratio; None for none."""
    if ratio is None:
        return None
    exact = format(Decimal(repr(float(ratio))).scaleb(2), "f")
    return exact.rstrip("0").rstrip(".") if "." in exact else exact
