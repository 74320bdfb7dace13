"""The exporter's own clock is set, or its day changes by an hour: nothing fails, and no figure goes wrong."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from exporter.polling.collector import Collector
from exporter.polling.health import TargetHealth
from exporter.settings import TargetSettings
from exporter.simulator import http_server
from exporter.simulator.dialects import every_dialect
from exporter.simulator.driver import Driver
from exporter.vendors.base import load_vendor
from tests.faults.matrix import FEW, Watched, centre
from tests.support.timeloop import LoopClock, TimeLoop, run

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
    simulated = await http_server.start("127.0.0.1", 0, Driver(centre(), VendorClock(loop), speed=0))
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


@dataclass(frozen=True)
class ClockFault:
    """What happens to the clock, for every vendor at once.

    Attributes:
        name: What.
        jumps: Seconds by which our clock is set after each minute.
        moment: When it begins.
        zone: Where the contact centres are, as far as we are told.
        but: The lines that may be others than before.
    """

    name: str
    jumps: tuple[float, ...] = (0, 0)
    moment: str = "2027-01-15T08:00:00Z"
    zone: str = "UTC"
    but: Callable[[bytes], bool] | None = None

    def befall(self) -> None:
        """Let it happen, and require that nothing fails and no figure goes wrong."""
        began = datetime.fromisoformat(self.moment).timestamp()
        require_untouched(run(lambda loop: poll(loop, self.jumps, self.zone), wall=began), self.but)


def _by_our_clock(line: bytes) -> bool:
    return line.startswith(BY_OUR_CLOCK)


def _of_the_day(line: bytes) -> bool:
    """Sinch's totals are of the day, which begins anew at midnight: only they, and the ratio of them, may be others."""
    return b'{target="helsinki",' in line and line.partition(b"{")[0].endswith((b"_total", b"_service_level_ratio"))


CLOCKS = (
    ClockFault("clock set forward an hour, and back", (HOUR, -HOUR), but=_by_our_clock),
    ClockFault("clock set back an hour, and forward", (-HOUR, HOUR), but=_by_our_clock),
    ClockFault("the hour that summer time leaves out", moment="2027-03-28T00:58:00Z", zone="Europe/Amsterdam"),
    ClockFault("the hour that comes twice", moment="2027-10-31T00:58:00Z", zone="Europe/Amsterdam"),
    ClockFault(
        "midnight of the day that lacks an hour",
        moment="2027-03-27T22:58:00Z",
        zone="Europe/Amsterdam",
        but=_of_the_day,
    ),
    ClockFault("midnight after it", moment="2027-03-28T21:58:00Z", zone="Europe/Amsterdam", but=_of_the_day),
    ClockFault(
        "midnight after the day with one more", moment="2027-10-31T22:58:00Z", zone="Europe/Amsterdam", but=_of_the_day
    ),
    ClockFault("midnight that is left out", moment="2027-09-05T03:58:00Z", zone="America/Santiago", but=_of_the_day),
    ClockFault("midnight that will come again", moment="2027-11-07T03:58:00Z", zone="America/Havana", but=_of_the_day),
    ClockFault("midnight that comes again", moment="2027-11-07T04:58:00Z", zone="America/Havana"),
)
