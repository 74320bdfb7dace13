"""Small simulated contact centres without alerts until a scenario is on, so that every alert is caused by it.

Warning and critical thresholds are equal if the critical alert must inhibit the warning from beginning to end.
"""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

from exporter.model import Thresholds
from exporter.runtime.clock import SystemClock
from exporter.simulator import http_server
from exporter.simulator.centre import Centre
from exporter.simulator.daytime import HOUR
from exporter.simulator.dialects import Dialect
from exporter.simulator.dialects.brightpattern import BrightPattern
from exporter.simulator.dialects.kpn import Kpn
from exporter.simulator.dialects.sinch import Sinch
from exporter.simulator.driver import Driver
from exporter.simulator.profile import AgentProfile, Drills, Profile, QueueProfile, TrunkProfile
from exporter.simulator.randomness import Exponential, Uniform

QUEUE = "Help"

_THRESHOLDS = (
    Thresholds(severity="warning", waiting_contacts=3, oldest_wait_seconds=60, free_agents=1),
    Thresholds(severity="critical", waiting_contacts=3, oldest_wait_seconds=60, serving_agents=2),
)
# The Sinch API provides the thresholds of its queues; those of KPN are configured.
_CONFIGURED = {
    "queue": "*",
    "warning": {"waiting_contacts": 3, "oldest_wait": "60s", "free_agents": 1},
    "critical": {"waiting_contacts": 3, "oldest_wait": "60s", "serving_agents": 2},
}
_MORNING = 10 * HOUR


def _profile(
    *, agents: int, per_hour: float, patience: float | None = None, ports: int = 30, drills: Drills
) -> Profile:
    queue = QueueProfile(
        id="1",
        name=QUEUE,
        skill="1",
        vdn=QUEUE,
        contacts_per_hour=per_hour,
        talk=Uniform(60, 120),
        patience=Exponential(patience) if patience else None,
        trunks=("1",),
        thresholds=_THRESHOLDS,
    )
    return Profile(
        queues=(queue,),
        agents=tuple(
            AgentProfile(id=str(100 + number), name=f"Agent {number}", group="Desk", skills={"1": 1})
            for number in range(agents)
        ),
        trunks=(TrunkProfile(id="1", name="North", ports=ports),),
        drills=drills,
    )


PLACES = {
    # One port remains for about fifteen concurrent callers.
    "trunk-fault": _profile(agents=40, per_hour=600, drills=Drills(faulty_trunk="1", faulty_share=0.97)),
    "api-outage": _profile(agents=12, per_hour=8, drills=Drills()),
    # All agents leave; once back, they outnumber the waiting callers. Every caller waits on a port.
    "understaffed": _profile(
        agents=12, per_hour=8, ports=300, drills=Drills(understaffed_group="Desk", understaffed_share=1)
    ),
    # Four agents for about eighteen concurrent callers. Occupancy alerts require a group of at least five.
    "surge": _profile(agents=4, per_hour=12, patience=120, ports=300, drills=Drills(surge_factor=60)),
    "calm": _profile(agents=12, per_hour=8, drills=Drills()),
}
_POLLS = {"interval": "1s", "timeout": "1s"}
# Every resource is polled again before the target counts as up, as with the default intervals.
_FAST_POLLS = {"api-outage": {"interval": "500ms", "timeout": "500ms"}}
# Some resources of Sinch are polled too rarely for that.
_OTHER_VENDORS = {"api-outage": (Kpn(), BrightPattern())}


@dataclass(frozen=True, slots=True)
class Place:
    """A running contact centre.

    Attributes:
        centre: The simulation and its scenarios.
        targets: The targets an exporter is configured with, one per vendor.
    """

    centre: Centre
    targets: tuple[dict[str, object], ...]


@asynccontextmanager
async def live(speed: float) -> AsyncIterator[dict[str, Place]]:
    """Run all of them, each served in the dialects of two vendors.

    Args:
        speed: The simulated seconds per real second.
    """
    async with AsyncExitStack() as stack:
        places: dict[str, Place] = {}
        for name, profile in PLACES.items():
            centre = Centre(profile)
            centre.advance(_MORNING)
            dialects = _OTHER_VENDORS.get(name, (Kpn(), Sinch()))
            served = await http_server.start("127.0.0.1", 0, Driver(centre, SystemClock(), speed=speed), dialects)
            stack.push_async_callback(served.stop)
            targets = (_target(name, each, served.url) for each in dialects)
            places[name] = Place(centre, tuple(targets))
        yield places


def _target(place: str, dialect: Dialect, url: str) -> dict[str, object]:
    base = {**dialect.target(f"{url}/{dialect.name}"), "vendor": dialect.name, "name": f"{place} {dialect.name}"}
    own: dict[str, dict[str, object]] = {
        "kpn": {"thresholds": [_CONFIGURED]},
        "brightpattern": {"services": [QUEUE]},
    }
    return {**base, "poll": _FAST_POLLS.get(place, _POLLS), **own.get(dialect.name, {})}
