"""Single contacts of Sinch: which phases of the published rows are observed, when, and how often.

The stand-in returns rows as section */contacts* of the page describes them.
"""

from collections.abc import Mapping
from typing import Literal

import pytest

from exporter.errors import Reason
from tests.support.vendors.polls import AGGREGATE, failure
from tests.support.vendors.sinch import SHOWN, fixture, samples
from tests.support.vendors.sinch_contacts import MORNING, QUEUE, Installation, Row, Serving, answered, contact, utc

PHONE, EMAIL = fixture("contacts")
MAIL_QUEUE = ("6A8562F960ED4541BA75F6A6F6C94618", "CustomerService Email", "email")


def histogram(series: Mapping[tuple[str, ...], float], name: str, *labels: str) -> tuple[float, float]:
    """Return the count and the sum of a histogram."""
    return series[f"queue_contact_{name}_count", *labels], series[f"queue_contact_{name}_sum", *labels]


def finished(series: Mapping[tuple[str, ...], float]) -> dict[tuple[str, ...], float]:
    """Return the contacts finished by queue id, outcome and direction, without zeros."""
    name = "queue_contacts_finished_total"
    return {(labels[0], *labels[3:]): count for (first, *labels), count in series.items() if first == name and count}


async def test_single_contacts_are_not_requested_unless_they_are_enabled() -> None:
    async with Serving(Installation(), contacts={}) as site:
        assert [each.name for each in site.sinch.resources] == ["queues", "agents", "contact_summaries", "queue_groups"]


async def test_the_published_contact_is_observed_as_the_page_describes_it() -> None:
    """Waited 38 s in the queue, 12.807 s compared with the limit of 15 s, handled 323 s, wrap-up 10 s."""
    installation = Installation()
    async with Serving(installation) as site:
        await site.poll()
        installation.put(PHONE, EMAIL)
        # The e-mail is in process until now, as in the example.
        snapshot = await site.poll(91 * 60)
    SHOWN.require_golden("contacts", snapshot, AGGREGATE)
    series = samples(snapshot)
    assert histogram(series, "wait_seconds", *QUEUE, "answered") == (1, 38)
    assert histogram(series, "service_level_wait_seconds", *QUEUE) == (1, 12.807)
    assert histogram(series, "handle_seconds", *QUEUE) == (1, 323)
    assert histogram(series, "wrap_up_seconds", *QUEUE) == (1, 10)
    assert finished(series) == {(QUEUE[0], "answered", "in"): 1}
    # Answered on time (`Handled_AOT`), because the wait that is compared is at most the threshold.
    assert series["queue_service_level_target_seconds", *QUEUE] == 15
    assert series["queue_contact_service_level_wait_seconds_bucket", *QUEUE, "15.0"] == 1
    assert series["queue_contact_service_level_wait_seconds_bucket", *QUEUE, "10.0"] == 0
    assert series["queue_contact_wait_seconds_bucket", *QUEUE, "answered", "30.0"] == 0
    assert series["queue_contact_wait_seconds_bucket", *QUEUE, "answered", "45.0"] == 1
    # The e-mail has waited 98 s and is still in process.
    assert histogram(series, "wait_seconds", *MAIL_QUEUE, "answered") == (1, 98)
    assert histogram(series, "handle_seconds", *MAIL_QUEUE) == (0, 0)
    assert series["queue_contact_wait_seconds_bucket", *MAIL_QUEUE, "answered", "150.0"] == 1
    assert series["queue_contact_wait_seconds_bucket", *MAIL_QUEUE, "answered", "172800.0"] == 1


async def test_what_has_ended_before_the_start_is_not_observed() -> None:
    installation = Installation(answered(1, MORNING - 600), contact(2, arrivalTime=utc(MORNING - 30)))
    async with Serving(installation) as site:
        assert finished(await site.observed()) == {}
        installation.put(answered(2, MORNING - 30))
        series = await site.observed()
        assert finished(series) == {(QUEUE[0], "answered", "in"): 1}
        assert finished(await site.observed()) == finished(series)


