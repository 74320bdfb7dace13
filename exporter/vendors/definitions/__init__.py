"""Vendors that are described by a file instead of code: the language, its machinery and the files that are included.

An included file `acme-cc.yml` is the vendor `acme-cc`, and the attribute `acme_cc` of this package for its entry point.
"""

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from exporter.vendors.base import Vendor

FOLDER: Final = Path(__file__).parent
"""Contains the included definitions."""

SUFFIX: Final = ".yml"


def included() -> dict[str, Path]:
    """Return the files of the included definitions by the name of their vendor."""
    return {file.stem: file for file in sorted(FOLDER.glob(f"*{SUFFIX}"))}


def __getattr__(name: str) -> "Vendor":
    """Return an included vendor; its file is read when it is used first."""
    return _vendor(name)


@cache
def _vendor(name: str) -> "Vendor":
    file = FOLDER / f"{name.replace('_', '-')}{SUFFIX}"
    if name.startswith("_") or not file.is_file():
        raise AttributeError(f"no included definition {file.name}")
    # Imported here: an exporter whose targets are of other vendors never needs it.
    from exporter.vendors.definitions.vendor import read_vendor  # noqa: PLC0415

    return read_vendor(file)
