"""Discovers installed vendors by entry point, so that other packages can add vendors."""

from collections.abc import Mapping
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from typing import Any, Final

from exporter.runtime.containment import catch_unexpected
from exporter.runtime.suggest import hint

GROUP: Final = "contactcenter_exporter.vendors"

# Loaded by its name, as vendors are: this layer cannot import it.
_READ_DEFINITION: Final = EntryPoint("definitions", "exporter.vendors.definitions.vendor:read_vendor", GROUP)


class VendorError(Exception):
    """A vendor cannot be used."""


class UnknownVendorError(VendorError):
    """No installed package provides the vendor."""


class BrokenVendorError(VendorError):
    """The package that provides the vendor cannot be imported, or its entry point names something else."""


@cache
def installed() -> Mapping[str, EntryPoint]:
    """Return the entry points of the installed vendors by name."""
    return {entry.name: entry for entry in entry_points(group=GROUP)}


def names() -> tuple[str, ...]:
    """Return the names of the installed vendors, sorted."""
    return tuple(sorted(installed()))


def read_definition(file: Path) -> Any:  # noqa: ANN401 - as of `load`
    """Return the vendor that a definition describes, an `exporter.vendors.base.Vendor`.

    Raises:
        ConfigError: The definition is invalid.
    """
    return _READ_DEFINITION.load()(file)


def load(name: str) -> Any:  # noqa: ANN401 - the type is in `vendors.base`, which this layer cannot import
    """Load a vendor, an `exporter.vendors.base.Vendor`.

    Raises:
        UnknownVendorError: No installed package provides it.
        BrokenVendorError: Its package cannot be imported, or its entry point does not name a vendor.
    """
    entry = installed().get(name)
    if entry is None:
        raise UnknownVendorError(f"unknown vendor{hint(name, names())} (installed: {', '.join(names()) or 'none'})")
    try:
        with catch_unexpected(ImportError, AttributeError) as bug:
            return _checked(entry.load())
    except (ImportError, AttributeError) as error:
        raise BrokenVendorError(f"cannot import {entry.value}: {error}") from error
    raise BrokenVendorError(f"cannot import {entry.value}: {bug}") from bug.error


def _checked(found: object) -> Any:  # noqa: ANN401 - as of `load`
    """Return what an entry point names if it may be a vendor. Raises ImportError."""
    if not hasattr(found, "settings"):
        raise ImportError("not a vendor, because it has no settings")
    return found
