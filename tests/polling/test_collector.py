"""The polling loop, on a clock that the test moves."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import structlog
from prometheus_client.parser import text_string_to_metric_families
from structlog.typing import EventDict

from exporter.errors import ConfigError, PollError, Reason
from exporter.metrics.pages import Exposition, Format
from exporter.model import NoValue, Queue, Snapshot
from exporter.polling.collector import Collector
from exporter.settings import TargetSettings, TlsConfig
from tests.support.clock import ManualClock
from tests.support.exposition import page_bytes
from tests.support.fake_vendor import Fetch, answering, install

SALES = Queue(id="1", name="Sales", channel="voice", waiting_contacts=3)


def target(name: str = "amsterdam", **settings: object) -> TargetSettings:
    return TargetSettings.model_validate({"name": name, "vendor": "fake", "url": "http://127.0.0.1:9", **settings})


def above_debug(logged: Sequence[EventDict]) -> list[EventDict]:
    """Return the lines that are logged at the default level."""
    return [line for line in logged if line["log_level"] != "debug"]


@asynccontextmanager
async def polling(clock: ManualClock, *targets: TargetSettings) -> AsyncIterator[Collector]:
    collector = Collector(targets or (target(),), Exposition(lambda _form: b""), clock)
    await collector.start()
    await clock.advance(0)
    try:
        yield collector
    finally:
        await collector.stop()


def value(collector: Collector, name: str, **labels: str) -> float | None:
    """Return the one series of that name whose labels include these, None where there is none."""
    page = page_bytes(collector, Format.TEXT).decode()
    found = [
        sample.value
        for family in text_string_to_metric_families(page)
        for sample in family.samples
        if sample.name == f"contactcenter_{name}" and labels.items() <= sample.labels.items()
    ]
    assert len(found) <= 1, f"{name}{labels} is not a single series"
    return found[0] if found else None


def failing(reason: Reason, *, retry_after: float | None = None) -> Fetch:
    async def fetch() -> Snapshot:
        raise PollError(reason, f"it is {reason.value}", retry_after=retry_after)

    return fetch


class Script:
    """A resource whose answer the test changes as it goes, and which remembers when it was asked."""

    def __init__(self, clock: ManualClock, answer: Fetch) -> None:
        self.answer = answer
        self.asked_at: list[float] = []
        self._clock = clock

    async def __call__(self) -> Snapshot | None:
        self.asked_at.append(self._clock.monotonic())
        return await self.answer()

    def gaps(self) -> list[float]:
        return [later - earlier for earlier, later in zip(self.asked_at, self.asked_at[1:], strict=False)]


async def hang() -> Snapshot:
    await asyncio.Event().wait()
    raise AssertionError


async def test_a_successful_poll_is_published_with_its_health(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = ManualClock()
    install(monkeypatch, {"queues": answering(SALES)})
    async with polling(clock) as collector:
        await clock.advance(1)
        assert value(collector, "queue_waiting_contacts", queue="Sales") == 3
        assert value(collector, "up", target="amsterdam", resource="queues") == 1
        assert value(collector, "polls_total", resource="queues") == 1
        assert value(collector, "poll_failures_total", reason="timeout") == 0
        assert value(collector, "poll_interval_seconds", resource="queues") == 15
        assert value(collector, "last_success_timestamp_seconds") == pytest.approx(clock.time(), abs=1)
        assert value(collector, "target_info", vendor="fake") == 1
        assert value(collector, "series") == 1


async def test_before_the_first_poll_up_is_absent(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = ManualClock()
    install(monkeypatch, {"queues": hang})
    async with polling(clock) as collector:
        assert value(collector, "up") is None
        assert value(collector, "last_success_timestamp_seconds") is None
        assert value(collector, "poll_interval_seconds") == 15
        assert not collector.ready


async def test_every_first_poll_starts_within_a_second_even_if_another_hangs(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    clock = ManualClock()
    others = {f"r{number}": Script(clock, answering(SALES)) for number in range(3)}
    install(monkeypatch, {"slow": hang, **others})
    names = [f"target{number}" for number in range(40)]
    async with polling(clock, *(target(name) for name in names)):
        await clock.advance(1)
        # The timeout of the hanging poll is the event loop's own time.
        await until(lambda: all(len(script.asked_at) == len(names) for script in others.values()))
    assert max(at for script in others.values() for at in script.asked_at) <= 1


async def test_later_polls_spread_over_the_interval(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = ManualClock()
    script = Script(clock, answering(SALES))
    install(monkeypatch, {"queues": script})
    async with polling(clock, *(target(f"target{number}") for number in range(30))):
        await clock.advance(45)
        script.asked_at.clear()
        await clock.advance(15)
    by_third = [sum(int((at - clock.monotonic()) % 15 // 5) == third for at in script.asked_at) for third in range(3)]
    assert sum(by_third) == 30
    assert min(by_third) >= 8


async def test_a_failure_sets_up_to_0_at_once_and_keeps_the_data_until_stale(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = ManualClock()
    script = Script(clock, answering(SALES))
    install(monkeypatch, {"queues": script})
    async with polling(clock) as collector:
        await clock.advance(1)
        good_at = value(collector, "last_success_timestamp_seconds")
        script.answer = failing(Reason.HTTP)
        await clock.advance(25)
        assert value(collector, "up") == 0
        assert value(collector, "poll_failures_total", reason="http") == value(collector, "polls_total") - 1  # type: ignore[operator]
        assert value(collector, "queue_waiting_contacts") == 3
        await clock.advance(20)
        assert value(collector, "queue_waiting_contacts") is None
        assert value(collector, "series") == 0
        assert value(collector, "last_success_timestamp_seconds") == good_at
        script.answer = answering(SALES)
        await clock.advance(30)
        assert value(collector, "up") == 1
        assert value(collector, "queue_waiting_contacts") == 3


async def test_one_resources_failure_does_not_affect_another(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = ManualClock()
    install(monkeypatch, {"queues": answering(SALES), "agents": failing(Reason.DECODE)})
    async with polling(clock) as collector:
        await clock.advance(60)
        assert value(collector, "up", resource="queues") == 1
        assert value(collector, "up", resource="agents") == 0
        assert value(collector, "queue_waiting_contacts") == 3
        assert collector.ready


async def test_a_snapshot_replaces_the_last_one_as_a_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = ManualClock()
    script = Script(clock, answering(SALES, Queue(id="2", name="Service", waiting_contacts=1)))
    install(monkeypatch, {"queues": script})
    async with polling(clock) as collector:
        await clock.advance(1)
        assert value(collector, "queue_waiting_contacts", queue="Service") == 1
        script.answer = answering(SALES)
        await clock.advance(30)
        assert value(collector, "queue_waiting_contacts", queue="Service") is None
        assert value(collector, "queue_waiting_contacts", queue="Sales") == 3


async def test_a_failure_is_logged_once_and_its_end_once(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = ManualClock()
    script = Script(clock, failing(Reason.TLS))
    install(monkeypatch, {"queues": script})
    with structlog.testing.capture_logs() as logged:
        async with polling(clock):
            await clock.advance(120)
            script.answer = answering(SALES)
            await clock.advance(60)
    reported = [line for line in logged if line["log_level"] in {"warning", "info"}]
    assert [(line["event"], line["reason"]) for line in reported] == [("poll failed", "tls"), ("poll recovered", "tls")]
    assert reported[0]["target"] == "amsterdam"
    assert reported[0]["error"] == "it is tls"


async def test_failures_are_retried_soon_and_always_within_an_interval(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    clock = ManualClock()
    script = Script(clock, failing(Reason.CONNECTION))
    install(monkeypatch, {"queues": script})
    async with polling(clock):
        await clock.advance(15 * 100)
    gaps = script.gaps()
    assert gaps[0] <= 15 / 4 + 0.2
    assert max(gaps) <= 15 + 0.2
    # One early retry, and then as often as without a failure.
    assert len(script.asked_at) == 101


@pytest.mark.parametrize("reason", [Reason.AUTH, Reason.THROTTLED])
async def test_refused_sign_ins_and_throttling_wait_a_whole_interval(
    monkeypatch: pytest.MonkeyPatch, reason: Reason
) -> None:
    clock = ManualClock()
    script = Script(clock, failing(reason))
    install(monkeypatch, {"queues": script})
    async with polling(clock):
        await clock.advance(300)
    assert min(script.gaps()) >= 15 - 0.01


async def test_retry_after_is_honoured(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = ManualClock()
    script = Script(clock, failing(Reason.HTTP, retry_after=120.0))
    install(monkeypatch, {"queues": script})
    async with polling(clock):
        await clock.advance(400)
    assert len(script.asked_at) == 4
    assert min(script.gaps()) >= 120 - 0.01


async def test_a_vendors_minimum_interval_overrides_the_configuration(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = ManualClock()
    script = Script(clock, answering(SALES))
    install(monkeypatch, {"queues": script}, floors={"queues": 30.0})
    async with polling(clock, target(poll={"interval": "1s"})) as collector:
        await clock.advance(10)
        script.answer = failing(Reason.HTTP)
        await clock.advance(45)
        assert value(collector, "queue_waiting_contacts") == 3, "not stale before twice its own interval"
        await clock.advance(240)
        assert value(collector, "poll_interval_seconds") == 30
    assert min(script.gaps()) >= 30 - 0.01


async def test_a_poll_that_hangs_ends_at_its_timeout(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = ManualClock()
    install(monkeypatch, {"queues": hang})
    async with polling(clock, target(poll={"interval": "15s", "timeout": "50ms"})) as collector:
        await clock.advance(1)
        await until(lambda: value(collector, "poll_failures_total", reason="timeout") == 1)
        assert value(collector, "up") == 0


async def test_the_error_of_a_timeout_contains_how_far_the_poll_came(monkeypatch: pytest.MonkeyPatch) -> None:
    async def progress() -> Snapshot:
        try:
            return await hang()
        except asyncio.CancelledError as error:
            error.add_note("after 3 pages with 1500 rows")
            raise

    clock = ManualClock()
    install(monkeypatch, {"queues": progress})
    async with polling(clock, target(poll={"interval": "15s", "timeout": "50ms"})) as collector:
        await clock.advance(1)
        await until(lambda: value(collector, "poll_failures_total", reason="timeout") == 1)
        [health] = collector.health
        assert str(health.resources[0].last_error) == "no answer within 0.05s after 3 pages with 1500 rows"


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(5):
        while not condition():  # noqa: ASYNC110 - what is waited for is a page, which sets no event
            await asyncio.sleep(0.01)


async def test_resources_of_one_target_are_polled_one_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = ManualClock()
    running = most = 0

    async def slow() -> Snapshot:
        nonlocal running, most
        running += 1
        most = max(most, running)
        await clock.sleep(4)
        running -= 1
        return Snapshot(queues=())

    async def quick() -> Snapshot:
        return Snapshot()

    script = {name: Script(clock, quick) for name in ("a", "b", "c")}
    install(monkeypatch, dict(script))
    async with polling(clock):
        await clock.advance(2)
        for each in script.values():
            each.answer = slow
        await clock.advance(120)
    assert most == 1
    assert all(len(each.asked_at) >= 6 for each in script.values())


async def test_an_unexpected_error_of_a_vendor_is_counted_and_logged_once(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = ManualClock()

    async def buggy() -> Snapshot:
        raise ZeroDivisionError

    install(monkeypatch, {"queues": buggy, "agents": answering(SALES)})
    with structlog.testing.capture_logs() as logged:
        async with polling(clock) as collector:
            await clock.advance(60)
            assert value(collector, "poll_failures_total", resource="queues", reason="invalid") > 1  # type: ignore[operator]
            assert value(collector, "up", resource="agents") == 1
    warnings = [line for line in logged if line["log_level"] == "warning"]
    assert len(warnings) == 1
    assert isinstance(warnings[0]["exc_info"], ZeroDivisionError)


async def test_unmapped_values_are_counted_every_time_and_logged_once(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = ManualClock()

    async def fetch() -> Snapshot:
        return Snapshot(unmapped=(("agents.Status", "ZZZ"), ("agents.Status", "ZZZ")))

    install(monkeypatch, {"agents": fetch})
    with structlog.testing.capture_logs() as logged:
        async with polling(clock) as collector:
            await clock.advance(50)
            polls = value(collector, "polls_total")
            assert polls is not None
            assert value(collector, "unmapped_values_total", field="agents.Status") == 2 * polls
    assert [(line["field"], line["value"]) for line in logged] == [("agents.Status", "ZZZ")]


async def test_a_resource_that_hung_does_not_block_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = ManualClock()
    healthy = Script(clock, answering(SALES))
    install(monkeypatch, {"slow": hang, "healthy": healthy})
    async with polling(clock, target(poll={"interval": "15s", "timeout": "100ms"})) as collector:
        await clock.advance(1)
        await until(lambda: value(collector, "poll_failures_total", resource="slow", reason="timeout") == 1)
        # Hangs again, for as long as the event loop's own time does not pass.
        await clock.advance(150)
    assert max(healthy.gaps()) <= 15 * 1.5


async def test_a_flood_of_values_in_one_field_hides_none_of_another(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = ManualClock()

    async def fetch() -> Snapshot:
        flood = tuple(("agents.Status", f"word {number}") for number in range(200))
        return Snapshot(unmapped=(*flood, ("queues.Staffed", "many")))

    install(monkeypatch, {"agents": fetch})
    with structlog.testing.capture_logs() as logged:
        async with polling(clock) as collector:
            await clock.advance(50)
            assert value(collector, "unmapped_values_total", field="agents.Status") == 200 * 4
    fields = [line["field"] for line in logged]
    assert fields.count("queues.Staffed") == 1
    assert fields.count("agents.Status") == 51
    assert [line["event"] for line in logged if "further values are counted but not logged" in line["event"]]


async def total_after_reload(monkeypatch: pytest.MonkeyPatch, after: TargetSettings) -> float | None:
    """Return a total that was 1000 before a reload and that the vendor corrected to 997 during it."""
    clock = ManualClock()
    script = Script(clock, answering(Queue(id="1", contacts_offered=1000)))
    install(monkeypatch, {"queues": script})
    async with polling(clock) as collector:
        await clock.advance(1)
        script.answer = answering(Queue(id="1", contacts_offered=997))
        await collector.reconfigure([after])
        await clock.advance(30)
        return value(collector, "queue_contacts_offered_total")


@pytest.mark.parametrize(
    "change", [{"poll": {"interval": "5s"}}, {"agents": {"detail": "id"}}, {"limits": {"body_bytes": "1MiB"}}]
)
async def test_a_correction_during_a_reload_is_suppressed(
    monkeypatch: pytest.MonkeyPatch, change: dict[str, object]
) -> None:
    assert await total_after_reload(monkeypatch, target("amsterdam", **change)) == 1000


async def test_another_address_or_name_has_totals_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    assert await total_after_reload(monkeypatch, target(url="http://127.0.0.1:10")) == 997
    assert await total_after_reload(monkeypatch, target("rotterdam")) == 997


async def test_a_small_decrease_of_a_total_is_suppressed_and_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = ManualClock()
    script = Script(clock, answering(Queue(id="1", contacts_offered=1000)))
    install(monkeypatch, {"queues": script})
    async with polling(clock) as collector:
        await clock.advance(1)
        assert value(collector, "suppressed_decreases_total") == 0
        script.answer = answering(Queue(id="1", contacts_offered=997))
        await clock.advance(45)
        assert value(collector, "queue_contacts_offered_total") == 1000
        assert value(collector, "suppressed_decreases_total") == 1


async def test_families_above_the_series_limit_are_dropped_and_logged(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = ManualClock()
    queues = [Queue(id=str(number), waiting_contacts=1, oldest_wait_seconds=5) for number in range(10)]
    install(monkeypatch, {"queues": answering(*queues)})
    with structlog.testing.capture_logs() as logged:
        async with polling(clock, target(limits={"series_per_target": 15})) as collector:
            await clock.advance(60)
            assert value(collector, "series") == 10
            assert value(collector, "series_dropped") == 10
    [line] = above_debug(logged)
    assert line["event"] == "series limit reached; dropping families"
    assert (line["limit"], line["dropped"]) == (15, 10)
    assert line["families"] == "contactcenter_queue_oldest_wait_seconds"


async def test_families_dropped_later_and_the_end_are_logged_too(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    clock = ManualClock()
    rows = {"waiting_contacts": 1.0, "oldest_wait_seconds": 5.0, "staffed_agents": 2.0}

    def queues(count: int) -> Fetch:
        return answering(*(Queue(id=str(number), **rows) for number in range(count)))  # type: ignore[arg-type]

    script = Script(clock, queues(6))
    install(monkeypatch, {"queues": script})
    with structlog.testing.capture_logs() as logged:
        async with polling(clock, target(limits={"series_per_target": 15})) as collector:
            await clock.advance(20)
            [resource] = collector.health[0].resources
            assert list(resource.left_out) == ["contactcenter_queue_staffed_agents"]
            for count in (10, 6, 5):
                script.answer = queues(count)
                await clock.advance(15)
            assert list(resource.left_out) == []
    assert [(line["event"].partition(";")[0], line.get("families")) for line in above_debug(logged)] == [
        ("series limit reached", "contactcenter_queue_staffed_agents"),
        ("series limit reached", "contactcenter_queue_oldest_wait_seconds, contactcenter_queue_staffed_agents"),
        ("back below the series limit", None),
    ]


async def test_a_selection_exports_only_what_is_selected_and_logs_if_that_is_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    clock = ManualClock()
    script = Script(clock, answering(Queue(id="1", name="Sales", waiting_contacts=3), Queue(id="2")))
    install(monkeypatch, {"queues": script})
    select = {"queues": {"include": ["Sales"]}, "families": {"exclude": ["queue_oldest_wait_seconds"]}}
    with structlog.testing.capture_logs() as logged:
        async with polling(clock, target(select=select)) as collector:
            await clock.advance(1)
            assert value(collector, "series") == 1
            assert value(collector, "queue_waiting_contacts", queue="Sales") == 3
            script.answer = answering(Queue(id="2", name="Billing", waiting_contacts=3))
            await clock.advance(60)
            assert value(collector, "series") == 0
    named, emptied = above_debug(logged)
    assert (named["event"], named["patterns"]) == ("patterns of `select.queues.include` match no queue", "Sales")
    assert emptied["event"] == "`select` filters out every item the vendor returned"
    assert (emptied["resource"], emptied["kinds"]) == ("queues", "queues")


async def test_stopping_closes_the_vendor_session_and_does_not_wait_for_a_hanging_poll(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    clock = ManualClock()
    clients = install(monkeypatch, {"queues": hang, "agents": answering(SALES)})
    collector = Collector([target()], Exposition(lambda _form: b""), clock)
    await collector.start()
    await clock.advance(1)
    async with asyncio.timeout(5):
        await collector.stop()
    assert clients[0].closed


async def test_the_page_of_one_target_has_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = ManualClock()
    install(monkeypatch, {"queues": answering(SALES)})
    async with polling(clock, target("amsterdam"), target("utrecht")) as collector:
        await clock.advance(1)
        page = page_bytes(collector, Format.TEXT, ["utrecht"]).decode()
        assert 'target="utrecht"' in page
        assert "amsterdam" not in page
        with pytest.raises(KeyError, match="delft"):
            page_bytes(collector, Format.TEXT, ["delft"])


async def test_a_new_configuration_does_not_interrupt_unchanged_targets(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = ManualClock()
    script = Script(clock, answering(SALES))
    clients = install(monkeypatch, {"queues": script})
    async with polling(clock, target("kept"), target("changed"), target("gone")) as collector:
        await clock.advance(1)
        await collector.reconfigure([target("kept"), target("changed", poll={"interval": "30s"}), target("added")])
        await clock.advance(1)
        assert len(script.asked_at) == 3 + 2
        assert [client.closed for client in clients] == [False, True, True, False, False]
        assert value(collector, "queue_waiting_contacts", target="gone") is None
        assert value(collector, "poll_interval_seconds", target="changed") == 30
        assert [each.name for each in collector.health] == ["kept", "changed", "added"]


async def test_a_changed_threshold_loses_no_series_and_no_poll(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = ManualClock()
    install(monkeypatch, {"queues": answering(SALES)})
    async with polling(clock, target("kept")) as collector:
        await clock.advance(1)
        levels = [{"queue": "*", "critical": {"waiting_contacts": 5}}]
        await collector.reconfigure([target("kept", thresholds=levels)])
        assert value(collector, "queue_waiting_contacts") == 3
        assert value(collector, "polls_total", resource="queues") == 1
        await clock.advance(20)
        assert value(collector, "queue_waiting_contacts_threshold", severity="critical") == 5
        assert value(collector, "polls_total", resource="queues") == 2


async def test_a_target_that_cannot_be_used_changes_nothing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    clock = ManualClock()
    install(monkeypatch, {"queues": answering(SALES)})
    no_certificate = tmp_path / "ca.pem"
    no_certificate.write_text("not a certificate")
    async with polling(clock, target("kept")) as collector:
        await clock.advance(1)
        # As if it had been damaged after it was read and found good.
        bad = target("bad").model_copy(update={"tls_config": TlsConfig.model_construct(ca_file=no_certificate)})
        with pytest.raises(ConfigError, match=r"^target bad: tls_config: "):
            await collector.reconfigure([target("added"), bad])
        await clock.advance(20)
        assert value(collector, "queue_waiting_contacts", target="kept") == 3
        assert value(collector, "target_info", target="added") is None
        assert value(collector, "polls_total", target="kept", resource="queues") == 2


async def test_other_tasks_run_while_many_targets_are_prepared(monkeypatch: pytest.MonkeyPatch) -> None:
    clients = install(monkeypatch, {"queues": answering(SALES)})
    prepared: list[int] = []

    async def answer_scrapes() -> None:
        while True:
            prepared.append(len(clients))
            await asyncio.sleep(0)

    scraper = asyncio.create_task(answer_scrapes())
    async with polling(ManualClock(), *(target(f"centre-{number}") for number in range(20))):
        scraper.cancel()
    assert set(range(1, 20)) <= set(prepared)


async def test_a_start_that_is_cancelled_closes_what_it_has_prepared(monkeypatch: pytest.MonkeyPatch) -> None:
    clients = install(monkeypatch, {"queues": answering(SALES)})
    collector = Collector((target("one"), target("two")), Exposition(lambda _form: b""), ManualClock())
    start = asyncio.create_task(collector.start())
    await asyncio.sleep(0)
    start.cancel()
    with pytest.raises(asyncio.CancelledError):
        await start
    assert [client.closed for client in clients] == [True]


async def test_a_new_configuration_cannot_bypass_retry_after(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = ManualClock()
    script = Script(clock, failing(Reason.THROTTLED, retry_after=60.0))
    install(monkeypatch, {"queues": script})
    async with polling(clock) as collector:
        await clock.advance(5)
        for interval in ("10s", "11s", "12s"):
            await collector.reconfigure([target(poll={"interval": interval})])
            await clock.advance(10)
        assert len(script.asked_at) == 1
        await clock.advance(30)
        assert len(script.asked_at) == 2


async def test_items_are_counted_before_selection_and_their_loss_is_logged(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = ManualClock()
    queues = [Queue(id="1", name="Sales", waiting_contacts=1), Queue(id="2", name="Test", waiting_contacts=1)]
    script = Script(clock, answering(*queues))
    install(monkeypatch, {"queues": script})
    with structlog.testing.capture_logs() as logged:
        async with polling(clock, target(select={"queues": {"include": ["Sales"]}})) as collector:
            await clock.advance(1)
            assert value(collector, "resource_items", kind="queues") == 2
            assert value(collector, "resource_items", kind="agents") is None
            script.answer = answering()
            await clock.advance(60)
            assert value(collector, "up") == 1
            assert value(collector, "resource_items", kind="queues") == 0
            script.answer = answering(*queues)
            await clock.advance(60)
    assert [(line["event"], line.get("kind"), line.get("before")) for line in above_debug(logged)] == [
        ("the vendor returns no items any more", "queues", 2),
        ("the vendor returns items again", None, None),
    ]


async def test_thresholds_that_match_no_queue_are_logged_once(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = ManualClock()
    script = Script(clock, answering(Queue(id="1", name="Sales", waiting_contacts=3)))
    install(monkeypatch, {"queues": script})
    thresholds = [{"queue": "Slaes", "warning": {"waiting_contacts": 5}}]
    with structlog.testing.capture_logs() as logged:
        async with polling(clock, target(thresholds=thresholds)):
            await clock.advance(60)
            script.answer = answering(Queue(id="1", name="Slaes", waiting_contacts=3))
            await clock.advance(60)
    assert [(line["event"], line.get("patterns")) for line in above_debug(logged)] == [
        ("patterns of `thresholds` match no queue", "Slaes"),
        ("all configured patterns match", None),
    ]


async def test_a_value_that_stands_for_no_value_is_counted_and_logged_once(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = ManualClock()

    async def fetch() -> Snapshot:
        return Snapshot(unmapped=(("queues.Staffed", NoValue("-1")), ("queues.Staffed", "many")))

    install(monkeypatch, {"queues": fetch})
    with structlog.testing.capture_logs() as logged:
        async with polling(clock) as collector:
            await clock.advance(50)
            assert value(collector, "unmapped_values_total", field="queues.Staffed") == 1 + 4
    assert len(above_debug(logged)) == 2
