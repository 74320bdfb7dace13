"""A vendor for tests whose resources call functions of the test."""

from collections.abc import Awaitable, Callable, Sequence

import pytest

from exporter import plugins
from exporter.model import Queue, Snapshot
from exporter.runtime.clock import Clock
from exporter.settings import TargetSettings
from exporter.vendors.base import Resource, Vendor
from exporter.vendors.toolkit.http import Http

Fetch = Callable[[], Awaitable[Snapshot | None]]


class FakeClient:
    """Polls by calling the given functions, and records that it was closed."""

    def __init__(self, fetches: dict[str, Fetch], floors: dict[str, float]) -> None:
        self.closed = False
        self._resources = [Resource(name, fetch, floors.get(name, 0.0)) for name, fetch in fetches.items()]

    @property
    def resources(self) -> Sequence[Resource]:
        return self._resources

    async def close(self) -> None:
        self.closed = True


def install(
    monkeypatch: pytest.MonkeyPatch, fetches: dict[str, Fetch], floors: dict[str, float] | None = None
) -> list[FakeClient]:
    """Replace the vendor of every target with one that calls these functions; return the list of its clients."""
    clients: list[FakeClient] = []

    def connect(_target: TargetSettings, _http: Http, _clock: Clock) -> FakeClient:
        clients.append(FakeClient(fetches, floors or {}))
        return clients[-1]

    vendor = Vendor(name="fake", settings=TargetSettings, connect=connect, tables=())
    monkeypatch.setattr(plugins, "load", lambda _name: vendor)
    return clients


def answering(*queues: Queue) -> Fetch:
    """Return a function that always returns these queues."""

    async def fetch() -> Snapshot:
        return Snapshot(queues=queues)

    return fetch
