"""What every vendor must do: sign in, reuse and renew a session, fail as `auth`, select, and close quietly."""

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager

import pytest
from aiohttp import web

from exporter import plugins
from exporter.errors import PollError, Reason
from exporter.metrics.pages import Exposition, Format
from exporter.model import Snapshot
from exporter.polling.collector import Collector
from exporter.settings import TargetSettings
from exporter.vendors.apio.client import ApioClient
from exporter.vendors.apio.settings import ApioSettings
from exporter.vendors.asterisk.client import AsteriskClient
from exporter.vendors.asterisk.settings import AsteriskSettings
from exporter.vendors.axialys.client import AxialysClient
from exporter.vendors.axialys.settings import AxialysSettings
from exporter.vendors.base import Client, load_vendor
from exporter.vendors.brightpattern.client import BrightPatternClient
from exporter.vendors.brightpattern.settings import BrightPatternSettings
from exporter.vendors.definitions import included
from exporter.vendors.kpn.client import KpnClient
from exporter.vendors.kpn.settings import KpnSettings
from exporter.vendors.sinch.client import SinchClient
from exporter.vendors.sinch.settings import SinchSettings
from tests.support.clock import ManualClock
from tests.support.exposition import no_process, page_bytes, read
from tests.support.vendors.polls import asking, failure, passing
from tests.support.vendors.stand_in import ACCESS, StandIn, standing_in
from tests.support.vendors.ways import CORE, PASSWORD, WAYS, leaks, target_of, vendor_of

INSTALLED: Mapping[str, tuple[type[TargetSettings], type[Client]]] = {
    "apio": (ApioSettings, ApioClient),
    "asterisk": (AsteriskSettings, AsteriskClient),
    "axialys": (AxialysSettings, AxialysClient),
    "brightpattern": (BrightPatternSettings, BrightPatternClient),
    "kpn": (KpnSettings, KpnClient),
    "sinch": (SinchSettings, SinchClient),
}
SIGNING_IN = [way for way, access in ACCESS.items() if access.path]
# Long enough for every vendor to allow another sign-in.
INTERVAL = 60.0

every_way = pytest.mark.parametrize("way", WAYS)
every_way_that_signs_in = pytest.mark.parametrize("way", SIGNING_IN)


@asynccontextmanager
async def connected(way: str, url: str, clock: ManualClock, **more: object) -> AsyncIterator[Client]:
    """Yield a client of a vendor at this address."""
    async with asking(clock=clock) as http:
        yield load_vendor(vendor_of(way)).connect(target_of(way, url, **more), http, clock)


@asynccontextmanager
async def stand_in_and_client(way: str, clock: ManualClock) -> AsyncIterator[tuple[StandIn, Client]]:
    """Yield a stand-in for a vendor, and a client of it."""
    async with standing_in(way) as (stand_in, url), connected(way, url, clock) as client:
        yield stand_in, client


async def poll(client: Client, clock: ManualClock) -> Sequence[Snapshot | None]:
    """Return the result of one poll of every resource, all at once."""
    return await passing(clock, asyncio.gather(*(resource.fetch() for resource in client.resources)))


async def error_of(client: Client, clock: ManualClock) -> PollError:
    """Return the error of a poll of the first resource."""
    return await failure(passing(clock, client.resources[0].fetch()))


def test_every_installed_vendor_is_held_to_the_contract() -> None:
    # Vendors of a definition have no module of their own; their definitions have their own tests.
    coded = set(plugins.names()) - included().keys()
    assert set(INSTALLED) == coded == {vendor_of(way) for way in WAYS}
    assert set(ACCESS) == set(WAYS)


@pytest.mark.parametrize("name", INSTALLED)
async def test_the_entry_point_provides_the_settings_and_the_client(name: str) -> None:
    vendor = load_vendor(name)
    way = next(way for way in WAYS if vendor_of(way) == name)
    async with connected(way, "http://127.0.0.1:9", ManualClock()) as client:
        assert (vendor.name, vendor.settings, type(client)) == (name, *INSTALLED[name])


# Signing in


@every_way
async def test_one_sign_in_serves_every_request_of_every_poll(way: str) -> None:
    clock = ManualClock()
    async with stand_in_and_client(way, clock) as (stand_in, client):
        assert not stand_in.sign_ins, "nothing is sent before the first poll"
        for _ in range(3):
            assert all(snapshot is not None for snapshot in await poll(client, clock))
            await clock.advance(INTERVAL)
    assert stand_in.sign_ins == ([ACCESS[way].credentials] if way in SIGNING_IN else [])
    assert len(stand_in.requests) >= 3
    assert stand_in.statuses() == {200}