async def test_a_contact_is_observed_phase_by_phase_and_once() -> None:
    installation, arrived = Installation(), MORNING + 70
    async with Serving(installation) as site:
        await site.poll()
        installation.put(contact(1, arrivalTime=utc(arrived)))
        assert finished(await site.observed()) == {}
        row = answered(1, arrived, 90) | {"status": "InProcess", "disconnectTime": None}
        installation.put(row)
        series = await site.observed()
        assert histogram(series, "wait_seconds", *QUEUE, "answered") == (1, 90)
        assert histogram(series, "handle_seconds", *QUEUE) == (0, 0)
        ended = arrived + 190
        row |= {"status": "InProcess_WrapUp", "disconnectTime": utc(ended), "wrapUpBeginTime": utc(ended)}
        series = await site.observed()
        assert histogram(series, "handle_seconds", *QUEUE) == (1, 100)
        assert histogram(series, "wrap_up_seconds", *QUEUE) == (0, 0)
        assert finished(series) == {}
        row |= {"status": "Handled", "wrapUpEndTime": utc(ended + 25), "wrapUpTotalDuration": 25_000}
        for _ in range(3):
            series = await site.observed()
            assert histogram(series, "wait_seconds", *QUEUE, "answered") == (1, 90)
            assert histogram(series, "handle_seconds", *QUEUE) == (1, 100)
            assert histogram(series, "wrap_up_seconds", *QUEUE) == (1, 25)
            assert finished(series) == {(QUEUE[0], "answered", "in"): 1}


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        ("Handled_AOT", "answered"),
        ("Handled", "answered"),
        ("NotHandled_Ab", "abandoned"),
        ("NotHandled_FA", "abandoned_short"),
        ("ServiceClosed", "rejected_closed"),
        ("Handled_ByRobot", "unknown"),
    ],
)
async def test_each_final_status_has_an_outcome(status: str, outcome: str) -> None:
    installation = Installation()
    ended = utc(MORNING + 100)
    connected = ended if status.startswith("Handled") else None
    async with Serving(installation) as site:
        await site.poll()
        installation.put(contact(1, status=status, connectTime=connected, disconnectTime=ended, queuingDuration=7000))
        snapshot = await site.poll(120)
    series = samples(snapshot)
    assert finished(series) == {(QUEUE[0], outcome, "in"): 1}
    waited = {name[4]: count for name, count in series.items() if name[0] == "queue_contact_wait_seconds_count"}
    assert waited == {each: int(each == outcome) for each in ("answered", "abandoned", "abandoned_short")}
    assert [field for field, _ in snapshot.unmapped] == (["contacts.status"] if outcome == "unknown" else [])


@pytest.mark.parametrize(
    ("word", "direction"),
    [
        ("CallIn", "in"),
        ("CallIn/Forwarded", "in"),
        ("VOICEMAILIN", "in"),
        ("CBR", "in"),
        ("CallOut", "out"),
        ("CallOutOB", "out"),
        ("CallOutTerm", "out"),
        ("CBRCallOut", "out"),
        ("CBRIntCallIn", "internal"),
        ("IVR", "internal"),
        ("Fax", "unknown"),
    ],
)
async def test_histograms_are_of_inbound_contacts(word: str, direction: str) -> None:
    installation = Installation()
    async with Serving(installation) as site:
        await site.poll()
        installation.put(answered(1, MORNING + 10) | {"type": word})
        series = await site.observed(300)
    assert finished(series) == {(QUEUE[0], "answered", direction): 1}
    assert histogram(series, "wait_seconds", *QUEUE, "answered")[0] == (direction == "in")
    assert histogram(series, "handle_seconds", *QUEUE)[0] == (direction == "in")


async def test_a_transferred_contact_is_a_contact_of_each_queue_and_shows_where_it_came_from() -> None:
    installation = Installation()
    other = "6097A53095644241B0A5E71D0C7622A4"
    async with Serving(installation) as site:
        await site.poll()
        second = {"queueId": other, "queueName": "Back office", "contactGroupId": f"{1:032X}"}
        installation.put(answered(1, MORNING + 10), answered(2, MORNING + 120) | second)
        series = await site.observed(600)
    assert finished(series) == {(QUEUE[0], "answered", "in"): 1, (other, "answered", "in"): 1}
    moved = {name: count for name, count in series.items() if name[0] == "queue_contacts_moved_in_total"}
    assert moved == {("queue_contacts_moved_in_total", other, "Back office", "voice", QUEUE[0]): 1}


