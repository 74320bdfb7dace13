"""Run the whole fault matrix, family by family, and update its page if every cell passes."""

import sys
import time

from tests.faults.all_faults import GROUPS
from tests.faults.checks import require_good
from tests.faults.clocks import CLOCKS
from tests.faults.docs_page import PAGE, page, text
from tests.faults.matrix import DEFINITIONS, VENDORS, run_family


def main() -> None:
    """Run every family, check its outcome and write the page."""
    texts: dict[tuple[str, str], str] = {}
    for vendors, families in GROUPS:
        for name, faults in families.items():
            began = time.process_time()
            outcome = run_family(faults, vendors)
            require_good(outcome, vendors)
            texts |= {key: text(cell) for key, cell in outcome.cells.items()}
            took = time.process_time() - began
            memory = outcome.memory / 2**20
            sys.stdout.write(
                f"{name}: {len(faults)} faults, {len(outcome.cells)} cells, {memory:.0f} MiB memory, {took:.1f} s CPU\n"
            )
            sys.stdout.flush()
    for clock in CLOCKS:
        clock.run()
    PAGE.write_text(page(texts, [clock.name for clock in CLOCKS]))
    count = len(texts) + len(CLOCKS) * len((*VENDORS, *DEFINITIONS))
    sys.stdout.write(f"{count} cells pass; written to {PAGE}\n")


if __name__ == "__main__":
    main()
