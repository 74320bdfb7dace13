"""One leader: never two, whatever the lock, the clocks and the wires do; and soon again one."""

import asyncio
import random
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import pytest

from exporter.cluster.election import ConflictError, Election, LockError, Record
from tests.support.clock import ManualClock

DURATION = 15.0
DAY = 86_400.0


class Shared:
    """A lock that counts its versions, as Kubernetes does with a Lease."""

    def __init__(self) -> None:
        self.record: Record | None = None
        self._version = 0

    def write(self, record: Record) -> Record:
        if record.version != (self.record.version if self.record else ""):
            raise ConflictError("the object has been modified")
        self._version += 1
        self.record = Record(
            record.holder, record.duration, record.acquired, record.renewed, record.transitions, str(self._version)
        )
        return self.record


class Wire:
    """A replica's way to the lock.

    Attributes:
        cut: Whether nothing gets through.
        silent: Whether requests hang.
        deaf: Whether what is written arrives and the answer does not.
        delay: Seconds that each request takes.
        late: Seconds that the answer to a write takes besides.
    """

    def __init__(self, shared: Shared, clock: ManualClock) -> None:
        self._shared = shared
        self._clock = clock
        self.cut = self.silent = self.deaf = False
        self.delay = self.late = 0.0

    async def read(self) -> Record | None:
        await self._travel()
        return self._shared.record

    async def write(self, record: Record) -> Record:
        await self._travel()
        written = self._shared.write(record)
        await self._clock.sleep(self.late)
        if self.deaf:
            raise LockError("connection lost")
        return written

    async def _travel(self) -> None:
        if self.silent:
            await asyncio.get_running_loop().create_future()
        if self.cut:
            raise LockError("no route to host")
        await self._clock.sleep(self.delay)


class Skewed:
    """A clock that shows another time of day, and whose own beginning was another."""

    def __init__(self, clock: ManualClock, skew: float) -> None:
        self._clock = clock
        self._skew = skew

    def time(self) -> float:
        return self._clock.time() + self._skew

    def monotonic(self) -> float:
        return self._clock.monotonic() + abs(self._skew)

    async def sleep(self, seconds: float) -> None:
        await self._clock.sleep(seconds)


class Replica:
    """A candidate that takes down whether it polls; no two of a world may."""

    def __init__(self, world: "World", name: str, skew: float) -> None:
        self.wire = Wire(world.lock, world.clock)
        self.polls = False
        self.mistake: Exception | None = None
        self.name = name
        self._world = world
        self.election = Election(self.wire, self, name, DURATION, Skewed(world.clock, skew))
        self.running = asyncio.create_task(self.election.run())

    async def lead(self) -> None:
        if self.mistake is not None:
            raise self.mistake
        assert not self._world.pollers(), f"{self.name} polls beside {self._world.pollers()}"
        self.polls = True
        self._world.led.append(self.name)

    async def stand_by(self) -> None:
        self.polls = False

    async def stop(self) -> None:
        self.running.cancel()
        await asyncio.gather(self.running, return_exceptions=True)
        await self.election.resign()

    async def die(self) -> None:
        """End without another word."""
        self.running.cancel()
        await asyncio.gather(self.running, return_exceptions=True)
        self.polls = False


class World:
    """Replicas that compete."""

    def __init__(self) -> None:
        self.clock = ManualClock()
        self.lock = Shared()
        self.led: list[str] = []
        self.replicas: list[Replica] = []

    def add(self, name: str, skew: float = 0.0) -> Replica:
        self.replicas.append(Replica(self, name, skew))
        return self.replicas[-1]

    def pollers(self) -> list[str]:
        return [replica.name for replica in self.replicas if replica.polls]

    async def until_led(self, name: str) -> float:
        """Return the seconds until a replica polls, which must be soon."""
        started = self.clock.monotonic()
        while self.pollers() != [name]:
            await self.clock.advance(0.5)
            assert self.clock.monotonic() - started <= DURATION, f"{name} does not lead"
        return self.clock.monotonic() - started


@asynccontextmanager
async def world(*names: str, skews: Sequence[float] = (0.0, DAY, -DAY)) -> AsyncIterator[World]:
    """Give replicas of which the first leads."""
    made = World()
    for name, skew in zip(names, skews, strict=False):
        made.add(name, skew)
        await made.clock.advance(0)
    await made.until_led(names[0])
    try:
        yield made
        assert all(not replica.running.done() or replica.running.cancelled() for replica in made.replicas)
    finally:
        await asyncio.gather(*(replica.die() for replica in made.replicas))


async def test_the_first_leads_and_goes_on_leading() -> None:
    async with world("a", "b", "c") as there:
        await there.clock.advance(600)
        assert there.led == ["a"]
        assert there.lock.record is not None
        assert there.lock.record.holder == there.replicas[1].election.holder == "a"


