"""Minimum intervals shared by all clients of an account."""

import gc
import weakref
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from exporter.vendors.toolkit.rate_floor import Floor, assume_earlier_requests, keep_floors_in
from tests.support.clock import ManualClock


async def test_a_request_starts_the_minimum_interval() -> None:
    clock = ManualClock()
    floor = Floor("account", 30.0, clock)
    assert floor.remaining_pause() == 0
    with floor.request():
        assert floor.remaining_pause() == 30
        await clock.advance(2)
    assert floor.remaining_pause() == 30
    await clock.advance(29.5)
    assert floor.remaining_pause() == 0.5
    await clock.advance(0.5)
    assert floor.remaining_pause() == 0


async def test_begin_records_only_the_start_of_a_request() -> None:
    clock = ManualClock()
    floor = Floor("account", 30.0, clock)
    floor.begin()
    await clock.advance(2)
    assert floor.remaining_pause() == 28


async def test_clients_of_one_account_share_the_interval() -> None:
    clock = ManualClock()
    with Floor(("url", "user"), 30.0, clock).request():
        pass
    await clock.advance(10)
    assert Floor(("url", "user"), 30.0, clock).remaining_pause() == 20
    assert Floor(("url", "other"), 30.0, clock).remaining_pause() == 0
    assert Floor(("url", "user"), 30.0, ManualClock()).remaining_pause() == 0


async def test_a_request_that_fails_or_times_out_counts() -> None:
    clock = ManualClock()
    floor = Floor("account", 30.0, clock)

    async def time_out() -> None:
        with floor.request():
            await clock.advance(3)
            raise TimeoutError

    with pytest.raises(TimeoutError):
        await time_out()
    assert floor.remaining_pause() == 30


@pytest.mark.parametrize("elapsed", [0.1, 1 / 3, 12.3456789, 29.999999999])
async def test_sleeping_for_the_remaining_pause_is_enough(elapsed: float) -> None:
    clock = ManualClock()
    await clock.advance(1_000_000.1)
    floor = Floor("account", 30.0, clock)
    with floor.request():
        pass
    await clock.advance(elapsed)
    for _ in range(2):  # the second compensates for rounding
        await clock.advance(floor.remaining_pause())
    assert floor.remaining_pause() == 0


def test_requests_are_forgotten_with_their_clock() -> None:
    clock = ManualClock()
    with Floor("account", 30.0, clock).request():
        pass
    gone = weakref.ref(clock)
    del clock
    gc.collect()
    assert gone() is None


# Across restarts


def restarted(directory: Path, wall: float) -> Floor:
    """Return the floor of a new process at a time."""
    clock = ManualClock(wall)
    keep_floors_in(directory, clock)
    return Floor(("https://api.example", "user"), 30.0, clock)


@pytest.mark.parametrize(("after", "pause"), [(0, 30), (12, 18), (30, 0), (3600, 0), (-500, 30)])
def test_with_a_state_directory_a_restart_keeps_the_interval(tmp_path: Path, after: float, pause: float) -> None:
    restarted(tmp_path / "state", 1_800_000_000).begin()
    assert restarted(tmp_path / "state", 1_800_000_000 + after).remaining_pause() == pytest.approx(pause, abs=0.001)


def test_exporters_that_restart_again_and_again_keep_the_interval(tmp_path: Path) -> None:
    asked = []
    for second in range(0, 200, 7):
        floor = restarted(tmp_path, 1_800_000_000 + second)
        if floor.remaining_pause() == 0:
            floor.begin()
            asked.append(second)
    assert asked == [0, 35, 70, 105, 140, 175]


@pytest.mark.parametrize("content", [b"", b"soon", b"\xff"])
def test_an_unreadable_state_waits_for_one_interval(tmp_path: Path, content: bytes) -> None:
    """The last request may have been a moment ago."""
    restarted(tmp_path, 1_800_000_000).begin()
    [file] = tmp_path.iterdir()
    file.write_bytes(content)
    with capture_logs() as logs:
        assert restarted(tmp_path, 1_800_000_100).remaining_pause() == 30
    assert [line["event"] for line in logs] == ["ignoring an invalid state file"]


def test_the_state_does_not_contain_the_account(tmp_path: Path) -> None:
    restarted(tmp_path, 1_800_000_000).begin()
    [file] = tmp_path.iterdir()
    assert "user" not in file.name + file.read_text()


def test_a_directory_that_cannot_be_used_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(OSError, match="file"):
        keep_floors_in(tmp_path / "file", ManualClock())


@pytest.mark.parametrize(
    ("unused", "pause"),
    [
        pytest.param(1, 29, id="a reload"),
        pytest.param(45, 0, id="a reload between two requests"),
        pytest.param(600, 30, id="another replica was leading"),
    ],
)
async def test_an_account_that_others_may_have_used_waits_for_one_interval(unused: float, pause: float) -> None:
    clock = ManualClock()
    assume_earlier_requests(clock)
    floor = Floor("account", 30, clock)
    assert floor.remaining_pause() == 30
    floor.begin()
    await clock.advance(unused)
    assert Floor("account", 30, clock).remaining_pause() == pause
