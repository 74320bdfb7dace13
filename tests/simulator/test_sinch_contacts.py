"""Single contacts of Sinch's monitoring interface over real HTTP, as published."""

import json
import re
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from exporter.simulator import DEFAULT, Centre, Driver, ScenarioName, start, working_day
from exporter.simulator.daytime import DAY, HOUR
from exporter.simulator.dialects.sinch import Contents, Sinch, SinchSettings
from tests.support.simulation import EPOCH, Always, ManualClock

EXAMPLES = json.loads((Path(__file__).parent.parent / "vendors" / "sinch" / "contacts.json").read_text())
CREDENTIALS = aiohttp.encode_basic_auth("demo", "demo")
EVERYTHING = {"limit": "9999", "sort": "id"}

REQUIRED = {
    "id",
    "contactGroupId",
    "channel",
    "type",
    "status",
    "source",
    "destination",
    "arrivalTime",
    "queuingDuration",
    "handlingDuration",
    "wrapUpTotalDuration",
    "totalDuration",
    "waitingDuration",
    "serviceClosed",
    "answeredOnTimeThreshold",
    "falseAttemptTimeThreshold",
}
# The page also requires wrapUpScriptingDuration and wrapUpRestingDuration, "shown after wrap-up ended".
OPTIONAL = {
    "subtype",
    "agentId",
    "agentName",
    "queueId",
    "queueName",
    "origQueueId",
    "origQueueName",
    "queueLoginType",
    "applicationId",
    "applicationName",
    "reportingGroupId",
    "reportingGroupName",
    "arrivalQueueTime",
    "connectTime",
    "pendingTime",
    "disconnectTime",
    "wrapUpBeginTime",
    "wrapUpEndTime",
    "wrapUpScriptingDuration",
    "wrapUpRestingDuration",
    "record",
    "subject",
}
FINAL = {"ServiceClosed", "Handled_AOT", "Handled", "NotHandled_FA", "NotHandled_Ab"}
ACTIVE = {"InQueue", "InProcess", "InProcess_Pending", "InProcess_WrapUp"}
TYPES = {
    "PHONE": {"CallIn", "CallIn/Forwarded", "CallOut"},
    "CHAT": {"ChatIn"},
    "EMAIL": {"EMAILIN"},
}

Rows = list[dict[str, Any]]


@asynccontextmanager
async def connected(driver: Driver, settings: SinchSettings | None = None) -> AsyncIterator[aiohttp.ClientSession]:
    running = await start("127.0.0.1", 0, driver, [Sinch(settings)])
    headers = {"Accept": "application/json", "Authorization": CREDENTIALS}
    async with aiohttp.ClientSession(f"{running.url}/sinch/RI/rmi/", headers=headers) as session:
        yield session
    await running.stop()


@pytest.fixture
async def client(driver: Driver) -> AsyncIterator[aiohttp.ClientSession]:
    async with connected(driver) as session:
        yield session


@pytest.fixture
def busy(clock: ManualClock) -> Driver:
    """Return a centre in the afternoon after hours with more calls than it can take."""
    centre = working_day()
    centre.scenarios[ScenarioName.SURGE].on()
    centre.advance(16 * HOUR)
    return Driver(centre, clock)


async def read(client: aiohttp.ClientSession, path: str = "contacts", **query: str) -> Any:  # noqa: ANN401 - a document
    async with client.get(path, params=query) as answer:
        assert answer.status == 200, await answer.text()
        return await answer.json()


def moment(row: dict[str, Any], field: str) -> datetime:
    return datetime.fromisoformat(row[field])


def milliseconds(row: dict[str, Any], begin: str, end: str) -> float:
    return (moment(row, end) - moment(row, begin)) / timedelta(milliseconds=1)


def utc(seconds: float) -> str:
    return f"{datetime.fromtimestamp(seconds).astimezone():%Y-%m-%dT%H:%M:%S.000%z}"


# The shape of the rows


