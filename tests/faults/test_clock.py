"""The exporter's own clock is set, or its day changes by an hour: nothing fails, and no figure goes wrong."""

import asyncio
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


def targets(url: str) -> list[TargetSettings]:
    return [
        load_vendor(dialect.name).settings.model_validate(
            {"vendor": dialect.name, **dialect.target(f"{url}/{dialect.name}"), **FEW.get(dialect.name, {})}
        )
        for dialect in every_dialect()
    ]


async def poll(loop: TimeLoop, jumps: tuple[float, ...]) -> tuple[list[TargetHealth], Watched]:
    """Poll every vendor and set our clock by so many seconds after each minute; return how it went and what was shown.

    The contact centre itself stands still, so that every figure has one value.
    """
    simulated = await server.start("127.0.0.1", 0, Driver(centre(), VendorClock(loop), speed=0))
    exposition = Watched()
    collector = Collector(targets(simulated.url), exposition, LoopClock(loop))
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


def require_untouched(found: tuple[list[TargetHealth], Watched], *, but: bytes = b"nothing") -> None:
    health, exposition = found
    for target in health:
        for each in target.resources:
            assert each.up, f"{target.name} {each.name}: {each.last_error!r}"
            assert not each.failures, f"{target.name} {each.name}: {each.failures}"
            assert not each.stale
        wrong = {line for line in exposition.wrong[target.name] if not line.startswith(but)}
        assert not wrong, f"{target.name}: {sorted(wrong)[:3]}"


@pytest.mark.parametrize("jumps", [(HOUR, -HOUR), (-HOUR, HOUR)], ids=["forward and back", "back and forward"])
def test_a_clock_that_is_set_by_an_hour_fails_nothing(jumps: tuple[float, ...]) -> None:
    require_untouched(run(lambda loop: poll(loop, jumps)), but=BY_OUR_CLOCK)


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