@pytest.mark.parametrize("selects_by", ["arrival", "end"])
async def test_a_contact_that_was_open_for_days_is_observed_once_it_has_ended(
    selects_by: Literal["arrival", "end"],
) -> None:
    row = contact(1, arrivalTime=utc(MORNING + 60), channel="EMAIL", type="EMAILIN")
    installation = Installation(selects_by=selects_by)
    async with Serving(installation) as site:
        await site.poll()
        installation.put(row)
        await site.poll()
        for hour in range(50):
            installation.put(answered(hour + 2, MORNING + (hour + 1) * 3600))
            assert ("queue_contact_wait_seconds_count", *QUEUE, "answered") in await site.observed(3600)
        ended = installation.clock.time() + 10
        installation.put(
            {**row, "status": "Handled", "connectTime": utc(ended - 60), "disconnectTime": utc(ended)}
            | {"queuingDuration": 180_000_000, "handlingDuration": 60_000}
        )
        for _ in range(3):
            series = await site.observed()
            assert histogram(series, "wait_seconds", *QUEUE, "answered") == (51, 180_500)
            assert histogram(series, "handle_seconds", *QUEUE) == (51, 5060)
        await site.poll()
        snapshot = await site.poll()
    # By arrival it is requested by its id, once; by its end the window contains it.
    singles = [path for path, _ in installation.asked if path.endswith(row["id"])]
    assert len(singles) == (selects_by == "arrival")
    assert snapshot.findings == (f"`startTime` of /contacts selects contacts by their {selects_by}",)


async def test_what_start_time_selects_by_is_not_known_at_first() -> None:
    async with Serving(Installation()) as site:
        [finding] = (await site.poll()).findings
    assert finding == "not known yet whether `startTime` of /contacts selects contacts by their arrival or their end"


async def test_the_window_begins_a_quarter_of_an_hour_before_the_newest_time() -> None:
    installation = Installation()
    async with Serving(installation) as site:
        await site.poll(0)
        installation.put(answered(1, MORNING + 10, 10, 20))
        await site.poll(60)
        installation.asked.clear()
        await site.poll(60)
    [(path, query), *_] = installation.asked
    assert path == "/RI/rmi/contacts"
    # Ended at 09:00:40; a second earlier in case the API excludes the start time itself.
    assert (query["startTime"], query["showAllInProcess"]) == ("2016-02-01T08:45:39.000Z", "1")


async def test_after_failed_polls_what_ended_meanwhile_is_observed() -> None:
    installation = Installation()
    async with Serving(installation) as site:
        await site.poll()
        installation.put(answered(1, MORNING + 61, 1, 1))
        await site.poll()
        installation.status = 503
        for minute in range(180):
            installation.put(answered(minute + 2, installation.clock.time(), 5, 30))
            assert (await failure(site.poll())).reason is Reason.HTTP
        installation.status = 200
        series = await site.observed()
        assert finished(series) == {(QUEUE[0], "answered", "in"): 181}
        assert histogram(series, "wait_seconds", *QUEUE, "answered") == (181, 901)
        assert finished(await site.observed()) == finished(series)


@pytest.mark.parametrize("ahead", [5 * 3600.0, -5 * 3600.0, 40.0])
async def test_the_vendors_clock_may_differ(ahead: float) -> None:
    installation = Installation(answered(1, MORNING + ahead - 300))
    installation.ahead = ahead
    async with Serving(installation) as site:
        assert finished(await site.observed(0)) == {}
        for minute in range(60):
            installation.put(answered(minute + 2, installation.clock.time() + ahead + 1, 10, 40))
            series = await site.observed()
    assert finished(series) == {(QUEUE[0], "answered", "in"): 60}


async def test_a_contact_that_becomes_invisible_is_counted_and_not_requested_for_ever() -> None:
    installation = Installation(contact(1), contact(2), contact(3))
    async with Serving(installation) as site:
        await site.poll()
        installation.hidden.add(f"{1:032X}")
        notes = [(await site.poll()).unmapped for _ in range(5)]
    assert notes[0] == (("contacts.id", "an open contact is not visible any more"),)
    assert notes[1:] == [()] * 4
    assert sum("contacts/" in path for path, _ in installation.asked) == 1


async def test_rows_that_move_between_pages_are_neither_lost_nor_observed_twice() -> None:
    installation = Installation()
    async with Serving(installation, page_size=3) as site:
        await site.poll()
        for minute in range(1, 30):
            arrived = installation.clock.time()
            # Smaller ids come first, so that every row moves.
            installation.put(*(answered(1000 - 7 * minute - n, arrived, 5, 20) for n in range(7)))
            series = await site.observed()
            assert finished(series) == {(QUEUE[0], "answered", "in"): 7 * minute}