async def test_a_row_has_every_required_field_and_no_unpublished_one(busy: Driver) -> None:
    async with connected(busy) as client:
        rows: Rows = await read(client, **EVERYTHING)
    assert len(rows) > 2000
    for row in rows:
        assert set(row) >= REQUIRED
        assert set(row) <= REQUIRED | OPTIONAL
        assert row["status"] in FINAL | ACTIVE
        assert row["type"] in TYPES[row["channel"]]
        assert re.fullmatch("[0-9A-F]{32}", row["id"])
    assert {row["status"] for row in rows} == (FINAL | ACTIVE) - {"InProcess_Pending"}
    assert {row["type"] for row in rows} == set().union(*TYPES.values())


async def test_a_handled_call_has_the_fields_of_the_published_example(client: aiohttp.ClientSession) -> None:
    rows: Rows = await read(client, **EVERYTHING, channel="PHONE", status="Handled*", type="CallIn")
    example = set(EXAMPLES[0])
    assert len(rows) > 100
    assert all(set(row) - {"queueLoginType"} == example for row in rows)
    assert all(row["record"] is True for row in rows)


async def test_an_open_email_has_a_subject_and_no_end(busy: Driver) -> None:
    async with connected(busy) as client:
        rows: Rows = await read(client, **EVERYTHING, channel="EMAIL", status="InQueue")
    assert rows
    for row in rows:
        assert row["subject"]
        assert row["disconnectTime"] is None
        assert "wrapUpScriptingDuration" not in row
        assert row["record"] is None


async def test_an_email_on_hold_is_pending_since_the_hold(clock: ManualClock) -> None:
    email = replace(DEFAULT.queues[-1], contacts_per_hour=60.0, hold_share=1.0, hold=Always(900))
    centre = Centre(replace(DEFAULT, queues=(email,)))
    centre.advance(10 * HOUR)
    async with connected(Driver(centre, clock)) as client:
        pending: Rows = await read(client, **EVERYTHING, status="InProcess_Pending")
        ended: Rows = await read(client, **EVERYTHING, channel="EMAIL", status="Handled*")
    assert pending
    assert all(-900 < moment(row, "pendingTime").timestamp() - EPOCH <= 0 for row in pending)
    # The time of the hold remains.
    assert ended
    assert all(row["connectTime"] < row["pendingTime"] < row["disconnectTime"] for row in ended)


# Durations and times


async def test_durations_are_those_between_the_times(busy: Driver) -> None:
    async with connected(busy) as client:
        rows: Rows = await read(client, **EVERYTHING)
    for row in rows:
        if row["disconnectTime"]:
            assert row["totalDuration"] == milliseconds(row, "arrivalTime", "disconnectTime")
        if "connectTime" in row and row["disconnectTime"]:
            assert row["handlingDuration"] == milliseconds(row, "connectTime", "disconnectTime")
        if "connectTime" in row and "arrivalQueueTime" in row:
            assert row["queuingDuration"] == milliseconds(row, "arrivalQueueTime", "connectTime")
        if "wrapUpEndTime" in row:
            assert row["wrapUpTotalDuration"] == milliseconds(row, "wrapUpBeginTime", "wrapUpEndTime")
            parts = row["wrapUpScriptingDuration"] + row["wrapUpRestingDuration"]
            assert parts == row["wrapUpTotalDuration"]


async def test_durations_of_an_open_contact_run_to_the_current_time(busy: Driver) -> None:
    async with connected(busy) as client:
        talking: Rows = await read(client, **EVERYTHING, status="InProcess", type="CallIn")
        waiting: Rows = await read(client, **EVERYTHING, status="InQueue")
    assert talking
    assert waiting
    for row in talking:
        assert row["handlingDuration"] == (EPOCH - moment(row, "connectTime").timestamp()) * 1000
    for row in waiting:
        assert row["queuingDuration"] == (EPOCH - moment(row, "arrivalQueueTime").timestamp()) * 1000
        assert row["handlingDuration"] == 0


