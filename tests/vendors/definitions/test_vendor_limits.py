"""Genesys Cloud and Twilio with more queues than one request may name, at midnight, and with failing requests."""

import json
from collections.abc import Callable
from typing import Any, cast

import pytest
from yarl import URL

from exporter.cli.definitions import ExampleClock
from exporter.errors import PollError, Reason
from exporter.model import Snapshot
from exporter.vendors.base import Client, load_vendor
from exporter.vendors.definitions.recorded import RecordedResponse
from exporter.vendors.toolkit.http import Http

OBSERVATIONS = "/api/v2/analytics/queues/observations/query"
AGGREGATES = "/api/v2/analytics/conversations/aggregates/query"
REAL_TIME = "/v1/Workspaces/WS1/TaskQueues/RealTimeStatistics"
GENESYS = {
    "name": "dublin",
    "vendor": "genesys-cloud",
    "url": "https://api.mypurecloud.ie",
    "token_url": "https://login.mypurecloud.ie/oauth/token",
    "client_id": "client",
    "client_secret": "secret",
}
TWILIO = {
    "name": "denver",
    "vendor": "twilio-taskrouter",
    "username": "SK1",
    "password": "secret",
    "workspace": "WS1",
    "timezone": "America/Denver",
}
IDS = [f"q{number}" for number in range(450)]
NOON = 1_795_780_800.0
# Half a minute before midnight in Denver.
BEFORE_MIDNIGHT = 1_795_762_770.0

Respond = Callable[[str, Any], object]


class Vendor:
    """A vendor that responds with what a function returns for the path and the JSON body; a number is a status.

    Attributes:
        requests: The time, path, parameters and JSON body of every request.
    """

    def __init__(self, respond: Respond, clock: ExampleClock) -> None:
        self._respond = respond
        self._clock = clock
        self.requests: list[tuple[float, str, dict[str, str], Any]] = []

    def request(self, _method: str, url: URL, *, json: object = None, **_options: object) -> RecordedResponse:
        self.requests.append((self._clock.time(), url.path, dict(url.query), json))
        response = self._respond(url.path, json)
        status = response if isinstance(response, int) else 200
        return RecordedResponse(status, {}, encoded(response))

    def bodies(self, path: str) -> list[Any]:
        return [body for _, asked, _, body in self.requests if asked == path]


def encoded(value: object) -> bytes:
    return json.dumps(value).encode()


def connect(values: dict[str, str], respond: Respond, now: float = NOON) -> tuple[Client, Vendor, ExampleClock]:
    vendor = load_vendor(values["vendor"])
    clock = ExampleClock(now)
    answering = Vendor(respond, clock)
    http = Http(cast("Any", answering), clock, body_bytes=1 << 24, answered=lambda _: None)
    return vendor.connect(vendor.settings.model_validate(values), http, clock), answering, clock


async def poll(client: Client, name: str) -> Snapshot:
    [resource] = [each for each in client.resources if each.name == name]
    return await resource.fetch() or Snapshot()


def genesys(path: str, body: Any) -> object:  # noqa: ANN401 - a JSON document
    if path == "/oauth/token":
        return {"access_token": "token", "expires_in": 86_399}
    if path == "/api/v2/routing/queues":
        return {"entities": [{"id": each, "name": each.upper()} for each in IDS], "pageCount": 1}
    waiting = [{"metric": "oWaiting", "stats": {"count": 1}}]
    asked = [each["value"] for each in body["filter"].get("predicates", [])]
    return {"results": [{"group": {"queueId": each, "mediaType": "voice"}, "data": waiting} for each in asked]}


def twilio(path: str, body: Any) -> object:  # noqa: ANN401 - a JSON document
    if path.endswith("/TaskQueues"):
        return {"task_queues": [{"sid": each, "friendly_name": each.upper()} for each in IDS], "meta": {}}
    if path == REAL_TIME:
        return {
            "task_queue_data": [{"task_queue_sid": each, "total_available_workers": 1} for each in body["queueSids"]]
        }
    return {"task_queue_sid": path.split("/")[-2], "tasks_entered": 5}


