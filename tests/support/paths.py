"""Where things stand in the repository."""

from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[2]
"""The top of the repository."""

VENDOR_FIXTURES: Final = ROOT / "tests" / "vendors"
"""The vendors' published answers and what is made of them, a folder a vendor."""