async def test_a_contact_is_answered_on_time_up_to_its_limit_in_seconds(busy: Driver) -> None:
    async with connected(busy) as client:
        rows: Rows = await read(client, **EVERYTHING, status="Handled*")
        summaries: Rows = await read(client, "contactSummaries", limit="9999")
    inbound = [row for row in rows if "queueId" in row]
    limits = {queue.id: queue.target_seconds for queue in DEFAULT.queues}
    for row in inbound:
        assert row["answeredOnTimeThreshold"] == limits[row["queueId"]]
        assert (row["waitingDuration"] <= row["answeredOnTimeThreshold"] * 1000) == (row["status"] == "Handled_AOT")
    # The summaries count at the answer, the contacts at the end.
    on_time = sum(row["inAnsweredOnTime"] for row in summaries)
    assert 0 <= on_time - sum(row["status"] == "Handled_AOT" for row in inbound) < len(DEFAULT.agents)


async def test_a_customer_who_leaves_within_the_limit_was_a_false_attempt(busy: Driver) -> None:
    async with connected(busy) as client:
        legs = Counter(row["contactGroupId"] for row in await read(client, **EVERYTHING))
        rows: Rows = await read(client, **EVERYTHING, status="NotHandled_*")
    assert {row["status"] for row in rows} == {"NotHandled_Ab", "NotHandled_FA"}
    for row in rows:
        assert "connectTime" not in row
        # A customer who was transferred has had an answer before.
        if legs[row["contactGroupId"]] == 1:
            short = row["queuingDuration"] <= row["falseAttemptTimeThreshold"] * 1000
            assert short == (row["status"] == "NotHandled_FA")


async def test_dates_of_the_past_do_not_change(client: aiohttp.ClientSession, clock: ManualClock) -> None:
    before = {row["id"]: row for row in await read(client, **EVERYTHING)}
    clock.elapsed += 90.4
    after = {row["id"]: row for row in await read(client, **EVERYTHING)}
    times = ("arrivalTime", "arrivalQueueTime", "connectTime")
    for key, row in before.items():
        assert {name: after[key][name] for name in times if name in row} == {
            name: row[name] for name in times if name in row
        }
        assert row["status"] in ACTIVE or after[key] == row


async def test_responses_are_dated_by_the_clock_of_the_contacts(
    client: aiohttp.ClientSession, clock: ManualClock
) -> None:
    clock.elapsed += 60
    async with client.get("contacts") as answer:
        assert parsedate_to_datetime(answer.headers["Date"]).timestamp() == EPOCH + 60


# Queues, transfers, closed queues and outbound calls


async def test_a_transfer_is_a_contact_with_a_new_id_in_the_same_group(busy: Driver) -> None:
    async with connected(busy) as client:
        rows: Rows = await read(client, **EVERYTHING)
        groups: dict[str, Rows] = {}
        for row in rows:
            groups.setdefault(row["contactGroupId"], []).append(row)
        transferred = [sorted(legs, key=lambda row: row["arrivalTime"]) for legs in groups.values() if len(legs) > 1]
        [first, second] = transferred[0]
        found: Rows = await read(client, contactGroupId=first["contactGroupId"], sort="arrivalTime")
    assert found == [first, second]
    assert len(transferred) == sum(line.totals.transferred for line in busy.centre.lines.values())
    assert all(legs[0]["disconnectTime"] == legs[1]["arrivalTime"] for legs in transferred)


async def test_an_overflowed_call_is_in_another_queue_than_it_arrived_in(busy: Driver) -> None:
    async with connected(busy) as client:
        rows: Rows = await read(client, **EVERYTHING, type="CallIn/Forwarded")
    moved = Counter(row["origQueueId"] for row in rows if row["queueId"] != row["origQueueId"])
    assert sum(moved.values()) == len(rows)
    assert moved == {id_: line.totals.overflowed for id_, line in busy.centre.lines.items() if line.totals.overflowed}


async def test_a_closed_queue_rejects_a_contact(client: aiohttp.ClientSession, driver: Driver) -> None:
    rows: Rows = await read(client, **EVERYTHING, status="ServiceClosed")
    assert len(rows) == sum(line.totals.rejected_closed for line in driver.centre.lines.values()) > 0
    for row in rows:
        assert row["serviceClosed"] is True
        assert row["arrivalTime"] == row["disconnectTime"]
        assert row["queuingDuration"] == row["waitingDuration"] == row["handlingDuration"] == 0
    others: Rows = await read(client, **EVERYTHING, serviceClosed="false")
    assert len(rows) + len(others) == len(await read(client, **EVERYTHING))