async def test_a_queue_that_is_listed_begins_with_zeros() -> None:
    installation = Installation()
    installation.other["queueStatuses"] = [{"id": QUEUE[0], "name": QUEUE[1], "type": "Phone"}]
    async with Serving(installation) as site:
        await site.sinch.queues()
        series = await site.observed()
    assert histogram(series, "wait_seconds", *QUEUE, "abandoned") == (0, 0)
    assert series["queue_contacts_finished_total", *QUEUE, "answered", "in"] == 0
    assert ("queue_contacts_answered_difference", *QUEUE) not in series


async def test_a_queue_that_is_not_listed_any_more_is_gone_a_day_after_its_last_contact() -> None:
    installation = Installation()
    installation.other["queueStatuses"] = [{"id": "6097A53095644241B0A5E71D0C7622A4", "name": "Other", "type": "Phone"}]
    async with Serving(installation) as site:
        await site.sinch.queues()
        await site.poll()
        installation.put(answered(1, MORNING + 61))
        name = ("queue_contact_wait_seconds_count", *QUEUE, "answered")
        assert (await site.observed(300))[name] == 1
        assert name in await site.observed(23 * 3600)
        assert name not in await site.observed(3600)


async def test_a_threshold_that_changes_is_a_further_bucket_and_no_count_decreases() -> None:
    installation = Installation()
    async with Serving(installation) as site:
        await site.poll()
        installation.put(answered(1, MORNING + 61, 25))
        before = await site.observed(300)
        installation.put(answered(2, MORNING + 361, 25) | {"answeredOnTimeThreshold": 25})
        after = await site.observed(300)
    assert after["queue_service_level_target_seconds", *QUEUE] == 25
    assert {each: count for each, count in before.items() if after[each] < count} == {}
    bucket = ("queue_contact_service_level_wait_seconds_bucket", *QUEUE)
    # The first contact was counted before this bucket existed.
    assert (after[*bucket, "20.0"], after[*bucket, "25.0"], after[*bucket, "30.0"]) == (0, 1, 2)


async def test_the_buckets_are_configurable_by_channel() -> None:
    installation = Installation()
    buckets = {"wait_buckets": {"voice": ["7s", "1m"]}, "handle_buckets": {"email": [5]}}
    async with Serving(installation, contacts={"enabled": True, **buckets}) as site:
        await site.poll()
        installation.put(answered(1, MORNING + 61))
        series = await site.observed(300)
    edges = [
        name[5]
        for name in series
        if name[:2] == ("queue_contact_wait_seconds_bucket", QUEUE[0]) and name[4] == "answered"
    ]
    assert edges == ["7.0", "20.0", "60.0", "+Inf"]


@pytest.mark.parametrize("duration", [-1, None, "soon", 10**15])
async def test_an_invalid_duration_is_not_observed_but_the_contact_is_counted(duration: object) -> None:
    installation = Installation()
    async with Serving(installation) as site:
        await site.poll()
        installation.put({**answered(1, MORNING + 61), "queuingDuration": duration})
        series = await site.observed(300)
    assert histogram(series, "wait_seconds", *QUEUE, "answered") == (0, 0)
    assert histogram(series, "handle_seconds", *QUEUE) == (1, 100)
    assert finished(series) == {(QUEUE[0], "answered", "in"): 1}


async def test_the_waits_compared_with_the_threshold_reproduce_what_the_vendor_answered_on_time() -> None:
    installation = Installation()
    async with Serving(installation) as site:
        await site.poll()
        rows = [answered(n, MORNING + 61 + n, wait=n) for n in range(1, 60)]
        installation.put(*rows)
        series = await site.observed(300)
    on_time = sum(row["status"] == "Handled_AOT" for row in rows)
    # A wait of exactly the threshold is on time.
    assert series["queue_contact_service_level_wait_seconds_bucket", *QUEUE, "20.0"] == on_time == 20


async def test_a_contact_of_no_queue_is_of_none() -> None:
    installation = Installation()
    async with Serving(installation) as site:
        await site.poll()
        installation.put(answered(1, MORNING + 61) | {"queueId": None, "queueName": None})
        snapshot = await site.poll(300)
    assert (snapshot.queues, snapshot.unmapped) == ((), ())


def quarter_hour(began: float, handled: int) -> Row:
    return {
        **fixture("contactSummary")[0],
        "id": f"{QUEUE[0]}{began:.0f}",
        "queueId": QUEUE[0],
        "queueName": QUEUE[1],
        "hourTime": utc(began),
        "changeTimeStamp": utc(began),
        "inHandled": handled,
    }


