"""Distinguishes the restart of a running total from a correction or a hiccup of the vendor."""

from collections.abc import Sequence
from typing import Final

from exporter.model import Period

RESTART_SHARE: Final = 0.5
"""Without a known period, a value below this share of the held one may be a restart."""

State = tuple[float, float, Period | None]
"""The value the vendor returned last, the value exported, and the reporting period of both."""


def is_same(period: Period | None, seen: Period | None) -> bool | None:
    """Return whether two polls are of one reporting period, None if that does not prove whether totals restarted."""
    if period is None or seen is None:
        return None
    same = period.name == seen.name
    return None if same and period.restarts_within else same


def after_decrease(value: float, last: float, held: float, *, same_period: bool | None) -> tuple[float, bool]:
    """Return the value to export if this poll or the last one returned less than the held value.

    Args:
        value: The value of this poll.
        last: The value of the last poll.
        held: The value exported last.
        same_period: Whether both polls are of one reporting period, None if that is unknown or proves nothing.

    Returns:
        The value, and whether a decrease turned out not to be a restart.
    """
    if same_period is False:
        return value, False
    low = held * RESTART_SHARE
    if same_period is None and last < low:
        nearer_to_last = value <= (last + held) / 2
        return (value, False) if nearer_to_last else (max(value, held), True)
    if same_period is None and value < low:
        return held, False
    return max(value, held), value < last


def buckets_after(
    values: Sequence[float], states: Sequence[State], period: Period | None
) -> tuple[Sequence[float], bool]:
    """Return the totals of a histogram to export, and whether a decrease turned out not to be a restart.

    Args:
        values: The totals of this poll, that of all observations first.
        states: What is known of each.
        period: The reporting period of this poll.
    """
    total, (last, held, seen) = values[0], states[0]
    same = is_same(period, seen)
    decreased = total < held or last < held
    kept, suppressed = after_decrease(total, last, held, same_period=same) if decreased else (total, False)
    if same is False or kept < held:
        return values, False
    corrected = any(value < before for value, (before, _, _) in zip(values, states, strict=True))
    highest = [max(value, held) for value, (_, held, _) in zip(values, states, strict=True)]
    return highest, suppressed or (corrected and not decreased)
