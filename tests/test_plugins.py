"""Vendors are found by entry point."""

import asyncio
import sys
from collections.abc import Callable
from importlib.metadata import EntryPoint
from types import ModuleType, SimpleNamespace

import pytest

from exporter import plugins

OURS = SimpleNamespace(name="acme")


@pytest.fixture(autouse=True)
def _packages(monkeypatch: pytest.MonkeyPatch) -> None:
    module = ModuleType("acme_contact_centre")
    module.__dict__["VENDOR"] = OURS
    monkeypatch.setitem(sys.modules, module.__name__, module)
    values = {"acme": "acme_contact_centre:VENDOR", "absent": "no_such_package:VENDOR", "empty": "sys:VENDOR"}
    entries = {name: EntryPoint(name, value, plugins.GROUP) for name, value in values.items()}
    monkeypatch.setattr(plugins, "installed", lambda: entries)


def test_a_package_outside_this_one_adds_a_vendor() -> None:
    assert plugins.names() == ("absent", "acme", "empty")
    assert plugins.load("acme") is OURS


def test_an_unknown_vendor_is_told_with_what_was_meant() -> None:
    with pytest.raises(
        plugins.UnknownVendorError,
        match=r"^unknown vendor; did you mean acme\? \(installed: absent, acme, empty\)$",
    ):
        plugins.load("acmee")


@pytest.mark.parametrize("name", ["absent", "empty"])
def test_a_package_that_cannot_be_imported_is_told(name: str) -> None:
    with pytest.raises(plugins.BrokenVendorError, match=r"^cannot import .*:VENDOR: "):
        plugins.load(name)


def leaves() -> None:
    raise SystemExit("bye")


def trips() -> None:
    raise ZeroDivisionError("by zero")


def cancels() -> None:
    raise asyncio.CancelledError


@pytest.mark.parametrize(
    ("does", "message"),
    [
        (cancels, "unexpected CancelledError"),
        (leaves, "unexpected SystemExit: bye"),
        (trips, "ZeroDivisionError: by zero"),
    ],
)
def test_a_package_that_does_something_unforeseen_when_imported_stops_nothing_else(
    does: Callable[[], None], message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(EntryPoint, "load", lambda _self: does())
    with pytest.raises(plugins.BrokenVendorError, match=f"^cannot import .*:VENDOR: .*{message}"):
        plugins.load("acme")


def test_our_own_vendors_are_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    assert "kpn" in plugins.names()
    assert plugins.load("kpn").name == "kpn"