@every_way_that_signs_in
async def test_an_ended_session_is_renewed_once_and_the_request_is_repeated(way: str) -> None:
    clock = ManualClock()
    async with stand_in_and_client(way, clock) as (stand_in, client):
        before = await poll(client, clock)
        await clock.advance(INTERVAL)
        stand_in.forget()
        after = await poll(client, clock)
    assert len(after) == len(before)
    for snapshot in after:
        assert snapshot is not None
        # The thresholds in Sinch's example are a few milliseconds.
        assert not [field for field, _ in snapshot.unmapped if "maxWaitTime" not in field]
    assert len(stand_in.sign_ins) == 2
    refused = Counter(request.path for request in stand_in.requests if request.status == 401)
    assert refused
    assert set(refused.values()) == {1}
    repeated = {request.path for request in stand_in.requests[-2 * len(refused) :] if request.status == 200}
    assert refused.keys() <= repeated


@every_way
async def test_a_session_refused_again_after_its_renewal_fails_as_auth(way: str) -> None:
    clock = ManualClock()
    async with stand_in_and_client(way, clock) as (stand_in, client):
        stand_in.refuses = True
        error = await error_of(client, clock)
    assert error.reason is Reason.AUTH
    # Bright Pattern may sign in once an interval only: every sign-in ends another session.
    renewals = 1 if way.startswith("brightpattern") else 2
    assert len(stand_in.sign_ins) == (renewals if way in SIGNING_IN else 0)
    assert [request.status for request in stand_in.requests] == [401] * max(1, len(stand_in.sign_ins))
    if not way.startswith("brightpattern"):
        assert "401 Unauthorized" in str(error)


@pytest.mark.parametrize("status", [400, 401, 403])
@every_way_that_signs_in
async def test_a_refused_sign_in_fails_as_auth(way: str, status: int) -> None:
    clock = ManualClock()
    async with stand_in_and_client(way, clock) as (stand_in, client):
        stand_in.sign_in_response = lambda: web.json_response({"message": f"{PASSWORD} is wrong"}, status=status)
        error = await error_of(client, clock)
    assert error.reason is Reason.AUTH
    assert str(error).startswith("sign-in ")
    assert f" {status} " in str(error)
    assert leaks(str(error)) == []
    assert len(stand_in.sign_ins) == 1
    assert not stand_in.requests


@pytest.mark.parametrize(
    ("status", "body", "reason"),
    [
        (200, b"<html>", Reason.DECODE),
        (200, b"", Reason.DECODE),
        (200, f'{{"access_token": "{CORE}'.encode(), Reason.DECODE),
        (200, b"[]", Reason.INVALID),
        (200, b"{}", Reason.INVALID),
        (200, b'{"token": null, "access_token": null}', Reason.INVALID),
        (200, b'{"token": 7, "access_token": 7}', Reason.INVALID),
        (200, b'{"token": "", "access_token": ""}', Reason.INVALID),
        (200, b'{"token": "a; b=c", "access_token": "a b"}', Reason.INVALID),
        (200, b'{"token": "a\\r\\nX-Evil: 1", "access_token": "a\\r\\nX-Evil: 1"}', Reason.INVALID),
        (302, b"", Reason.HTTP),
        (403, b"Forbidden", Reason.AUTH),
        (404, b"", Reason.HTTP),
        (429, b"", Reason.THROTTLED),
        (503, b"", Reason.HTTP),
    ],
)
@every_way_that_signs_in
async def test_a_failed_sign_in_has_its_reason(way: str, status: int, body: bytes, reason: Reason) -> None:
    clock = ManualClock()
    async with stand_in_and_client(way, clock) as (stand_in, client):
        stand_in.sign_in_response = lambda: web.Response(status=status, body=body)
        error = await error_of(client, clock)
    # A session of Sinch is a cookie, whatever the body; Asterisk does not answer in JSON.
    of_any_body = {"sinch ecfauth": Reason.INVALID, "asterisk": Reason.DECODE}
    assert error.reason is (of_any_body.get(way, reason) if status == 200 else reason)
    assert leaks(str(error)) == []
    assert "oauth" not in str(error)
    assert len(stand_in.sign_ins) == 1
    assert not stand_in.requests


# Secrets


@every_way
def test_the_settings_show_no_secret(way: str) -> None:
    target = target_of(way, "http://127.0.0.1:1")
    assert leaks(f"{target!r} {target} {target.model_dump()} {target.model_dump_json()}") == []


@every_way
async def test_an_error_and_its_causes_show_no_secret(way: str) -> None:
    clock = ManualClock()
    async with connected(way, "http://127.0.0.1:1", clock) as client:
        error: BaseException | None = await error_of(client, clock)
    while error is not None:
        assert leaks(f"{error} {error!r}") == []
        error = error.__cause__ or error.__context__


# Selection and thresholds


async def page_of(target: TargetSettings) -> Mapping[str, Counter[tuple[str, float]]]:
    """Return the values on a target's page by family and queue id, once every resource is polled."""
    clock = ManualClock()
    collector = Collector([target], Exposition(no_process), clock)
    await collector.start()
    try:
        async with asyncio.timeout(20):
            while not all(resource.polls for health in collector.health for resource in health.resources):
                await clock.advance(1)
                await asyncio.sleep(0.001)
        assert all(resource.up for health in collector.health for resource in health.resources)
        families = read(page_bytes(collector, Format.TEXT), Format.TEXT)
    finally:
        await collector.stop()
    found: dict[str, Counter[tuple[str, float]]] = {}
    for sample in (sample for family in families for sample in family.samples if "queue_id" in sample.labels):
        name = sample.name.removeprefix("contactcenter_")
        found.setdefault(name, Counter())[sample.labels["queue_id"], sample.value] += 1
    return found