async def test_who_dies_is_followed_within_the_lease() -> None:
    for moment in (0.0, 1.0, 2.9):
        async with world("a", "b") as there:
            await there.clock.advance(60 + moment)
            await there.replicas[0].die()
            assert await there.until_led("b") <= DURATION


async def test_who_stops_lets_go_at_once() -> None:
    async with world("a", "b") as there:
        await there.replicas[0].stop()
        assert there.lock.record is not None
        assert there.lock.record.holder == ""
        assert await there.until_led("b") <= 0.2 * DURATION + 0.5
        assert there.lock.record.transitions == 1


@pytest.mark.parametrize("trouble", ["cut", "silent", "deaf"])
async def test_who_cannot_renew_stands_by_before_another_leads(trouble: str) -> None:
    async with world("a", "b") as there:
        first = there.replicas[0]
        setattr(first.wire, trouble, True)
        await there.clock.advance(0.6 * DURATION)
        assert there.pollers() == []
        if trouble != "deaf":  # the lock still hears of a
            await there.until_led("b")
        setattr(first.wire, trouble, False)
        await there.clock.advance(60)
        assert there.pollers() == (["a"] if trouble == "deaf" else ["b"])


async def test_what_a_late_answer_says_counts_from_the_question() -> None:
    async with world("a") as there:
        await there.clock.advance(1.0)
        there.add("b")
        await there.clock.advance(60)
        first = there.replicas[0]
        first.wire.late = 5.5
        before = there.lock.record
        while there.lock.record == before:
            await there.clock.advance(0.5)
        await there.clock.advance(5.5)
        first.wire.silent = True
        await there.until_led("b")


async def test_while_nobody_reaches_the_lock_nobody_polls_and_then_one_does() -> None:
    async with world("a", "b") as there:
        for replica in there.replicas:
            replica.wire.cut = True
        await there.clock.advance(600)
        assert there.pollers() == []
        for replica in there.replicas:
            replica.wire.cut = False
        await there.clock.advance(DURATION)
        assert len(there.pollers()) == 1


async def test_a_lock_that_somebody_deletes_does_not_make_two_leaders() -> None:
    async with world("a", "b") as there:
        there.replicas[0].wire.cut = True
        there.lock.record = None
        await there.until_led("b")
        there.replicas[0].wire.cut = False
        await there.clock.advance(60)
        assert there.pollers() == ["b"]


async def test_a_clock_that_is_set_changes_nothing() -> None:
    async with world("a", "b") as there:
        for jump in (DAY, -2 * DAY):
            there.clock.jump(jump)
            await there.clock.advance(60)
        assert there.led == ["a"]


async def test_a_mistake_of_the_candidate_ends_the_election() -> None:
    async with world("a") as there:
        broken = there.add("b")
        broken.mistake = RuntimeError("no certificate")

        await there.replicas[0].stop()
        await there.clock.advance(DURATION)
        with pytest.raises(RuntimeError, match="no certificate"):
            await broken.running
        there.replicas.remove(broken)


@pytest.mark.parametrize("seed", range(4))
async def test_never_two_lead_whatever_happens(seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311 - a simulation
    async with world("a", "b", "c") as there:
        for number in range(40):
            replica = chance.choice(there.replicas)
            match chance.choice(["cut", "silent", "deaf", "delay", "heal", "heal", "die", "stop", "delete", "jump"]):
                case "cut" | "silent" | "deaf" as trouble:
                    setattr(replica.wire, trouble, True)
                case "delay":
                    replica.wire.delay, replica.wire.late = chance.uniform(0, 4), chance.uniform(0, 8)
                case "heal":
                    replica.wire.cut = replica.wire.silent = replica.wire.deaf = False
                    replica.wire.delay = replica.wire.late = 0.0
                case "die" | "stop" as end:
                    replica.wire.silent = False
                    await asyncio.gather(getattr(replica, end)(), there.clock.advance(20))
                    there.replicas.remove(replica)
                    there.add(f"{replica.name}{number}", chance.uniform(-DAY, DAY))
                case "delete":
                    there.lock.record = None
                case _:
                    there.clock.jump(chance.uniform(-DAY, DAY))
            await there.clock.advance(chance.uniform(0, 2 * DURATION))
            assert len(there.pollers()) <= 1
        for replica in there.replicas:
            replica.wire.cut = replica.wire.silent = replica.wire.deaf = False
            replica.wire.delay = replica.wire.late = 0.0
        await there.clock.advance(3 * DURATION)
        assert len(there.pollers()) == 1
        assert len(there.led) > 3
