"""Check that resource usage does not grow over days."""

from collections.abc import Iterator, Sequence
from statistics import mean

from tests.soak.month import DayEnd

# Maximum growth of memory between the second and the last tenth of the days.
_SHARE = 0.05
_TENTHS = 10
_FLAT = ("rss_kib", "blocks", "traced_kib")
# Open connections vary with the time of the check.
_NEARLY_FLAT = {"descriptors": 8, "tasks": 12}


def problems(days: Sequence[DayEnd]) -> Iterator[str]:
    """Yield each error of a day and each growth of memory, files or tasks."""
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
