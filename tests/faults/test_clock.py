"""The exporter's own clock is set, or its day changes by an hour: nothing fails, and no figure goes wrong."""

import asyncio
from collections.abc import Callable
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from exporter.collector import Collector
from exporter.health import TargetHealth
from exporter.settings import TargetSettings
from exporter.simulator import server
from exporter.simulator.dialects import every_dialect
from exporter.simulator.driver import Driver
from exporter.vendors.base import load_vendor
from tests.faults.matrix import FEW, Watched, centre
from tests.faults.timeloop import LoopClock, TimeLoop, run

HOUR = 3600.0
# It is the age of a date, which nobody but our own clock can tell.
BY_OUR_CLOCK = b'contactcenter_queue_oldest_wait_seconds{target="paris",'


class VendorClock(LoopClock):
    """A vendor's clock, which nobody sets."""

    def __init__(self, loop: TimeLoop) -> None:
        super().__init__(loop)
        self._began = loop.wall

    def time(self) -> float:
        return self._began + self.monotonic()


def targets(url: str, zone: str) -> list[TargetSettings]:
    where = {"sinch": {"timezone": zone}}
    return [
        load_vendor(name).settings.model_validate(
            {"vendor": name, **dialect.target(f"{url}/{name}"), **FEW.get(name, {}), **where.get(name, {})}
        )
        for name, dialect in ((each.name, each) for each in every_dialect())
    ]


async def poll(loop: TimeLoop, jumps: tuple[float, ...], zone: str = "UTC") -> tuple[list[TargetHealth], Watched]:
    """Poll every vendor and set our clock by so many seconds after each minute; return how it went and what was shown.

    The contact centre itself stands still, so that every figure has one value.
    """
    simulated = await server.start("127.0.0.1", 0, Driver(centre(), VendorClock(loop), speed=0))
    exposition = Watched()
    collector = Collector(targets(simulated.url, zone), exposition, LoopClock(loop))
    await collector.start()
    try:
        await asyncio.sleep(60)
        exposition.settle()
        for jump in (*jumps, 0):
            loop.wall += jump
            await asyncio.sleep(60)
        return list(collector.health), exposition
    finally:
        await collector.stop()
        await simulated.stop()


def require_untouched(found: tuple[list[TargetHealth], Watched], but: Callable[[bytes], bool] | None = None) -> None:
    health, exposition = found
    for target in health:
        for each in target.resources:
            assert each.up, f"{target.name} {each.name}: {each.last_error!r}"
            assert not each.failures, f"{target.name} {each.name}: {each.failures}"
            assert not each.stale
        wrong = {line for line in exposition.wrong[target.name] if but is None or not but(line)}
        assert not wrong, f"{target.name}: {sorted(wrong)[:3]}"


@pytest.mark.parametrize("jumps", [(HOUR, -HOUR), (-HOUR, HOUR)], ids=["forward and back", "back and forward"])
def test_a_clock_that_is_set_by_an_hour_fails_nothing(jumps: tuple[float, ...]) -> None:
    require_untouched(run(lambda loop: poll(loop, jumps)), but=lambda line: line.startswith(BY_OUR_CLOCK))


@pytest.mark.parametrize(
    "moment",
    [
        pytest.param(datetime(2027, 3, 28, 1, 58, tzinfo=ZoneInfo("Europe/Amsterdam")), id="the hour that is left out"),
        pytest.param(
            datetime(2027, 10, 31, 2, 58, tzinfo=ZoneInfo("Europe/Amsterdam")), id="the hour that comes twice"
        ),
    ],
)
def test_the_hours_of_daylight_saving_fail_nothing(moment: datetime) -> None:
    require_untouched(run(lambda loop: poll(loop, (0, 0)), wall=moment.timestamp()))


@pytest.mark.parametrize(
    ("moment", "zone"),
    [
        pytest.param("2027-03-27T22:58:00Z", "Europe/Amsterdam", id="the day that lacks an hour"),
        pytest.param("2027-03-28T21:58:00Z", "Europe/Amsterdam", id="the end of the day that lacked an hour"),
        pytest.param("2027-10-31T22:58:00Z", "Europe/Amsterdam", id="the end of the day that had one more"),
        pytest.param("2027-09-05T03:58:00Z", "America/Santiago", id="the midnight that is left out"),
        pytest.param("2027-11-07T03:58:00Z", "America/Havana", id="the midnight that is to come again"),
        pytest.param("2027-11-07T04:58:00Z", "America/Havana", id="the midnight that comes again"),
    ],
)
def test_the_midnights_of_daylight_saving_fail_nothing(moment: str, zone: str) -> None:
    """Sinch's totals are of the day, which begins anew at midnight: only they, and the ratio of them, may be others."""
    began = datetime.fromisoformat(moment)
    found = run(lambda loop: poll(loop, (0, 0), zone), wall=began.timestamp())
    changed = (
        datetime.fromtimestamp(began.timestamp(), ZoneInfo(zone)).date()
        != datetime.fromtimestamp(began.timestamp() + 180, ZoneInfo(zone)).date()
    )
    require_untouched(found, but=of_the_day if changed else None)


def of_the_day(line: bytes) -> bool:
    return b'{target="helsinki",' in line and line.partition(b"{")[0].endswith((b"_total", b"_service_level_ratio"))