async def test_contacts_that_are_not_visible_show_as_a_difference_to_the_vendors_own_totals() -> None:
    installation = Installation()
    async with Serving(installation) as site:
        await site.poll(1)
        installation.put(*(answered(n, MORNING + 910 + n, 5, 20) for n in range(4)))
        # The contacts of the first quarter of an hour began before single contacts were observed.
        installation.other["contactSummaries"] = [quarter_hour(MORNING, 9), quarter_hour(MORNING + 900, 6)]
        await site.sinch.contact_summaries()
        assert ("queue_contacts_answered_difference", *QUEUE) not in await site.observed(1800)
        await installation.clock.advance(1860)
        await site.sinch.contact_summaries()
        series = await site.observed(1)
        assert series["queue_contacts_answered_difference", *QUEUE] == 2
        # After a day it is no longer compared.
        await installation.clock.advance(86_400)
        installation.other["contactSummaries"] = [quarter_hour(MORNING + 900, 6)]
        await site.sinch.contact_summaries()
        assert (await site.observed(1))["queue_contacts_answered_difference", *QUEUE] == 0


async def test_selected_queues_are_requested_and_one_that_a_contact_moved_to_is_no_evidence() -> None:
    installation = Installation(contact(1))
    async with Serving(installation, select={"queues": {"include": [QUEUE[0]]}}) as site:
        await site.poll()
        moved = answered(1, MORNING - 7200, 10, 7300) | {"queueId": "6097A53095644241B0A5E71D0C7622A4"}
        installation.put(moved)
        installation.unlisted = {f"{1:032X}"}
        snapshot = await site.poll(60)
    assert {query.get("queueId") for path, query in installation.asked if path.endswith("/contacts")} == {QUEUE[0]}
    assert snapshot.findings[0].startswith("not known yet")


async def test_a_failed_request_for_one_contact_costs_that_contact_only() -> None:
    installation = Installation(*(contact(n) for n in range(1, 4)))
    async with Serving(installation) as site:
        await site.poll()
        installation.unlisted = {f"{1:032X}", f"{2:032X}"}
        installation.broken = {f"{1:032X}"}
        installation.put(answered(2, MORNING - 3600, 10, 3700))
        snapshots = [await site.poll() for _ in range(5)]
    failed = (("contacts.id", "request for a contact failed: http"),)
    assert [each.unmapped for each in snapshots] == [failed, failed, failed, (), ()]
    assert finished(samples(snapshots[0])) == {(QUEUE[0], "answered", "in"): 1}


async def test_if_every_request_for_one_contact_fails_the_poll_fails_and_none_is_given_up() -> None:
    ids = {f"{n:032X}" for n in range(4)}
    installation = Installation(*(contact(n) for n in range(4)))
    async with Serving(installation) as site:
        await site.poll()
        installation.unlisted = installation.broken = ids
        installation.put(*(answered(n, MORNING - 3600, 10, 3700) for n in range(4)))
        for _ in range(5):
            assert (await failure(site.poll())).reason is Reason.HTTP
        installation.broken = set()
        assert finished(await site.observed()) == {(QUEUE[0], "answered", "in"): 4}


async def test_contacts_whose_requests_fail_do_not_block_the_others() -> None:
    ids = [f"{n:032X}" for n in range(4)]
    installation = Installation(*(contact(n) for n in range(4)))
    async with Serving(installation) as site:
        await site.poll()
        installation.unlisted, installation.broken = set(ids), set(ids[:3])
        installation.put(*(answered(n, MORNING - 3600, 10, 3700) for n in range(4)))
        assert (await failure(site.poll())).reason is Reason.HTTP
        assert finished(await site.observed()) == {(QUEUE[0], "answered", "in"): 1}


async def test_requested_callbacks_that_wait_are_counted_by_queue() -> None:
    installation = Installation(contact(1, arrivalTime=utc(MORNING), type="CBR", status="InQueue"))
    installation.put(contact(2, arrivalTime=utc(MORNING), type="CBR", status="InProcess"))
    installation.put(contact(3, arrivalTime=utc(MORNING), type="CallIn", status="InQueue"))
    async with Serving(installation) as site:
        assert (await site.observed())["queue_waiting_callbacks", *QUEUE] == 1
        installation.put(contact(1, arrivalTime=utc(MORNING), type="CBR", status="InProcess"))
        assert (await site.observed())["queue_waiting_callbacks", *QUEUE] == 0


