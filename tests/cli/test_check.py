"""`check --connect`: every resource of every target is polled once."""

import asyncio

import pytest
from structlog.testing import capture_logs

from exporter.cli.check import report, try_targets
from exporter.errors import PollError, Reason
from exporter.model import Failure, PollItems, Queue, Snapshot
from exporter.runtime.clock import SystemClock
from exporter.settings import TargetSettings
from tests.support.clock import ManualClock
from tests.support.fake_vendor import FakeClient, answering, install


async def test_each_resource_is_polled_once_and_listed(monkeypatch: pytest.MonkeyPatch) -> None:
    async def refused() -> Snapshot:
        raise PollError(Reason.AUTH, "sign-in returned 401 Unauthorized")

    clients = install(monkeypatch, {"queues": answering(Queue(id="1"), Queue(id="2")), "agents": refused})
    target = TargetSettings.model_validate({"name": "amsterdam", "vendor": "fake", "url": "http://127.0.0.1:9"})

    checked = await try_targets([target], ManualClock())

    assert report(checked).splitlines() == [
        "TARGET     RESOURCE  RESULT                                   ROWS  MILLISECONDS  REQUESTS/MIN",
        "amsterdam  queues    ok                                       2     0             0",
        "amsterdam  agents    auth: sign-in returned 401 Unauthorized  0     0             -",
        "target amsterdam: at least 0 requests a minute",
    ]
    assert clients[0].closed


async def test_a_resource_that_needs_a_failed_one_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    async def down() -> Snapshot:
        raise PollError(Reason.HTTP, "GET /operators returned 500")

    async def before_the_operators_are_known() -> None:
        """Return no data and send no request."""

    install(monkeypatch, {"operators": down, "details": before_the_operators_are_known})
    target = TargetSettings.model_validate({"name": "paris", "vendor": "fake", "url": "http://127.0.0.1:9"})

    checked = await try_targets([target], ManualClock())

    assert [each.failure for each in checked.attempts] == [
        "http: GET /operators returned 500",
        "not requested: operators failed",
    ]


async def test_patterns_that_match_nothing_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    install(monkeypatch, {"queues": answering(Queue(id="1", name="Sales")), "more": answering(Queue(id="2"))})
    target = TargetSettings.model_validate(
        {
            "name": "amsterdam",
            "vendor": "fake",
            "url": "http://127.0.0.1:9",
            "select": {"queues": {"include": ["Sales", "2", "Slaes"]}},
            "thresholds": [{"queue": "Billing"}, {"queue": "Sal*"}],
            "channels": {"E-mail*": "email"},
        }
    )

    checked = await try_targets([target], ManualClock())

    assert report(checked).splitlines()[4:] == [
        "warning: target amsterdam: patterns of `select.queues.include` match no queue: Slaes",
        "warning: target amsterdam: patterns of `thresholds` match no queue: Billing",
        "warning: target amsterdam: patterns of `channels` match no queue: E-mail*",
    ]
    assert not any(attempt.failure for attempt in checked.attempts)


async def test_failed_requests_of_a_successful_poll_are_a_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    items = PollItems(total=9, asked=9, answered=7, kept=0, failed=2, round_seconds=15, error="GET users/…: 500")
    notes = (("agents.state", "odd"), ("supervised_agents", Failure("call centre 'Sale' does not exist")))
    queues = (Queue(id="1"),)

    async def partly() -> Snapshot:
        return Snapshot(queues=queues, unmapped=notes, poll_items=items)

    async def mostly() -> Snapshot:
        return Snapshot(queues=queues, unmapped=notes[:1])

    install(monkeypatch, {"agents": partly, "queues": mostly})
    first, second = (await try_targets([target_of("brussels")], ManualClock())).attempts
    assert first.failure == "call centre 'Sale' does not exist; 2 of 9 requests failed: GET users/…: 500"
    assert (first.rows, second.rows, second.failure) == (1, 1, "")


async def test_a_vendor_that_prepares_its_data_is_asked_again_until_the_first(monkeypatch: pytest.MonkeyPatch) -> None:
    snapshots = iter((None, None, Snapshot(queues=(Queue(id="1"),))))

    async def prepare() -> Snapshot | None:
        return next(snapshots)

    install(monkeypatch, {"statistics": prepare})
    clock = ManualClock()
    task = asyncio.ensure_future(try_targets([target_of("oakland")], clock))
    await clock.advance(5)

    [attempt] = (await task).attempts
    assert (attempt.failure, attempt.rows, attempt.seconds) == ("", 1, 1.0)


async def test_a_vendor_without_data_until_the_timeout_is_a_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    async def prepare() -> None:
        """Return no data yet."""

    install(monkeypatch, {"statistics": prepare})
    [attempt] = (await try_targets([target_of("oakland", timeout="50ms")], SystemClock())).attempts
    assert attempt.failure == "timeout: requests succeed, but the vendor returned no data within 0.05s"


async def test_an_unexpected_error_of_a_vendor_module_fails_its_resource_only(monkeypatch: pytest.MonkeyPatch) -> None:
    async def broken() -> Snapshot:
        raise KeyError("agent")

    install(monkeypatch, {"agents": broken, "queues": answering(Queue(id="1"))})
    with capture_logs() as logged:
        checked = await try_targets([target_of("amsterdam"), target_of("paris")], ManualClock())

    failures = ["invalid: unexpected KeyError", ""]
    assert [each.failure for each in checked.attempts] == 2 * failures
    assert [(each["target"], type(each["exc_info"])) for each in logged] == [
        ("amsterdam", KeyError),
        ("paris", KeyError),
    ]


async def test_a_sign_out_without_an_answer_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    async def hang(_client: FakeClient) -> None:
        await asyncio.Event().wait()

    install(monkeypatch, {"queues": answering(Queue(id="1"))})
    monkeypatch.setattr(FakeClient, "close", hang)

    checked = await try_targets([target_of("oakland")], SystemClock())

    assert [each.failure for each in checked.attempts] == [
        "",
        "failed to close the vendor session: no answer within 2s",
    ]


def target_of(name: str, **poll: object) -> TargetSettings:
    return TargetSettings.model_validate({"name": name, "vendor": "fake", "url": "http://127.0.0.1:9", "poll": poll})