async def test_an_outbound_call_has_an_agent_and_no_queue(client: aiohttp.ClientSession) -> None:
    rows: Rows = await read(client, **EVERYTHING, type="CallOut")
    assert rows
    assert all("queueId" not in row and row["agentId"] for row in rows)
    assert {row["status"] for row in rows} <= {"InProcess", "InProcess_WrapUp", "Handled"}


async def test_contacts_of_a_queue_without_rights_are_missing(driver: Driver) -> None:
    settings = SinchSettings(contacts=Contents(hidden_queues=frozenset({"1001"})))
    async with connected(driver, settings) as client:
        rows: Rows = await read(client, **EVERYTHING)
        summaries: Rows = await read(client, "contactSummaries", queueId="1001")
    assert "1001" not in {row.get("queueId") for row in rows}
    assert summaries


async def test_contacts_are_those_of_the_ledger(busy: Driver) -> None:
    async with connected(busy) as client:
        rows: Rows = await read(client, **EVERYTHING)
    assert {row["id"] for row in rows} == {record.id for record in busy.centre.ledger.contacts()}
    waiting = Counter(row["queueId"] for row in rows if row["status"] == "InQueue")
    for line in busy.centre.lines.values():
        assert waiting[line.profile.id] == len(line.waiting) + line.ringing


async def test_customers_are_invented(busy: Driver) -> None:
    async with connected(busy) as client:
        rows: Rows = await read(client, **EVERYTHING)
    # 555-01xx is reserved for fiction, as is example.com.
    invented = re.compile(r"\+120255501\d\d|(visitor|customer)\d+@example\.com")
    for row in rows:
        assert invented.fullmatch(row["destination" if row["type"] == "CallOut" else "source"])
        assert row.get("subject", "Invented request").startswith("Invented request")


# The window of time


async def test_window_is_compared_with_the_arrival(client: aiohttp.ClientSession) -> None:
    every: Rows = await read(client, **EVERYTHING)
    after, before = EPOCH - HOUR, EPOCH - HOUR / 2
    rows: Rows = await read(client, **EVERYTHING, startTime=utc(after), endTime=utc(before))
    assert 0 < len(rows) < len(every)
    assert rows == [row for row in every if after < moment(row, "arrivalTime").timestamp() < before]


async def test_window_can_be_compared_with_the_latest_change(driver: Driver) -> None:
    after = EPOCH - 600
    async with connected(driver, SinchSettings(contacts=Contents(window_of="change"))) as client:
        rows: Rows = await read(client, **EVERYTHING, startTime=utc(after))
    arrived_before = [row for row in rows if moment(row, "arrivalTime").timestamp() < after]
    assert arrived_before
    times = ("arrivalTime", "arrivalQueueTime", "connectTime", "disconnectTime", "wrapUpBeginTime", "wrapUpEndTime")
    for row in rows:
        # An overflow has no time of its own in the row.
        latest = max(moment(row, name).timestamp() for name in times if row.get(name))
        assert latest > after or row["queueId"] != row["origQueueId"]


async def test_active_contacts_are_shown_regardless_of_the_time(client: aiohttp.ClientSession) -> None:
    every: Rows = await read(client, **EVERYTHING)
    active = [row for row in every if row["status"] in ACTIVE]
    assert await read(client, **EVERYTHING, startTime=utc(EPOCH)) == []
    assert await read(client, **EVERYTHING, startTime=utc(EPOCH), showAllInProcess="1") == active
    after = EPOCH - 1800
    both: Rows = await read(client, **EVERYTHING, startTime=utc(after), showAllInProcess="1")
    recent = [row for row in every if moment(row, "arrivalTime").timestamp() > after]
    assert {row["id"] for row in both} == {row["id"] for row in active} | {row["id"] for row in recent}


