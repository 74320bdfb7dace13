"""Details of operators: what they add to the state, and what happens if they are old or missing."""

import asyncio
import json
from collections.abc import Mapping

import pytest

from exporter.errors import Reason
from exporter.metrics.pages import Format
from exporter.model import Agent, Snapshot
from exporter.simulator import Driver, start, working_day
from exporter.simulator.dialects.axialys import Axialys, AxialysSettings
from exporter.vendors.axialys.client import AxialysClient
from tests.support.clock import ManualClock
from tests.support.simulation import ManualClock as StandingClock
from tests.support.vendors.axialys import FIXTURES, Vendor, client, settings
from tests.support.vendors.polls import NAMES, Shown, asking, failure, passing

SHOWN = Shown("paris", FIXTURES)
BY_NAME = {"agents": {"detail": "name"}}


def vendor(*operators: Mapping[str, object], **details: object) -> Vendor:
    """Return a vendor with these operators, and with details by the operator's id after an underscore."""
    server = Vendor(operators_init=json.dumps(operators).encode()) if operators else Vendor()
    for name, detail in details.items():
        path = f"/vm/op_details/{name.removeprefix('_')}"
        server.responses[path] = detail if isinstance(detail, bytes | int) else json.dumps(detail).encode()
    return server


async def renewed(axialys: AxialysClient) -> Snapshot | None:
    """Return the snapshot of one round of details."""
    [resource] = [each for each in axialys.resources if each.name == "operator_details"]
    return await resource.fetch()


async def agents(axialys: AxialysClient) -> tuple[Agent, ...]:
    snapshot = await axialys.operators()
    assert snapshot is not None
    return snapshot.agents or ()


async def in_detail(server: Vendor, *, after: float = 30) -> Agent:
    """Return the first agent some time after the details were requested."""
    clock = ManualClock()
    async with client(server, clock, **BY_NAME) as axialys:
        await axialys.operators()
        await renewed(axialys)
        await clock.advance(after)
        return (await agents(axialys))[0]


# Added values


async def test_every_published_field_matches_the_golden_text() -> None:
    server, clock = Vendor(), ManualClock()
    rows = server.responses["/vm/operators_init"]
    assert isinstance(rows, bytes)
    # According to the guide, the current state contains the date of a break.
    server.responses["/vm/operators_init"] = rows.replace("Déjeuner".encode(), b"2027-01-15 08:50:00")
    async with client(server, clock, **BY_NAME) as axialys:
        await axialys.operators()
        details = await renewed(axialys)
        assert details is not None
        assert details.agents is None
        assert not details.unmapped
        await clock.advance(30)
        snapshot = await axialys.operators()
    assert snapshot is not None
    assert not snapshot.unmapped
    SHOWN.require_golden("op_details.name", snapshot, NAMES)
    page = "".join(SHOWN.page(snapshot, NAMES, form) for form in Format)
    assert not [secret for secret in ("33199001234", "33145420000", "A-4711", "88123", "7001") if secret in page]


@pytest.mark.parametrize(
    ("pause", "detail", "reason"),
    [
        ("2027-01-15 08:50:00", {"break": "Café", "ui_pause": "2027-01-15 08:50:00"}, "Café"),
        ("2027-01-15 08:50:00", {"break": "Café", "ui_pause": "2027-01-15 08:50:00.400"}, "Café"),
        ("4", {"break": "Café", "ui_pause": "2027-01-15 08:50:00"}, "Café"),
        (True, {"break": "Café", "ui_pause": "2027-01-15 08:50:00"}, "Café"),
        ("Déjeuner", {"break": "Café", "ui_pause": "2027-01-15 08:50:00"}, "Déjeuner"),
        # That was the previous break.
        ("4", {"break": "Café", "ui_pause": "2027-01-15 07:10:00"}, "4"),
        ("4", {"break": "Café"}, "4"),
        ("4", {"break": "", "ui_pause": "2027-01-15 08:50:00"}, "4"),
        ("4", {"break": "0", "ui_pause": "2027-01-15 08:50:00"}, "4"),
        ("4", {"break": "2027-01-15 08:50:00", "ui_pause": "2027-01-15 08:50:00"}, "4"),
    ],
)
async def test_the_detail_names_the_break_if_both_describe_the_same_break(
    pause: object, detail: dict[str, object], reason: str
) -> None:
    operator: dict[str, object] = {"id": 1, "etat": "unavailable", "pause": pause, "ui_pause": "2027-01-15 08:50:00"}
    agent = await in_detail(vendor(operator, _1=detail))
    assert (agent.state, agent.reason) == ("paused", reason)


