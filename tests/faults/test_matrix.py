"""Inject some faults of each kind into every vendor; `make faults` runs all of them."""

from functools import cache

import pytest

from tests.faults.all_faults import DEFINITION_FAULTS, FAULTS, SOME, SOME_OF_DEFINITIONS
from tests.faults.checks import require_good, require_good_cell
from tests.faults.clocks import CLOCKS
from tests.faults.docs_page import committed, text
from tests.faults.matrix import DEFINITIONS, VENDORS, Outcome, run_family

CELLS = [(fault.name, vendor) for fault in SOME for vendor in VENDORS if vendor not in fault.not_applicable]
DEFINITION_CELLS = [
    (fault.name, vendor)
    for fault in SOME_OF_DEFINITIONS
    for vendor in DEFINITIONS
    if vendor not in fault.not_applicable
]


@cache
def outcome() -> Outcome:
    return run_family(SOME)


@cache
def outcome_of_definitions() -> Outcome:
    return run_family(SOME_OF_DEFINITIONS, DEFINITIONS)


@pytest.mark.slow
@pytest.mark.parametrize(("fault", "vendor"), CELLS)
def test_fault_is_reported_and_recovers_as_documented(fault: str, vendor: str) -> None:
    cell = outcome().cells[fault, vendor]
    require_good_cell(cell)
    assert text(cell) == committed()[fault, vendor]


@pytest.mark.slow
@pytest.mark.parametrize(("fault", "vendor"), DEFINITION_CELLS)
def test_fault_of_a_definition_is_reported_and_recovers_as_documented(fault: str, vendor: str) -> None:
    cell = outcome_of_definitions().cells[fault, vendor]
    require_good_cell(cell)
    assert text(cell) == committed()[fault, vendor]


@pytest.mark.slow
def test_other_targets_are_not_affected() -> None:
    require_good(outcome(), VENDORS)


@pytest.mark.slow
def test_other_targets_of_definitions_are_not_affected() -> None:
    require_good(outcome_of_definitions(), DEFINITIONS)


def test_page_lists_every_fault_and_vendor() -> None:
    clocks = [clock.name for clock in CLOCKS]
    names = [*(fault.name for fault in FAULTS), *clocks]
    of_definitions = [*(fault.name for fault in DEFINITION_FAULTS), *clocks]
    assert list(committed()) == [
        *((name, vendor) for name in names for vendor in VENDORS),
        *((name, vendor) for name in of_definitions for vendor in DEFINITIONS),
    ]
