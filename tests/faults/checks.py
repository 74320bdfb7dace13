"""Checks of the cells of the fault matrix."""

from collections.abc import Sequence

from exporter.errors import Reason
from exporter.settings import Poll
from tests.faults.matrix import Cell, Outcome, Seen

# Simulated time advances in steps, and responses take some time.
_SLACK_SECONDS = 1.5
_POLL = Poll()
# A throttled resource yields to the target's other resources.
_YIELD_SHARE = 0.05
# Includes the proxies and vendors, which run in the same process; less than one body of 400 MiB.
_MOST_MEMORY_BYTES = 256 << 20


def require_good(outcome: Outcome, vendors: Sequence[str]) -> None:
    """Require that each target failed and recovered as specified, and that other targets were not affected."""
    assert {name.split()[0] for name in outcome.bystanders} == set(vendors)
    assert not any(outcome.bystanders.values()), f"other targets failed: {outcome.bystanders}"
    assert all(polls > 10 for polls in outcome.bystanders_polls.values())
    assert not outcome.wrong
    assert outcome.memory < _MOST_MEMORY_BYTES, f"additional memory: {outcome.memory / 2**20:.0f} MiB"
    for cell in outcome.cells.values():
        require_good_cell(cell)


def require_good_cell(cell: Cell) -> None:
    """Require that a target exported no wrong series, kept good data and recovered in time."""
    where = f"{cell.fault.name}, {cell.vendor}"
    assert not cell.wrong, f"{where}: wrong series {sorted(cell.wrong)[:3]}"
    for name, seen in cell.resources.items():
        assert not seen.not_held, f"{where}, {name}: data dropped too early or kept too long at {seen.not_held[:3]}"
        assert len(failed(seen)) == len(set(failed(seen))), f"{where}, {name}: logged more than once: {seen.logged}"
        assert seen.reasons <= set(failed(seen)), f"{where}, {name}: failure not logged"
        assert seen.down == bool(seen.reasons), f"{where}, {name}: wrong value of `up`"
    for name, seen in cell.often.items():
        assert seen.recovered_after is not None, f"{where}, {name}: not recovered"
        assert seen.recovered_after <= _longest(cell, seen), f"{where}, {name}: recovered after {seen.recovered_after}"
        assert seen.whole, f"{where}, {name}: series missing after recovery"
        ends = [reason for event, reason in seen.logged if event == "poll recovered"]
        assert len(ends) == bool(failed(seen)), f"{where}, {name}: {seen.logged}"


def failed(seen: Seen) -> list[str]:
    """Return the logged reasons."""
    return [reason for event, reason in seen.logged if event == "poll failed"]


def _longest(cell: Cell, seen: Seen) -> float:
    longest = max(seen.interval, cell.fault.retry_after, cell.fault.pause) + _YIELD_SHARE * seen.interval
    # The vendor's minimum interval is measured from the end of a request, which a hanging one delays by the timeout.
    has_floor = seen.interval > _POLL.interval
    return longest + _SLACK_SECONDS + (_POLL.timeout if has_floor and Reason.TIMEOUT in seen.reasons else 0.0)
