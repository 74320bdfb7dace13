"""The vendors that targets may name: those that are installed, and those that the configuration defines."""

import glob
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from exporter import plugins
from exporter.errors import ConfigError
from exporter.runtime.suggest import hint
from exporter.settings.loading.problems import Findings

DEFINITIONS: Final = "vendor_definitions"
"""The key with the files of definitions."""

_WILDCARDS: Final = frozenset("*?[")


class Vendors:
    """The vendors of one configuration."""

    def __init__(self, defined: Mapping[str, Any]) -> None:
        """Know the installed vendors and these.

        Args:
            defined: The vendors that the configuration defines, by name.
        """
        self._defined = defined

    def load(self, name: str) -> Any:  # noqa: ANN401 - the type is in `vendors.base`, which this layer cannot import
        """Return a vendor, an `exporter.vendors.base.Vendor`.

        Raises:
            VendorError: There is none of this name, or its package cannot be imported.
        """
        found = self._defined.get(name)
        if found is not None:
            return found
        try:
            return plugins.load(name)
        except plugins.UnknownVendorError as error:
            suggestion = hint(name, self._defined)
            if suggestion:
                raise plugins.UnknownVendorError(f"unknown vendor{suggestion}") from error
            raise


def read_definitions(patterns: object, findings: Findings) -> Vendors:
    """Read the definitions that the configuration names.

    Args:
        patterns: Paths, which may contain wildcards.
        findings: Receives each problem.
    """
    defined: dict[str, Any] = {}
    if patterns is None:
        return Vendors(defined)
    if not isinstance(patterns, list) or not all(isinstance(each, str) for each in patterns):
        findings.add((DEFINITIONS,), "expected a list of file names")
        return Vendors(defined)
    for index, pattern in enumerate(patterns):
        for file in _files(pattern, index, findings):
            _read(file, index, defined, findings)
    return Vendors(defined)


def _read(file: Path, index: int, defined: dict[str, Any], findings: Findings) -> None:
    place = (DEFINITIONS, index)
    try:
        vendor = plugins.read_definition(file)
    except ConfigError as error:
        findings.add_others(place, error.problems)
        return
    if vendor.name in plugins.installed():
        findings.add(place, f"{file}: the vendor {vendor.name} is installed already; choose another name")
    elif vendor.name in defined and defined[vendor.name] is not vendor:
        findings.add(place, f"{file}: the vendor {vendor.name} is defined by another file already")
    else:
        defined[vendor.name] = vendor


def _files(pattern: str, index: int, findings: Findings) -> Iterator[Path]:
    """Yield the files that a path matches, in the order of their names; the file itself if it has no wildcards."""
    path = findings.directory / pattern
    if not _WILDCARDS & set(pattern):
        yield path
        return
    # The directory of the configuration may have a name with wildcards.
    found = sorted(glob.glob(pattern, root_dir=findings.directory))  # noqa: PTH207 - Path.glob rejects absolute patterns
    if not found:
        findings.add((DEFINITIONS, index), "matches no file")
    yield from (findings.directory / name for name in found)