@pytest.mark.slow
async def test_contacts_are_kept_for_36_hours_after_their_end(busy: Driver, clock: ManualClock) -> None:
    midnight = EPOCH + DAY - busy.centre.now
    async with connected(busy) as client:
        clock.elapsed = midnight + 60 - EPOCH
        emails: Rows = await read(client, **EVERYTHING, channel="EMAIL", status="InQueue")
        over_midnight = [row["id"] for row in emails if moment(row, "arrivalTime").timestamp() < midnight]
        assert over_midnight
        busy.centre.scenarios[ScenarioName.SURGE].off()
        clock.elapsed += 36 * HOUR
        rows = {row["id"]: row for row in await read(client, **EVERYTHING)}
        assert all(rows[each]["status"].startswith("Handled") for each in over_midnight)
        for row in rows.values():
            last = row.get("wrapUpEndTime") or row["disconnectTime"]
            # Expired contacts are removed every quarter of an hour.
            assert not last or datetime.fromisoformat(last).timestamp() > clock.time() - 36.25 * HOUR
        clock.elapsed += 1.5 * DAY
        async with client.get(f"contacts/{over_midnight[0]}") as answer:
            assert (answer.status, await answer.text()) == (404, "HTTP 404 Not Found")


# Selection, order and pages


async def test_lists_of_ids_select_contacts(client: aiohttp.ClientSession) -> None:
    every: Rows = await read(client, **EVERYTHING)
    for field in ("id", "queueId", "agentId"):
        values = {row[field] for row in every[:40] if field in row}
        listed = ",".join(sorted(values)[:2])
        rows: Rows = await read(client, **EVERYTHING, **{field: listed})
        assert rows == [row for row in every if row.get(field) in listed.split(",")] != []
    assert await read(client, **EVERYTHING, queueLoginType="HuntGroup") == []


async def test_fields_can_be_searched_with_patterns(client: aiohttp.ClientSession) -> None:
    every: Rows = await read(client, **EVERYTHING)
    assert await read(client, **EVERYTHING, queueName="B*") == [r for r in every if r.get("queueName", "")[:1] == "B"]
    assert await read(client, **EVERYTHING, channel="?HAT") == [r for r in every if r["channel"] == "CHAT"]
    assert await read(client, **EVERYTHING, subject="Invented?request.*") == []
    [one] = every[:1]
    found: Rows = await read(client, **EVERYTHING, search=one["source"][-6:])
    assert one in found
    assert len(found) < len(every)


async def test_pickable_contacts_are_waiting_chats_and_emails(busy: Driver) -> None:
    async with connected(busy) as client:
        every: Rows = await read(client, **EVERYTHING)
        rows: Rows = await read(client, **EVERYTHING, pickable="true")
        assert rows == [row for row in every if row["status"] == "InQueue" and row["channel"] != "PHONE"] != []
        assert await read(client, **EVERYTHING, pickable="false") == every
        assert await read(client, **EVERYTHING, activeQueue="true") == []


async def test_a_single_contact_equals_its_row_in_the_list(client: aiohttp.ClientSession) -> None:
    [row] = await read(client, limit="1", offset="7", sort="id")
    assert await read(client, f"contacts/{row['id']}") == row


async def test_a_page_has_100_contacts_unless_limited(driver: Driver) -> None:
    async with connected(driver, SinchSettings(most_rows=300)) as client:
        assert len(await read(client)) == 100
        assert len(await read(client, limit="5000")) == 300


async def test_pages_move_while_they_are_read(client: aiohttp.ClientSession, clock: ManualClock) -> None:
    """Contacts that arrive between two pages shift later rows, so that one of them is returned twice."""
    read_twice = 0
    for offset in range(0, 1000, 50):
        page: Rows = await read(client, sort="id", limit="50", offset=str(offset))
        clock.elapsed += 30
        following: Rows = await read(client, sort="id", limit="50", offset=str(offset + 50))
        read_twice += len({row["id"] for row in page} & {row["id"] for row in following})
    assert read_twice


@pytest.mark.parametrize("query", [{"startTime": "yesterday"}, {"endTime": "2027-01-15T08:45:00"}, {"limit": "all"}])
async def test_an_invalid_parameter_is_a_bad_request(client: aiohttp.ClientSession, query: dict[str, str]) -> None:
    async with client.get("contacts", params=query) as answer:
        assert (answer.status, answer.content_type) == (400, "text/plain")
