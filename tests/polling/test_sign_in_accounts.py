"""Refused sign-ins of several targets: what locks is the account, so its targets back off together."""

from collections import Counter
from collections.abc import Sequence
from itertools import pairwise

import pytest

from exporter import plugins
from exporter.errors import PollError, Reason
from exporter.metrics.pages import Exposition
from exporter.model import Queue, Snapshot
from exporter.polling.collector import Collector
from exporter.runtime.clock import Clock
from exporter.settings import Secret, TargetSettings, Text
from exporter.vendors.apio.settings import ApioSettings
from exporter.vendors.axialys.settings import AxialysSettings
from exporter.vendors.base import Resource, Vendor
from exporter.vendors.toolkit.http import Http
from tests.support.clock import ManualClock

INTERVAL = 15.0
GOOD = Snapshot(queues=(Queue(id="1", waiting_contacts=1),))


class Settings(TargetSettings):
    """A target that signs in with a user and a password."""

    username: Text
    """User."""

    password: Secret
    """Password."""


class Server:
    """Accepts some passwords.

    Attributes:
        accepted: The accepted passwords.
        asked: When each target was asked.
        seconds: How long an answer takes.
    """

    def __init__(self, clock: ManualClock, monkeypatch: pytest.MonkeyPatch) -> None:
        self.accepted: set[str] = set()
        self.asked: list[tuple[float, str]] = []
        self.seconds = 0.05
        self._clock = clock
        vendor = Vendor(name="fake", settings=Settings, connect=self._connect, tables=())
        monkeypatch.setattr(plugins, "load", lambda _name: vendor)

    def _connect(self, target: Settings, _http: Http, _clock: Clock) -> "_Client":
        return _Client(self, target)

    async def ask(self, target: Settings) -> Snapshot:
        self.asked.append((self._clock.monotonic(), target.name))
        await self._clock.sleep(self.seconds)
        if target.password.get_secret_value() not in self.accepted:
            raise PollError(Reason.AUTH, "sign-in returned 401", sign_in=True)
        return GOOD

    def moments(self) -> list[float]:
        return [moment for moment, _ in self.asked]


class _Client:
    def __init__(self, server: Server, target: Settings) -> None:
        self._server = server
        self._target = target

    @property
    def resources(self) -> Sequence[Resource]:
        return [Resource(name, self._fetch) for name in ("queues", "agents")]

    async def _fetch(self) -> Snapshot:
        return await self._server.ask(self._target)

    async def close(self) -> None:
        pass


def targets(count: int, password: str = "wrong", user: str = "exporter", prefix: str = "site") -> list[Settings]:  # noqa: S107 - not a secret
    login = {"vendor": "fake", "url": "http://127.0.0.1:9", "username": user, "password": password}
    return [Settings.model_validate({"name": f"{prefix}{number}", **login}) for number in range(count)]


def collector_of(configured: Sequence[TargetSettings], clock: ManualClock) -> Collector:
    return Collector(configured, Exposition(lambda _form: b""), clock)


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def server(clock: ManualClock, monkeypatch: pytest.MonkeyPatch) -> Server:
    return Server(clock, monkeypatch)


async def test_one_sign_in_for_all_targets_after_each_pause(clock: ManualClock, server: Server) -> None:
    collector = collector_of(targets(5), clock)
    await collector.start()
    await clock.advance(3600)
    polled = collector.health
    await collector.stop()
    # At the start, the two resources of the first target may be asked at once.
    assert len(server.asked) <= 10
    moments = server.moments()
    assert [later - earlier for earlier, later in pairwise(moments[-4:])] == pytest.approx([480, 900, 900], rel=0.05)
    # Each fails at the usual rate, without requests.
    assert all(resource.failures[Reason.AUTH] >= 200 for target in polled for resource in target.resources)


async def test_once_one_is_accepted_all_are_polled(clock: ManualClock, server: Server) -> None:
    collector = collector_of(targets(20), clock)
    await collector.start()
    await clock.advance(100)
    server.accepted.add("wrong")
    before = len(server.asked)
    await clock.advance(150)
    since = Counter(name for _, name in server.asked[before:])
    up = [resource.up for target in collector.health for resource in target.resources]
    await collector.stop()
    assert len(since) == 20
    assert all(up)


async def test_other_credentials_are_not_affected(clock: ManualClock, server: Server) -> None:
    server.accepted.add("right")
    others = [*targets(2, "right", prefix="good"), *targets(2, user="other", prefix="other")]
    collector = collector_of([*targets(2), *others], clock)
    await collector.start()
    await clock.advance(10 * INTERVAL)
    await collector.stop()
    asked = Counter(name.rstrip("0123456789") for _, name in server.asked)
    assert asked["good"] >= 2 * 2 * 10
    assert asked["site"] <= 6
    assert asked["other"] <= 6


async def test_a_start_with_the_right_password_takes_no_longer(clock: ManualClock, server: Server) -> None:
    server.accepted.add("wrong")
    collector = collector_of(targets(20), clock)
    await collector.start()
    await clock.advance(1.5)
    ready = collector.ready
    await collector.stop()
    assert ready


async def test_a_vendor_that_hangs_delays_the_other_targets_by_two_seconds(clock: ManualClock, server: Server) -> None:
    server.seconds = 60
    collector = collector_of(targets(20), clock)
    await collector.start()
    await clock.advance(3)
    await collector.stop()
    assert {name for _, name in server.asked} == {each.name for each in targets(20)}


async def test_a_reload_signs_in_once_for_all(clock: ManualClock, server: Server) -> None:
    collector = collector_of(targets(20), clock)
    await collector.start()
    await clock.advance(600)
    before = len(server.asked)
    await collector.reconfigure(targets(20))
    await clock.advance(5)
    refused = len(server.asked) - before
    server.accepted.add("corrected")
    await collector.reconfigure(targets(20, "corrected"))
    await clock.advance(3)
    up = [resource.up for target in collector.health for resource in target.resources]
    await collector.stop()
    assert 1 <= refused <= 2
    assert all(up)


def axialys(**more: object) -> AxialysSettings:
    login = {"name": "paris", "vendor": "axialys", "url": "https://vm.example", "username": "exporter"}
    return AxialysSettings.model_validate({**login, "password": "a secret password", **more})


@pytest.mark.parametrize(
    ("change", "same"),
    [
        ({"name": "lyon", "short_abandon_seconds": 10}, True),
        ({"username": "other"}, False),
        ({"password": "another password"}, False),
        ({"url": "https://other.example"}, False),
        ({"auth": "query"}, False),
    ],
)
def test_an_account_is_the_address_and_the_credentials(change: dict[str, object], *, same: bool) -> None:
    assert (axialys().account() == axialys(**change).account()) is same


def test_an_account_contains_no_secret() -> None:
    assert "a secret password" not in repr(axialys().account())


def test_targets_without_credentials_share_no_account() -> None:
    first, second = (TargetSettings(name=name, vendor="fake", url="http://127.0.0.1:9") for name in ("a", "b"))
    assert first.account() != second.account()


def test_groups_of_an_apio_tenant_share_the_account() -> None:
    fixed = {"vendor": "apio", "url": "https://apio.example", "tenant": "t", "users": ["1"], "token": "secret-token"}
    first, second = (ApioSettings.model_validate({**fixed, "name": name, "group": name}) for name in ("a", "b"))
    assert first.account() == second.account()