async def test_genesys_is_asked_for_at_most_200_queues_at_once() -> None:
    client, vendor, _ = connect(GENESYS, genesys)
    snapshot = await poll(client, "queues")
    await poll(client, "totals")
    assert [len(body["filter"]["predicates"]) for body in vendor.bodies(OBSERVATIONS)] == [200, 200, 50] * 2
    assert [len(body["filter"]["predicates"]) for body in vendor.bodies(AGGREGATES)] == [100, 100, 100, 100, 50]
    assert [(queue.id, queue.name) for queue in snapshot.queues] == [(f"{each}/voice", each.upper()) for each in IDS]


async def test_genesys_handling_is_that_of_inbound_conversations() -> None:
    client, vendor, _ = connect(GENESYS, genesys)
    await poll(client, "handling")
    filters = [body["filter"] for body in vendor.bodies(AGGREGATES)]
    assert {each["type"] for each in filters} == {"and"}
    assert [each["predicates"] for each in filters] == [[{"dimension": "originatingDirection", "value": "inbound"}]] * 5
    assert sum(len(each["clauses"][0]["predicates"]) for each in filters) == len(IDS)


async def test_twilio_is_asked_for_at_most_50_queues_at_once_and_4_times_a_second() -> None:
    client, vendor, _ = connect(TWILIO, twilio)
    snapshot = await poll(client, "queues")
    assert [len(body["queueSids"]) for body in vendor.bodies(REAL_TIME)] == [50] * 9
    assert len(snapshot.queues) == len(IDS)
    times = [time for time, _, _, _ in vendor.requests]
    assert all(later - earlier >= 1 for earlier, later in zip(times, times[4:], strict=False)), times


@pytest.mark.parametrize(("values", "respond", "path"), [(GENESYS, genesys, OBSERVATIONS), (TWILIO, twilio, REAL_TIME)])
async def test_a_failed_part_is_never_shown_as_the_whole(values: dict[str, str], respond: Respond, path: str) -> None:
    client, vendor, _ = connect(values, lambda at, body: 500 if len(vendor.bodies(path)) == 2 else respond(at, body))
    with pytest.raises(PollError, match="500") as caught:
        await poll(client, "queues")
    assert caught.value.reason is Reason.HTTP


async def test_the_day_of_genesys_starts_at_midnight_of_the_time_zone() -> None:
    client, vendor, clock = connect(GENESYS | {"timezone": "America/Denver"}, genesys, BEFORE_MIDNIGHT)
    before = (await poll(client, "totals")).period
    await clock.sleep(60)
    after = (await poll(client, "totals")).period
    assert before is not None
    assert after is not None
    assert after.began - before.began == 86_400
    assert list(dict.fromkeys(body["interval"] for body in vendor.bodies(AGGREGATES))) == [
        "2026-11-26T07:00:00.000Z/2026-11-27T06:59:30.000Z",
        "2026-11-27T07:00:00.000Z/2026-11-27T07:00:30.000Z",
    ]


async def test_a_round_over_midnight_does_not_mix_the_totals_of_two_days() -> None:
    client, vendor, _ = connect(TWILIO, twilio, BEFORE_MIDNIGHT)
    snapshot = await poll(client, "totals")
    asked = {path.split("/")[-2]: query["StartDate"] for _, path, query, _ in vendor.requests if "StartDate" in query}
    assert len(set(asked.values())) == 2, "the round lasts beyond midnight"
    assert snapshot.period is not None
    assert {asked[queue.id] for queue in snapshot.queues} == {"2026-11-26T07:00:00Z"}
    assert snapshot.period.began == NOON - 5 * 3600 - 86_400

    later = await poll(client, "totals")
    assert {queue.id for queue in later.queues} == set(IDS)
    assert later.period is not None
    assert later.period.began - snapshot.period.began == 86_400