@pytest.mark.parametrize("none", ["0001-01-01T00:00:00.000Z", "1970-01-01T00:00:00.000Z", "9999-12-31T23:59:59.000Z"])
async def test_a_date_that_stands_for_none_ends_no_phase(none: str) -> None:
    dates = ("connectTime", "disconnectTime", "wrapUpBeginTime", "wrapUpEndTime")
    waiting = contact(1, arrivalTime=utc(MORNING + 61)) | dict.fromkeys(dates, none)
    installation = Installation()
    async with Serving(installation) as site:
        await site.poll()
        installation.put(waiting)
        assert finished(await site.observed()) == {}
        connected = {"connectTime": utc(MORNING + 71), "queuingDuration": 10_000, "handlingDuration": 50_000}
        installation.put({**waiting, **connected, "status": "InProcess"})
        series = await site.observed()
        assert histogram(series, "wait_seconds", *QUEUE, "answered") == (1, 10)
        assert histogram(series, "handle_seconds", *QUEUE) == (0, 0)
        ended = {"disconnectTime": utc(MORNING + 171), "handlingDuration": 100_000, "status": "Handled_AOT"}
        installation.put({**waiting, **connected, **ended})
        series = await site.observed()
    assert histogram(series, "handle_seconds", *QUEUE) == (1, 100)
    assert histogram(series, "wrap_up_seconds", *QUEUE) == (0, 0)


async def test_a_wait_that_a_row_in_process_lacks_is_observed_at_the_end() -> None:
    """The published e-mail in process has no `waitingDuration`."""
    final = answered(1, MORNING + 61)
    installation = Installation()
    async with Serving(installation) as site:
        await site.poll()
        in_process = {**final, "status": "InProcess", "disconnectTime": None}
        del in_process["waitingDuration"]
        installation.put(in_process)
        series = await site.observed()
        assert histogram(series, "wait_seconds", *QUEUE, "answered") == (1, 10)
        assert histogram(series, "service_level_wait_seconds", *QUEUE) == (0, 0)
        installation.put(final)
        series = await site.observed()
    assert histogram(series, "wait_seconds", *QUEUE, "answered") == (1, 10)
    assert histogram(series, "service_level_wait_seconds", *QUEUE) == (1, 10)


async def test_handling_that_runs_until_the_wrap_up_ends_does_not_contain_it() -> None:
    """The page: up to the current time if not handled yet."""
    installation = Installation()
    async with Serving(installation) as site:
        await site.poll()
        wrapping_up = {"status": "InProcess_WrapUp", "wrapUpBeginTime": utc(MORNING + 171), "handlingDuration": 130_000}
        installation.put(answered(1, MORNING + 61, 10, 100) | wrapping_up)
        assert histogram(await site.observed(140), "handle_seconds", *QUEUE) == (0, 0)
        installation.put(answered(1, MORNING + 61, 10, 100) | {"wrapUpEndTime": utc(MORNING + 211)})
        assert histogram(await site.observed(), "handle_seconds", *QUEUE) == (1, 100)


async def test_an_open_contact_that_is_never_listed_is_requested_less_and_less_often_until_it_ends() -> None:
    """As by an installation whose `showAllInProcess` does not include contacts that wait."""
    waiting = contact(1)
    installation = Installation(waiting)
    async with Serving(installation) as site:
        await site.poll()
        installation.unlisted = {waiting["id"]}
        for _ in range(60):
            await site.poll()
        singles = sum("contacts/" in path for path, _ in installation.asked)
        assert singles == 6
        installation.put(answered(1, MORNING, 3600, 60))
        for _ in range(16):
            series = await site.observed()
    assert finished(series) == {(QUEUE[0], "answered", "in"): 1}


async def test_a_response_without_a_date_is_of_the_clock_of_the_others() -> None:
    installation = Installation()
    installation.ahead = 5 * 3600.0
    installation.other["queueStatuses"] = []
    async with Serving(installation) as site:
        await site.poll()
        installation.put(answered(1, MORNING + installation.ahead + 61, 5, 20))
        await site.poll()
        installation.shows_date = False
        await site.sinch.queues()
        installation.shows_date = True
        installation.put(answered(2, MORNING + installation.ahead + 121, 5, 20))
        assert finished(await site.observed()) == {(QUEUE[0], "answered", "in"): 2}
