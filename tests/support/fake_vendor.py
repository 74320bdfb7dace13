"""A vendor made for tests: each resource answers what the test puts there."""

from collections.abc import Awaitable, Callable, Sequence

import pytest

from exporter import plugins
from exporter.model import Queue, Snapshot
from exporter.runtime.clock import Clock
from exporter.settings import TargetSettings
from exporter.vendors.base import Resource, Vendor
from exporter.vendors.toolkit.http import Http

Fetch = Callable[[], Awaitable[Snapshot]]


class FakeClient:
    """Answers with the functions it is given, and remembers that it was closed."""

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
    """Make every target's vendor one that answers with these functions; return the clients as they are made."""
    clients: list[FakeClient] = []

    def connect(_target: TargetSettings, _http: Http, _clock: Clock) -> FakeClient:
        clients.append(FakeClient(fetches, floors or {}))
        return clients[-1]

    vendor = Vendor(name="fake", settings=TargetSettings, connect=connect, tables=())
    monkeypatch.setattr(plugins, "load", lambda _name: vendor)
    return clients


def answering(*queues: Queue) -> Fetch:
    """Return a resource that always says the same."""

    async def fetch() -> Snapshot:
        return Snapshot(queues=queues)

    return fetch