def queues_of(page: Mapping[str, Counter[tuple[str, float]]]) -> set[str]:
    return {queue for values in page.values() for queue, _ in values}


def asks_sinch_by_id(stand_in: StandIn) -> bool:
    """Return whether every request for queue statuses filters by the id."""
    asked = [request.query for request in stand_in.requests if request.path.endswith("/queueStatuses")]
    return bool(asked) and all(SALES_OF_SINCH in query.values() for query in asked)


def asks_bright_pattern_by_name(stand_in: StandIn) -> bool:
    """Return whether the subscription filters the services by name."""
    [subscription] = [request for request in stand_in.requests if request.path.endswith("/subscription")]
    [grid] = json.loads(subscription.body)["1"]["service_grids"]
    return (grid["filter_by"], grid["filter_value"]) == ("name", "Customer Service")


def asks_for_paths(*wanted: str, without: str) -> Callable[[StandIn], bool]:
    """Return a check that some paths were requested and another was not."""
    return lambda stand_in: (
        {*wanted} <= {request.path for request in stand_in.requests}
        and without not in {request.path for request in stand_in.requests}
    )


def cannot_filter(_stand_in: StandIn) -> bool:
    """Accept any request: a queue of APIO is known from its agents only, and Asterisk's filter takes one queue."""
    return True


SALES_OF_SINCH = "990556DC18244B4AB5BF35D75A89CDEF"
CENTRE_OF_APIO = "APIOTestCallCenterB@sip.netaxis.be"
SELECTIONS: Mapping[str, tuple[str, Callable[[StandIn], bool]]] = {
    "kpn": ("1000", asks_for_paths("/queue/number/1000", without="/queues")),
    "sinch basic": (SALES_OF_SINCH, asks_sinch_by_id),
    "brightpattern session": ("Customer Service", asks_bright_pattern_by_name),
    "asterisk": ("billing", cannot_filter),
    "axialys basic": ("12", asks_for_paths("/vm/group_stats/12", without="/vm/group_stats/13")),
    "apio login": (CENTRE_OF_APIO, cannot_filter),
}
# The ids of queues that are selected by name.
IDS = {"brightpattern session": "3C1B7E52-8F4D-4E0C-9D0B-6C1A7E2F9A11"}


@pytest.mark.parametrize("way", SELECTIONS)
async def test_only_the_selected_queue_is_exported_and_asked_for(way: str) -> None:
    queue, asks_for_it_only = SELECTIONS[way]
    async with standing_in(way) as (_, url):
        everything = queues_of(await page_of(target_of(way, url)))
    async with standing_in(way) as (stand_in, url):
        page = await page_of(target_of(way, url, select={"queues": {"include": [queue]}}))
    shown = {IDS.get(way, queue)}
    assert queues_of(page) == shown
    assert everything > shown
    assert asks_for_it_only(stand_in)


@pytest.mark.parametrize("way", SELECTIONS)
async def test_a_configured_threshold_is_exported_once_for_every_queue(way: str) -> None:
    thresholds = [{"queue": "*", "warning": {"waiting_contacts": 123}}]
    services = {"services": ["Customer Service"]} if way.startswith("brightpattern") else {}
    async with standing_in(way) as (_, url):
        page = await page_of(target_of(way, url, thresholds=thresholds, **services))
    found = {queue: count for (queue, value), count in page["queue_waiting_contacts_threshold"].items() if value == 123}
    # The vendor may have a threshold for a queue that it lists nowhere.
    listed = queues_of({family: values for family, values in page.items() if "threshold" not in family})
    assert found == dict.fromkeys(listed, 1)


# Closing


@every_way
async def test_closing_ends_quietly_and_only_once(way: str) -> None:
    clock = ManualClock()
    async with stand_in_and_client(way, clock) as (stand_in, client):
        await poll(client, clock)
        polled = len(stand_in.requests)
        for _ in range(2):
            await client.close()
        # Bright Pattern's subscription counts against a limit, and so may Asterisk's session.
        ended = [f"{request.method} {request.path}" for request in stand_in.requests[polled:]]
    subscription = "DELETE /statsapi/subscription/active"
    assert ended == {"brightpattern": [subscription], "asterisk": ["GET /rawman/Logoff"]}.get(vendor_of(way), [])


@every_way
async def test_closing_before_the_first_poll_sends_nothing(way: str) -> None:
    async with stand_in_and_client(way, ManualClock()) as (stand_in, client):
        await client.close()
    assert (stand_in.requests, stand_in.sign_ins) == ([], [])