@pytest.mark.parametrize("etat", ["available", "connected", "unavailable"])
async def test_an_ended_break_has_no_reason(etat: str) -> None:
    detail = {"break": "Café", "ui_pause": "2027-01-15 08:50:00"}
    server = vendor({"id": 1, "etat": etat, "ui_pause": "2027-01-15 08:50:00"}, _1=detail)
    assert (await in_detail(server)).reason == ""


@pytest.mark.parametrize(
    ("etat", "detail", "seconds"),
    [
        ("connected", {"state": "connected", "dt_answer": "2027-01-15 08:50:00"}, 630),
        ("calling", {"state": "calling", "dt_answer": "2027-01-15 08:50:00"}, 630),
        ("connected", {"dt_answer": "2027-01-15 08:50:00"}, 630),
        # There was no call when the details were requested, so this is an old one.
        ("connected", {"state": "available", "dt_answer": "2027-01-15 08:50:00"}, None),
        ("connected", {"state": "connected", "dt_answer": None}, None),
        ("ringing", {"state": "connected", "dt_answer": "2027-01-15 08:50:00"}, None),
        ("unavailable", {"state": "connected", "dt_answer": "2027-01-15 08:50:00"}, None),
    ],
)
async def test_the_duration_of_a_call(etat: str, detail: dict[str, object], seconds: float | None) -> None:
    assert (await in_detail(vendor({"id": 1, "etat": etat}, _1=detail))).time_in_state_seconds == seconds


# Requests


@pytest.mark.parametrize("detail", ["aggregate", "pseudonym", "id", "name"])
async def test_details_are_requested_only_if_single_agents_are_exported(detail: str) -> None:
    target = settings(agents={"detail": detail, "pseudonym_key": "key"})
    async with asking() as http:
        found = [
            each for each in AxialysClient(target, http, ManualClock()).resources if each.name == "operator_details"
        ]
    assert [(each.floor, each.paced) for each in found] == ([] if detail == "aggregate" else [(30, True)])


async def test_details_are_requested_only_for_known_operators_who_are_logged_in() -> None:
    server = Vendor()
    async with client(server, **BY_NAME) as axialys:
        assert await renewed(axialys) is None
        assert not server.asked
        await axialys.operators()
        await renewed(axialys)
    asked = {one.path for one in server.asked if "op_details" in one.path}
    assert asked == {f"/vm/op_details/{number}" for number in range(101, 108)}


async def test_later_rounds_are_spread() -> None:
    server, clock = vendor(*({"id": number, "etat": "available"} for number in range(1, 9))), ManualClock()
    server.responses.update({f"/vm/op_details/{number}": b'{"state": "available"}' for number in range(1, 9)})
    async with client(server, clock, **BY_NAME) as axialys:
        await axialys.operators()
        await renewed(axialys)
        assert clock.monotonic() == 0
        server.asked.clear()
        await passing(clock, renewed(axialys))
    assert 20 <= clock.monotonic() <= 25
    assert len(server.asked) == 8


async def test_at_most_four_requests_run_at_once() -> None:
    server = vendor(*({"id": number, "etat": "available"} for number in range(1, 21)))
    under_way = most = 0
    answer = server.answer

    async def slow(request: object) -> object:
        nonlocal under_way, most
        under_way += 1
        most = max(most, under_way)
        await asyncio.sleep(0.01)
        under_way -= 1
        return await answer(request)  # type: ignore[arg-type]

    server.answer = slow  # type: ignore[method-assign,assignment]
    server.responses.update({f"/vm/op_details/{number}": b'{"state": "available"}' for number in range(1, 21)})
    async with client(server, **BY_NAME) as axialys:
        await axialys.operators()
        await renewed(axialys)
    assert most == 4


# Old and missing details


async def test_details_are_exported_until_two_rounds_old() -> None:
    detail = {"state": "connected", "dt_answer": "2027-01-15 08:50:00"}
    for after, seconds in ((60, 660), (61, None)):
        agent = await in_detail(vendor({"id": 1, "etat": "connected"}, _1=detail), after=after)
        assert agent.time_in_state_seconds == seconds


