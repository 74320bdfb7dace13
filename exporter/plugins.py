"""Which vendors are installed, found by entry point so that a package of one's own can add one."""

from collections.abc import Mapping
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from typing import Any, Final

from exporter.runtime.containment import catch_unexpected
from exporter.runtime.suggest import hint

GROUP: Final = "contactcenter_exporter.vendors"


class VendorError(Exception):
    """A vendor cannot be used; the message says why in an operator's words."""


class UnknownVendorError(VendorError):
    """No installed package provides the vendor of that name."""


class BrokenVendorError(VendorError):
    """The package that provides the vendor cannot be imported."""


@cache
def installed() -> Mapping[str, EntryPoint]:
    """Return the entry point of each installed vendor by its name."""
    return {entry.name: entry for entry in entry_points(group=GROUP)}


def names() -> tuple[str, ...]:
    """Return the names of the installed vendors, sorted."""
    return tuple(sorted(installed()))


def load(name: str) -> Any:  # noqa: ANN401 - what it is, `vendors.base` knows; this module knows no vendor
    """Return what the entry point of that name holds, an `exporter.vendors.base.Vendor`.

    Raises:
        UnknownVendorError: No package provides it.
        BrokenVendorError: Its package cannot be imported.
    """
    entry = installed().get(name)
    if entry is None:
        raise UnknownVendorError(f"unknown vendor{hint(name, names())} (installed: {', '.join(names()) or 'none'})")
    try:
        with catch_unexpected(ImportError, AttributeError) as bug:
            return entry.load()
    except (ImportError, AttributeError) as error:
        raise BrokenVendorError(f"{entry.value} cannot be imported: {error}") from error
    raise BrokenVendorError(f"{entry.value} cannot be imported: {bug}") from bug.error
