"""Discovery of vendors by entry point."""

import asyncio
import sys
from collections.abc import Callable
from importlib.metadata import EntryPoint
from types import ModuleType, SimpleNamespace

import pytest

from exporter import plugins

ACME = SimpleNamespace(name="acme", settings=object)


@pytest.fixture(autouse=True)
def _packages(monkeypatch: pytest.MonkeyPatch) -> None:
    module = ModuleType("acme_contact_centre")
    module.__dict__["VENDOR"] = ACME
    monkeypatch.setitem(sys.modules, module.__name__, module)
    values = {"acme": "acme_contact_centre:VENDOR", "absent": "no_such_package:VENDOR", "empty": "sys:VENDOR"}
    entries = {name: EntryPoint(name, value, plugins.GROUP) for name, value in values.items()}
    monkeypatch.setattr(plugins, "installed", lambda: entries)


def test_other_packages_can_add_vendors() -> None:
    assert plugins.names() == ("absent", "acme", "empty")
    assert plugins.load("acme") is ACME


def test_unknown_vendor_is_reported_with_a_suggestion() -> None:
    with pytest.raises(
        plugins.UnknownVendorError,
        match=r"^unknown vendor; did you mean acme\? \(installed: absent, acme, empty\)$",
    ):
        plugins.load("acmee")


@pytest.mark.parametrize("name", ["absent", "empty"])
def test_import_error_is_reported(name: str) -> None:
    with pytest.raises(plugins.BrokenVendorError, match=r"^cannot import .*:VENDOR: "):
        plugins.load(name)


def test_an_entry_point_that_names_no_vendor_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plugins, "installed", lambda: {"acme": EntryPoint("acme", "json:dumps", plugins.GROUP)})
    with pytest.raises(
        plugins.BrokenVendorError, match=r"^cannot import json:dumps: not a vendor, because it has no settings$"
    ):
        plugins.load("acme")


def exit_process() -> None:
    raise SystemExit("bye")


def divide_by_zero() -> None:
    raise ZeroDivisionError("by zero")


def cancel() -> None:
    raise asyncio.CancelledError


@pytest.mark.parametrize(
    ("action", "message"),
    [
        (cancel, "unexpected CancelledError"),
        (exit_process, "unexpected SystemExit: bye"),
        (divide_by_zero, "ZeroDivisionError: by zero"),
    ],
)
def test_unexpected_exception_during_import_is_reported(
    action: Callable[[], None], message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(EntryPoint, "load", lambda _self: action())
    with pytest.raises(plugins.BrokenVendorError, match=f"^cannot import .*:VENDOR: .*{message}"):
        plugins.load("acme")


def test_bundled_vendors_are_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    assert "kpn" in plugins.names()
    assert plugins.load("kpn").name == "kpn"
