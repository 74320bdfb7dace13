"""Whatever happens to the clock fails nothing, and is in the page's table."""

import pytest

from tests.faults.clocks import CLOCKS, ClockFault
from tests.faults.matrix import VENDORS
from tests.faults.table import UNTOUCHED, committed

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("fault", CLOCKS, ids=lambda fault: fault.name)
def test_whatever_happens_to_the_clock_fails_nothing(fault: ClockFault) -> None:
    fault.befall()
    assert {committed()[fault.name, vendor] for vendor in VENDORS} == {UNTOUCHED}
