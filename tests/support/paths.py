"""Paths in the repository."""

from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[2]
"""The root of the repository."""

VENDOR_FIXTURES: Final = ROOT / "tests" / "vendors"
"""The vendors' published responses and their golden texts, one folder per vendor."""
