"""Small simulated contact centres, quiet until a scenario is on, so that all that is told of them is its doing.

Warning and critical levels are the same where the critical alert is to silence the warning from beginning to end.
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

_LEVELS = (
    Thresholds(severity="warning", waiting_contacts=3, oldest_wait_seconds=60, free_agents=1),
    Thresholds(severity="critical", waiting_contacts=3, oldest_wait_seconds=60, serving_agents=2),
)
# Sinch tells of its queues' levels; of KPN's the operator does.
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
        thresholds=_LEVELS,
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
    # One port is left for fifteen callers at a time.
    "trunk-fault": _profile(agents=40, per_hour=600, drills=Drills(faulty_trunk="1", faulty_share=0.97)),
    "api-outage": _profile(agents=12, per_hour=8, drills=Drills()),
    # Everybody leaves; and when they are back, there are more of them than callers who have waited.
    "understaffed": _profile(agents=12, per_hour=8, drills=Drills(understaffed_group="Desk", understaffed_share=1)),
    # Four agents for eighteen callers at a time. Fewer than five are no group whose occupancy is watched.
    "surge": _profile(agents=4, per_hour=12, patience=120, ports=300, drills=Drills(surge_factor=60)),
    "calm": _profile(agents=12, per_hour=8, drills=Drills()),
}
_POLLS = {"interval": "1s", "timeout": "1s"}
# All are polled again before the target no longer counts as down, as at full length.
_FAST_POLLS = {"api-outage": {"interval": "500ms", "timeout": "500ms"}}
# What Sinch counts is asked for so rarely that this would not hold of it.
_OTHER_VENDORS = {"api-outage": (Kpn(), BrightPattern())}


@dataclass(frozen=True, slots=True)
class Place:
    """A contact centre that lives.

    Attributes:
        centre: What happens in it, and its scenarios.
        targets: What an exporter is told of it: a target a vendor.
    """

    centre: Centre
    targets: tuple[dict[str, object], ...]


@asynccontextmanager
async def live(speed: float) -> AsyncIterator[dict[str, Place]]:
    """Let all of them live, each served as two vendors would.

    Args:
        speed: How many of their seconds pass in one of ours.
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
    told = {**dialect.target(f"{url}/{dialect.name}"), "vendor": dialect.name, "name": f"{place} {dialect.name}"}
    own: dict[str, dict[str, object]] = {
        "kpn": {"thresholds": [_CONFIGURED]},
        "brightpattern": {"services": [QUEUE]},
    }
    return {**told, "poll": _FAST_POLLS.get(place, _POLLS), **own.get(dialect.name, {})}
