"""What must hold of every cell of the matrix."""

from tests.faults.matrix import VENDORS, Cell, Outcome, Seen

# Time moves on in steps, and answers take some.
_SLACK_SECONDS = 1.5
# Who was throttled lets the others go first.
_YIELD_SHARE = 0.05
# Of every family, its proxies and vendors included, which are in the same process: less than one body of 400 MiB.
_MOST_MEMORY_BYTES = 256 << 20


def require_good(outcome: Outcome) -> None:
    """Require that each target failed and recovered as it should, and that the others saw nothing of it."""
    assert {name.split()[0] for name in outcome.bystanders} == set(VENDORS)
    assert not any(outcome.bystanders.values()), f"others failed too: {outcome.bystanders}"
    assert all(polls > 10 for polls in outcome.bystanders_polls.values())
    assert not outcome.wrong
    assert outcome.memory < _MOST_MEMORY_BYTES, f"took {outcome.memory / 2**20:.0f} MiB more"
    for cell in outcome.cells.values():
        require_good_cell(cell)


def require_good_cell(cell: Cell) -> None:
    """Require that a target showed nothing wrong, kept what was good, and recovered soon."""
    where = f"{cell.fault.name}, {cell.vendor}"
    assert not cell.wrong, f"{where}: shows {sorted(cell.wrong)[:3]}"
    for name, seen in cell.resources.items():
        assert not seen.not_held, f"{where}, {name}: data lost too early, or kept too long, at {seen.not_held[:3]}"
        assert len(failed(seen)) == len(set(failed(seen))), f"{where}, {name}: told more than once: {seen.told}"
        assert seen.reasons <= set(failed(seen)), f"{where}, {name}: not told"
        assert seen.down == bool(seen.reasons), f"{where}, {name}: `up` does not tell that polls fail"
    for name, seen in cell.often.items():
        assert seen.recovered_after is not None, f"{where}, {name}: has not recovered"
        assert seen.recovered_after <= _longest(cell, seen), f"{where}, {name}: recovered after {seen.recovered_after}"
        assert seen.whole, f"{where}, {name}: does not show all that it did before"
        ends = [reason for event, reason in seen.told if event == "poll recovered"]
        assert len(ends) == bool(failed(seen)), f"{where}, {name}: {seen.told}"


def failed(seen: Seen) -> list[str]:
    """Return the reasons that were logged."""
    return [reason for event, reason in seen.told if event == "poll failed"]


def _longest(cell: Cell, seen: Seen) -> float:
    return max(seen.interval, cell.fault.retry_after, cell.fault.pause) + _YIELD_SHARE * seen.interval + _SLACK_SECONDS
