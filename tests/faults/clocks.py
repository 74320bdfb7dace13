"""Clock faults: steps of the exporter's clock and daylight-saving changes, which must not affect any value."""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import datetime

from exporter.polling.collector import Collector
from exporter.polling.health import TargetHealth
from exporter.settings import TargetSettings
from exporter.simulator import http_server
from exporter.simulator.dialects import Dialect, every_dialect
from exporter.simulator.driver import Driver
from exporter.vendors.base import load_vendor
from tests.faults.matrix import DEFINITIONS, FEW, Watched, centre
from tests.faults.proxy import Proxy
from tests.support.recorded_dialect import recorded_dialects
from tests.support.timeloop import LoopClock, TimeLoop, run

HOUR = 3600.0
# Computed as the age of a date by the exporter's own clock.
AGE_BY_EXPORTER_CLOCK = b'contactcenter_queue_oldest_wait_seconds{target="paris",'


class VendorClock(LoopClock):
    """A vendor's clock, which is not affected by steps of the exporter's clock."""

    def __init__(self, loop: TimeLoop) -> None:
        super().__init__(loop)
        self._began = loop.wall

    def time(self) -> float:
        return self._began + self.monotonic()


def target(dialect: Dialect, url: str, zone: str) -> TargetSettings:
    name = dialect.name
    where = {"timezone": zone} if name == "sinch" or name in DEFINITIONS else {}
    return load_vendor(name).settings.model_validate(
        {"vendor": name, **dialect.target(url), **FEW.get(name, {}), **where}
    )


async def poll(loop: TimeLoop, jumps: tuple[float, ...], zone: str = "UTC") -> tuple[list[TargetHealth], Watched]:
    """Poll every vendor, step the exporter's clock after each minute and return the health and the exposition.

    The contact centre stands still, so that every series has one value.
    """
    dialects: Sequence[Dialect] = (*every_dialect(), *recorded_dialects())
    async with AsyncExitStack() as stack:
        driver = Driver(centre(), VendorClock(loop), speed=0)
        simulated = await http_server.start("127.0.0.1", 0, driver, dialects)
        stack.push_async_callback(simulated.stop)
        targets: list[TargetSettings] = []
        for dialect in dialects:
            proxy = await Proxy(f"{dialect.name}.vendors.test", simulated.port, f"/{dialect.name}").start()
            stack.push_async_callback(proxy.end)
            targets.append(target(dialect, proxy.url, zone))
        exposition = Watched()
        collector = Collector(targets, exposition, LoopClock(loop))
        await collector.start()
        stack.push_async_callback(collector.stop)
        await asyncio.sleep(60)
        exposition.settle()
        for jump in (*jumps, 0):
            loop.wall += jump
            await asyncio.sleep(60)
        return list(collector.health), exposition


def require_unaffected(found: tuple[list[TargetHealth], Watched], but: Callable[[bytes], bool] | None = None) -> None:
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
    """A clock fault, which affects all targets at once.

    Attributes:
        name: Its name on the page.
        jumps: Seconds by which the exporter's clock is stepped after each minute.
        moment: The exporter's time at the start.
        zone: The configured time zone of the contact centres.
        but: Selects the lines that may change.
    """

    name: str
    jumps: tuple[float, ...] = (0, 0)
    moment: str = "2027-01-15T08:00:00Z"
    zone: str = "UTC"
    but: Callable[[bytes], bool] | None = None

    def run(self) -> None:
        """Inject the fault and require that no poll fails and no value is wrong."""
        began = datetime.fromisoformat(self.moment).timestamp()
        require_unaffected(run(lambda loop: poll(loop, self.jumps, self.zone), wall=began), self.but)


def _is_age_by_exporter_clock(line: bytes) -> bool:
    return line.startswith(AGE_BY_EXPORTER_CLOCK)


_OF_THE_DAY = (b"_total", b"_service_level_ratio", b"_max_wait_seconds")


def _of_the_day(line: bytes) -> bool:
    """Select Sinch's figures of the day: they restart at midnight, so only they may change."""
    return b'{target="helsinki",' in line and line.partition(b"{")[0].endswith(_OF_THE_DAY)


CLOCKS = (
    ClockFault("clock set forward an hour, and back", (HOUR, -HOUR), but=_is_age_by_exporter_clock),
    ClockFault("clock set back an hour, and forward", (-HOUR, HOUR), but=_is_age_by_exporter_clock),
    ClockFault("hour skipped by summer time", moment="2027-03-28T00:58:00Z", zone="Europe/Amsterdam"),
    ClockFault("hour repeated at the end of summer time", moment="2027-10-31T00:58:00Z", zone="Europe/Amsterdam"),
    ClockFault(
        "midnight before the 23-hour day",
        moment="2027-03-27T22:58:00Z",
        zone="Europe/Amsterdam",
        but=_of_the_day,
    ),
    ClockFault(
        "midnight after the 23-hour day", moment="2027-03-28T21:58:00Z", zone="Europe/Amsterdam", but=_of_the_day
    ),
    ClockFault(
        "midnight after the 25-hour day", moment="2027-10-31T22:58:00Z", zone="Europe/Amsterdam", but=_of_the_day
    ),
    ClockFault("midnight skipped", moment="2027-09-05T03:58:00Z", zone="America/Santiago", but=_of_the_day),
    ClockFault("midnight before its repetition", moment="2027-11-07T03:58:00Z", zone="America/Havana", but=_of_the_day),
    ClockFault("midnight repeated", moment="2027-11-07T04:58:00Z", zone="America/Havana"),
)
