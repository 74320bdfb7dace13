"""Faults of every kind befall every vendor, some in each run of the tests; `make faults` runs all of them."""

from functools import cache

import pytest

from tests.faults.checks import require_good, require_good_cell
from tests.faults.clocks import CLOCKS
from tests.faults.every import FAULTS, SOME
from tests.faults.matrix import VENDORS, Outcome, run_family
from tests.faults.table import committed, said

CELLS = [(fault.name, vendor) for fault in SOME for vendor in VENDORS if vendor not in fault.spares]


@cache
def outcome() -> Outcome:
    return run_family(SOME)


@pytest.mark.slow
@pytest.mark.parametrize(("fault", "vendor"), CELLS)
def test_a_fault_shows_as_it_is_passes_and_is_as_the_page_says(fault: str, vendor: str) -> None:
    cell = outcome().cells[fault, vendor]
    require_good_cell(cell)
    assert said(cell) == committed()[fault, vendor]


@pytest.mark.slow
def test_nobody_else_sees_anything_of_it() -> None:
    require_good(outcome())


def test_the_page_lists_every_fault_and_vendor() -> None:
    names = [*(fault.name for fault in FAULTS), *(clock.name for clock in CLOCKS)]
    assert list(committed()) == [(name, vendor) for name in names for vendor in VENDORS]
