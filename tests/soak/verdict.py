"""Whether what days left behind is flat."""

from collections.abc import Iterator, Sequence
from statistics import mean

from tests.soak.month import DayEnd

# Memory that days left may differ by this share; one tenth of the days is compared with another.
_SHARE = 0.05
_TENTHS = 10
_FLAT = ("rss_kib", "blocks", "traced_kib")
# Connections come and go with the minute of the look.
_NEARLY_FLAT = {"descriptors": 8, "tasks": 12}


def problems(days: Sequence[DayEnd]) -> Iterator[str]:
    """Yield what is not as it should be: memory, files and tasks that grow, and whatever was wrong on a day."""
    for day in days:
        yield from (f"day {day.day}: {wrong}" for wrong in day.wrong)
    if len(days) < _TENTHS:
        return
    tenth = len(days) // _TENTHS
    second, last = days[tenth : 2 * tenth], days[-tenth:]
    for name in _FLAT:
        before, after = (mean(getattr(day, name) for day in some) for some in (second, last))
        if after > before * (1 + _SHARE):
            yield f"{name} grew from {before:,.0f} to {after:,.0f}, which is {after / before - 1:.1%}"
    for name, slack in _NEARLY_FLAT.items():
        before, after = (max(getattr(day, name) for day in some) for some in (second, last))
        if after > before + slack:
            yield f"{name} grew from {before} to {after}"
