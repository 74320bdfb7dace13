"""Clock faults affect no poll and are listed on the page."""

import pytest

from tests.faults.clocks import CLOCKS, ClockFault
from tests.faults.docs_page import UNAFFECTED, committed
from tests.faults.matrix import DEFINITIONS, VENDORS

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("fault", CLOCKS, ids=lambda fault: fault.name)
def test_clock_fault_affects_no_poll(fault: ClockFault) -> None:
    fault.run()
    assert {committed()[fault.name, vendor] for vendor in (*VENDORS, *DEFINITIONS)} == {UNAFFECTED}
