"""The files of a state directory: written regularly and at a stop, and ignored if they cannot be used."""

import asyncio
import gzip
import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from itertools import pairwise
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from exporter.metrics.pages import Exposition, Format
from exporter.model import Agent, Queue, Snapshot
from exporter.polling.collector import Collector
from exporter.polling.state_files import StateFiles
from exporter.polling.state_keeper import StateKeeper
from exporter.settings import Poll, TargetSettings
from tests.support.clock import ManualClock
from tests.support.exposition import page_bytes, read
from tests.support.fake_vendor import install

OFFERED = "contactcenter_queue_contacts_offered_total"


def target(name: str = "amsterdam", url: str = "http://127.0.0.1:9") -> TargetSettings:
    return TargetSettings(name=name, vendor="fake", url=url)


class Vendor:
    """Returns one queue with a running total."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, offered: float) -> None:
        self.offered = offered
        install(monkeypatch, {"queues": self.fetch})

    async def fetch(self) -> Snapshot:
        return Snapshot(queues=(Queue(id="7", contacts_offered=self.offered),), agents=(Agent(id="1"),))


@pytest.fixture
def vendor(monkeypatch: pytest.MonkeyPatch) -> Vendor:
    return Vendor(monkeypatch, offered=1000)


@asynccontextmanager
async def running(directory: Path, clock: ManualClock, *targets: TargetSettings) -> AsyncIterator[Collector]:
    """Run a process with a state directory for a few polls."""
    keeper = StateKeeper(StateFiles(directory, clock), clock)
    collector = Collector(targets or [target()], Exposition(lambda _form: b""), clock, state=keeper)
    await collector.start()
    await let_pass(clock, 20)
    yield collector
    await collector.stop()


async def let_pass(clock: ManualClock, seconds: int) -> None:
    """Let time pass, and files be written."""
    for _ in range(seconds):
        await clock.advance(1)
        await asyncio.to_thread(lambda: None)


def files(directory: Path) -> list[Path]:
    """Return the files of targets, without those that are being written."""
    return list(directory.glob("totals-*.gz"))


def replace(path: Path, content: bytes, clock: ManualClock) -> None:
    path.write_bytes(content)
    os.utime(path, (clock.time(),) * 2)


def offered(collector: Collector) -> float:
    page = read(page_bytes(collector, Format.TEXT), Format.TEXT)
    return next(sample.value for family in page for sample in family.samples if sample.name == OFFERED)


async def exported_after(directory: Path, clock: ManualClock, *targets: TargetSettings) -> float:
    async with running(directory, clock, *targets) as collector:
        return offered(collector)


async def test_totals_continue_after_a_stop(tmp_path: Path, vendor: Vendor) -> None:
    clock = ManualClock()
    assert await exported_after(tmp_path, clock) == 1000
    vendor.offered = 997
    assert await exported_after(tmp_path, clock) == 1000
    vendor.offered = 1003
    assert await exported_after(tmp_path, clock) == 1003


@pytest.mark.parametrize("other", [target(url="http://127.0.0.1:10"), target("rotterdam")])
async def test_another_contact_centre_does_not_continue_them(
    tmp_path: Path, vendor: Vendor, other: TargetSettings
) -> None:
    clock = ManualClock()
    await exported_after(tmp_path, clock)
    vendor.offered = 997
    assert await exported_after(tmp_path, clock, other) == 997


async def test_a_crash_loses_at_most_a_minute(tmp_path: Path, vendor: Vendor) -> None:
    clock = ManualClock()
    async with running(tmp_path, clock):
        await let_pass(clock, 50)
        crashed = {path.name: path.read_bytes() for path in files(tmp_path)}
    for name, content in crashed.items():
        replace(tmp_path / name, content, clock)
    vendor.offered = 997
    assert await exported_after(tmp_path, clock) == 1000


async def test_a_file_is_written_once_a_minute_and_only_if_something_changed(tmp_path: Path, vendor: Vendor) -> None:
    clock = ManualClock()
    written: set[int] = set()
    async with running(tmp_path, clock):
        for _ in range(300):
            await let_pass(clock, 1)
            written |= {path.stat().st_mtime_ns for path in files(tmp_path)}
        assert len(written) == 1
        for _ in range(300):
            vendor.offered += 1
            await let_pass(clock, 1)
            written |= {path.stat().st_mtime_ns for path in files(tmp_path)}
        assert 1 <= len(written) - 1 <= 6


async def test_totals_of_a_quiet_night_continue(tmp_path: Path, vendor: Vendor) -> None:
    """They did not change for hours, but were exported until a moment ago."""
    clock = ManualClock()
    async with running(tmp_path, clock):
        for _ in range(120):
            await clock.advance(60)
            await let_pass(clock, 1)
        crashed = {path.name: path.read_bytes() for path in files(tmp_path)}
    stopped = {path.name: path.read_bytes() for path in files(tmp_path)}
    vendor.offered = 997
    for state in (crashed, stopped):
        for name, content in state.items():
            replace(tmp_path / name, content, clock)
        assert await exported_after(tmp_path, clock) == 1000


async def test_a_run_without_a_good_poll_keeps_the_file(
    tmp_path: Path, vendor: Vendor, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = ManualClock()
    await exported_after(tmp_path, clock)

    async def fail() -> Snapshot:
        raise OSError

    install(monkeypatch, {"queues": fail})
    async with running(tmp_path, clock):
        pass
    install(monkeypatch, {"queues": vendor.fetch})
    vendor.offered = 997
    assert await exported_after(tmp_path, clock) == 1000


def truncated(content: bytes) -> bytes:
    return content[:-20]


def of_a_later_version(content: bytes) -> bytes:
    return gzip.compress(gzip.decompress(content).replace(b'"version":1', b'"version":2'))


def of_another_family(content: bytes) -> bytes:
    return gzip.compress(gzip.decompress(content).replace(OFFERED.encode(), b"contactcenter_offered_total"))


def with_an_unknown_column(content: bytes) -> bytes:
    return gzip.compress(gzip.decompress(content).replace(b"[[0,1000", b"[[5,1000"))


def with_a_text_for_a_number(content: bytes) -> bytes:
    return gzip.compress(gzip.decompress(content).replace(b"1000,", b'"1000",'))


@pytest.mark.parametrize(
    "change",
    [
        truncated,
        of_a_later_version,
        with_an_unknown_column,
        with_a_text_for_a_number,
        lambda _content: b"",
        lambda _content: b"\x00" * 100,
        lambda _content: b"# a file of another program\n",
        lambda _content: gzip.compress(b"[]"),
    ],
)
async def test_a_file_that_cannot_be_used_is_reported_and_ignored(
    tmp_path: Path, vendor: Vendor, change: Callable[[bytes], bytes]
) -> None:
    clock = ManualClock()
    await exported_after(tmp_path, clock)
    [path] = files(tmp_path)
    replace(path, change(path.read_bytes()), clock)
    vendor.offered = 997
    with capture_logs() as logs:
        assert await exported_after(tmp_path, clock) == 997
    [line] = [line for line in logs if line["event"] == "ignoring an invalid state file"]
    assert (line["target"], line["path"], line["log_level"]) == ("amsterdam", str(path), "warning")
    vendor.offered = 990
    assert await exported_after(tmp_path, clock) == 997


async def test_totals_of_an_unknown_family_are_ignored(tmp_path: Path, vendor: Vendor) -> None:
    clock = ManualClock()
    await exported_after(tmp_path, clock)
    [path] = files(tmp_path)
    replace(path, of_another_family(path.read_bytes()), clock)
    vendor.offered = 997
    assert await exported_after(tmp_path, clock) == 997


async def test_a_removed_directory_is_reported_once(tmp_path: Path, vendor: Vendor) -> None:
    clock = ManualClock()
    directory = tmp_path / "state"
    directory.mkdir()
    with capture_logs() as logs:
        async with running(directory, clock):
            for path in files(directory):
                path.unlink()
            directory.rmdir()
            for _ in range(5):
                vendor.offered += 1
                await let_pass(clock, 60)
            directory.mkdir()
            vendor.offered += 1
            await let_pass(clock, 60)
    events = [line["event"] for line in logs if "state directory" in line["event"] and line["log_level"] != "debug"]
    assert events == ["failed to write the state directory", "the state directory can be written again"]


async def test_only_the_owner_may_read_a_file(tmp_path: Path, vendor: Vendor) -> None:
    assert vendor.offered
    await exported_after(tmp_path, ManualClock())
    [path] = files(tmp_path)
    assert path.stat().st_mode & 0o777 == 0o600


async def test_a_file_that_was_not_written_for_a_week_is_removed(tmp_path: Path, vendor: Vendor) -> None:
    clock = ManualClock()
    kept = tmp_path / "notes.txt"
    kept.touch()
    await exported_after(tmp_path, clock, target("rotterdam"))
    [old] = files(tmp_path)
    for path, age in ((old, 8 * 86400), (kept, 30 * 86400)):
        os.utime(path, (clock.time() - age,) * 2)
    await exported_after(tmp_path, clock)
    assert vendor.offered
    assert not old.exists()
    assert kept.exists()
    assert len(files(tmp_path)) == 1


async def test_a_target_that_is_added_again_continues(tmp_path: Path, vendor: Vendor) -> None:
    clock = ManualClock()
    async with running(tmp_path, clock) as collector:
        await collector.reconfigure([])
        vendor.offered = 997
        await collector.reconfigure([target()])
        await let_pass(clock, 2)
        assert offered(collector) == 1000


async def test_a_reload_that_waits_for_the_disk_interrupts_no_series(
    tmp_path: Path, vendor: Vendor, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = ManualClock()
    pages: list[str] = []
    write = StateFiles.write
    async with running(tmp_path, clock) as collector:

        def write_slowly(self: StateFiles, *given: object, final: bool) -> None:
            pages.append(page_bytes(collector, Format.TEXT, ["amsterdam"]).decode())
            write(self, *given, final=final)  # type: ignore[arg-type]

        with monkeypatch.context() as patch:
            patch.setattr(StateFiles, "write", write_slowly)
            await collector.reconfigure([target().model_copy(update={"poll": Poll(interval=5.0)})])
        assert vendor.offered
        assert len(pages) == 1
        assert f'{OFFERED}{{target="amsterdam"' in pages[0]
        assert 'contactcenter_target_info{target="amsterdam"' in page_bytes(collector, Format.TEXT).decode()


async def test_many_targets_are_written_one_after_the_other(tmp_path: Path, vendor: Vendor) -> None:
    clock = ManualClock()
    targets = [target(f"site{number}") for number in range(100)]
    counts: list[int] = []
    async with running(tmp_path, clock, *targets):
        while not counts or counts[-1] < len(targets):
            await let_pass(clock, 1)
            counts.append(len(files(tmp_path)))
    assert vendor.offered
    assert max(later - earlier for earlier, later in pairwise(counts)) <= 3
