"""Helpers for tests of the simulator: a manual clock and small centres."""

import asyncio

from exporter.simulator.centre import Centre
from exporter.simulator.profile import AgentProfile, Profile, QueueProfile, Shift, TrunkProfile
from exporter.simulator.randomness import Exponential

EPOCH = 1_800_000_000.0


class ManualClock:
    """A clock that advances only when a test sets it."""

    def __init__(self) -> None:
        self.elapsed = 0.0

    def time(self) -> float:
        return EPOCH + self.elapsed

    def monotonic(self) -> float:
        return self.elapsed

    async def sleep(self, seconds: float) -> None:  # noqa: ARG002 - the clock never advances during a sleep
        await asyncio.Event().wait()


class Always:
    """A constant duration."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds

    def draw(self, _random: object) -> float:
        return self.seconds


def stationary(*, agents: int, per_hour: float, service: float, patience: float | None) -> Centre:
    """Return a centre of one queue with only arrivals, service and patience, in continuous time."""
    queue = QueueProfile(
        id="q",
        name="Queue",
        skill="s",
        contacts_per_hour=per_hour,
        talk=Exponential(service),
        patience=Exponential(patience) if patience else None,
        short_seconds=-1.0,
    )
    profiles = tuple(AgentProfile(id=str(number), skills={"s": 1}) for number in range(agents))
    profile = Profile(queues=(queue,), agents=profiles, punctuality=Always(0))
    return Centre(profile, seed=1, resolution=0)


def agents(
    number: int, *, skill: str = "s", group: str = "team", shift: Shift | None = None
) -> tuple[AgentProfile, ...]:
    """Return a group of agents with one skill."""
    return tuple(
        AgentProfile(id=f"{group}-{count}", skills={skill: 1}, group=group, shift=shift) for count in range(number)
    )


def trunk(ports: int) -> TrunkProfile:
    """Return a trunk without random faults."""
    return TrunkProfile(id="t", name="Trunk", ports=ports)