@pytest.mark.parametrize("bad", [404, 403, 500, b"", b"<html>", b"[]", b"7", b'{"error": "unknown"}'])
async def test_one_failure_loses_only_the_details_of_that_operator(bad: bytes | int) -> None:
    good = {"state": "connected", "dt_answer": "2027-01-15 08:50:00"}
    server, clock = (
        vendor(*({"id": name, "etat": "connected"} for name in ("ann", "bob")), _ann=good, _bob=bad),
        ManualClock(),
    )
    async with client(server, clock, **BY_NAME) as axialys:
        await axialys.operators()
        details = await renewed(axialys)
        assert details is not None
        assert not details.unmapped
        assert details.poll_items is not None
        assert details.poll_items.failed == 1
        assert "bob" not in details.poll_items.error
        await clock.advance(30)
        assert [each.time_in_state_seconds for each in await agents(axialys)] == [630, None]


async def test_a_hanging_request_loses_only_the_details_of_that_operator() -> None:
    good = {"state": "connected", "dt_answer": "2027-01-15 08:50:00"}
    server = vendor({"id": 1, "etat": "connected"}, {"id": 2, "etat": "connected"}, _1=good, _2=good)
    answer, released = server.answer, asyncio.Event()

    async def hang(request: object) -> object:
        if request.path.endswith("/2"):  # type: ignore[attr-defined]
            await released.wait()
        return await answer(request)  # type: ignore[arg-type]

    server.answer = hang  # type: ignore[method-assign,assignment]
    async with client(server, **BY_NAME, poll={"timeout": 1.0}) as axialys:
        await axialys.operators()
        details = await renewed(axialys)
        released.set()
    assert details is not None
    assert details.poll_items is not None
    assert details.poll_items.error == "op_details: request timed out"


@pytest.mark.parametrize(
    ("status", "reason", "asked"),
    [(429, Reason.THROTTLED, 4), (401, Reason.AUTH, 4), (500, Reason.HTTP, 20)],
)
async def test_a_round_without_any_details_fails(status: int, reason: Reason, asked: int) -> None:
    server = vendor(*({"id": f"op{number}", "etat": "available"} for number in range(20)))
    server.responses.update({f"/vm/op_details/op{number}": status for number in range(20)})
    server.headers["Retry-After"] = "77"
    async with client(server, **BY_NAME) as axialys:
        await axialys.operators()
        error = await failure(renewed(axialys))
    assert (error.reason, error.retry_after) == (reason, 77)
    assert "op_details/…" in str(error)
    assert "op1" not in str(error)
    assert len([one for one in server.asked if "op_details" in one.path]) <= asked


async def test_details_of_a_removed_operator_are_discarded() -> None:
    detail = {"state": "connected", "dt_answer": "2027-01-15 08:50:00"}
    server, clock = vendor({"id": 1, "etat": "connected"}, _1=detail), ManualClock()
    async with client(server, clock, **BY_NAME) as axialys:
        await axialys.operators()
        await renewed(axialys)
        server.responses["/vm/operators_init"] = b"[]"
        await clock.advance(30)
        assert await agents(axialys) == ()
        server.responses["/vm/operators_init"] = b'[{"id": 1, "etat": "connected"}]'
        await clock.advance(30)
        assert [each.time_in_state_seconds for each in await agents(axialys)] == [None]


# The simulated contact centre


async def test_breaks_and_calls_of_the_simulated_centre_are_exported() -> None:
    driver = Driver(working_day(), StandingClock(), speed=0)
    driver.centre.advance(12 * 3600)
    simulated = await start("127.0.0.1", 0, driver, [Axialys(AxialysSettings(names_breaks=False))])
    clock = ManualClock(driver.clock.time())
    async with asking(clock=clock) as http:
        target = settings(f"{simulated.url}/axialys", username="demo", password="demo", **BY_NAME)  # noqa: S106 - published
        axialys = AxialysClient(target, http, clock)
        before = {each.id: each for each in await agents(axialys)}
        await renewed(axialys)
        await clock.advance(30)
        clock.jump(-30)  # the centre stands still
        after = {each.id: each for each in await agents(axialys)}
    await simulated.stop()
    reasons = calls = 0
    for truth, agent in zip(driver.centre.ledger.agents(), driver.centre.floor.agents, strict=True):
        detailed = after[truth.id]
        if truth.state == "paused":
            assert (before[truth.id].reason, detailed.reason) == ("", truth.reason)
            reasons += 1
        if truth.state == "busy":
            called = agent.contact is not None and agent.contact.channel == "voice"
            assert before[truth.id].time_in_state_seconds is None
            assert detailed.time_in_state_seconds == (
                pytest.approx(truth.time_in_state_seconds, abs=1) if called else None
            )
            calls += called
    assert reasons
    assert calls
