"""Leader election: never two leaders, under any lock, clock or network failure, and prompt failover."""

import asyncio
import random
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import pytest

from exporter.cluster.election import ConflictError, Election, LockError, Record
from tests.support.clock import ManualClock

DURATION = 15.0
DAY = 86_400.0
_EVENTS = ("cut", "hanging", "loses_responses", "delay", "heal", "heal", "die", "stop", "delete", "jump")


class Shared:
    """A lock with a version that every write increments, like a Kubernetes Lease."""

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


class Connection:
    """A replica's connection to the lock.

    Attributes:
        cut: Whether requests fail.
        hanging: Whether requests hang.
        loses_responses: Whether writes arrive but their responses are lost.
        delay: The seconds each request takes.
        response_delay: The additional seconds the response to a write takes.
    """

    def __init__(self, shared: Shared, clock: ManualClock) -> None:
        self._shared = shared
        self._clock = clock
        self.cut = self.hanging = self.loses_responses = False
        self.delay = self.response_delay = 0.0

    async def read(self) -> Record | None:
        await self._send()
        return self._shared.record

    async def write(self, record: Record) -> Record:
        await self._send()
        written = self._shared.write(record)
        await self._clock.sleep(self.response_delay)
        if self.loses_responses:
            raise LockError("connection lost")
        return written

    async def _send(self) -> None:
        if self.hanging:
            await asyncio.get_running_loop().create_future()
        if self.cut:
            raise LockError("no route to host")
        await self._clock.sleep(self.delay)


class Skewed:
    """A clock with another wall-clock time and another monotonic origin."""

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
    """A candidate that asserts no other candidate of its world polls."""

    def __init__(self, world: "World", name: str, skew: float) -> None:
        self.connection = Connection(world.lock, world.clock)
        self.polls = False
        self.error: Exception | None = None
        self.name = name
        self._world = world
        self.election = Election(self.connection, self, name, DURATION, Skewed(world.clock, skew))
        self.running = asyncio.create_task(self.election.run())

    async def start_leading(self) -> None:
        if self.error is not None:
            raise self.error
        assert not self._world.pollers(), f"{self.name} polls at the same time as {self._world.pollers()}"
        self.polls = True
        self._world.led.append(self.name)

    async def stop_leading(self) -> None:
        self.polls = False

    async def stop(self) -> None:
        self.running.cancel()
        await asyncio.gather(self.running, return_exceptions=True)
        await self.election.resign()

    async def die(self) -> None:
        """Stop without releasing the lock."""
        self.running.cancel()
        await asyncio.gather(self.running, return_exceptions=True)
        self.polls = False


class World:
    """Competing replicas with a common clock and lock."""

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
        """Return the seconds until the replica polls; fail after the lease duration."""
        started = self.clock.monotonic()
        while self.pollers() != [name]:
            await self.clock.advance(0.5)
            assert self.clock.monotonic() - started <= DURATION, f"{name} is not leading"
        return self.clock.monotonic() - started


@asynccontextmanager
async def world(*names: str, skews: Sequence[float] = (0.0, DAY, -DAY)) -> AsyncIterator[World]:
    """Yield replicas; the first leads."""
    created = World()
    for name, skew in zip(names, skews, strict=False):
        created.add(name, skew)
        await created.clock.advance(0)
    await created.until_led(names[0])
    try:
        yield created
        assert all(not replica.running.done() or replica.running.cancelled() for replica in created.replicas)
    finally:
        await asyncio.gather(*(replica.die() for replica in created.replicas))


async def test_the_first_replica_leads_and_keeps_leading() -> None:
    async with world("a", "b", "c") as there:
        await there.clock.advance(600)
        assert there.led == ["a"]
        assert there.lock.record is not None
        assert there.lock.record.holder == there.replicas[1].election.holder == "a"


async def test_a_standby_takes_over_from_a_dead_leader_within_the_lease() -> None:
    for moment in (0.0, 1.0, 2.9):
        async with world("a", "b") as there:
            await there.clock.advance(60 + moment)
            await there.replicas[0].die()
            assert await there.until_led("b") <= DURATION


async def test_a_stopping_leader_releases_the_lock() -> None:
    async with world("a", "b") as there:
        await there.replicas[0].stop()
        assert there.lock.record is not None
        assert there.lock.record.holder == ""
        assert await there.until_led("b") <= 0.2 * DURATION + 0.5
        assert there.lock.record.transitions == 1


@pytest.mark.parametrize("failure", ["cut", "hanging", "loses_responses"])
async def test_a_leader_that_cannot_renew_stops_before_another_starts(failure: str) -> None:
    async with world("a", "b") as there:
        first = there.replicas[0]
        setattr(first.connection, failure, True)
        await there.clock.advance(0.6 * DURATION)
        assert there.pollers() == []
        if failure != "loses_responses":  # then the lock is still renewed by a
            await there.until_led("b")
        setattr(first.connection, failure, False)
        await there.clock.advance(60)
        assert there.pollers() == (["a"] if failure == "loses_responses" else ["b"])


async def test_a_renewal_counts_from_the_request_not_the_late_response() -> None:
    async with world("a") as there:
        await there.clock.advance(1.0)
        there.add("b")
        await there.clock.advance(60)
        first = there.replicas[0]
        first.connection.response_delay = 5.5
        before = there.lock.record
        while there.lock.record == before:
            await there.clock.advance(0.5)
        await there.clock.advance(5.5)
        first.connection.hanging = True
        await there.until_led("b")


async def test_no_replica_polls_while_the_lock_is_unreachable_and_one_does_afterwards() -> None:
    async with world("a", "b") as there:
        for replica in there.replicas:
            replica.connection.cut = True
        await there.clock.advance(600)
        assert there.pollers() == []
        for replica in there.replicas:
            replica.connection.cut = False
        await there.clock.advance(DURATION)
        assert len(there.pollers()) == 1


async def test_deleting_the_lock_does_not_create_two_leaders() -> None:
    async with world("a", "b") as there:
        there.replicas[0].connection.cut = True
        there.lock.record = None
        await there.until_led("b")
        there.replicas[0].connection.cut = False
        await there.clock.advance(60)
        assert there.pollers() == ["b"]


async def test_setting_the_clock_has_no_effect() -> None:
    async with world("a", "b") as there:
        for jump in (DAY, -2 * DAY):
            there.clock.jump(jump)
            await there.clock.advance(60)
        assert there.led == ["a"]


async def test_an_error_of_the_candidate_ends_the_election() -> None:
    async with world("a") as there:
        broken = there.add("b")
        broken.error = RuntimeError("no certificate")

        await there.replicas[0].stop()
        await there.clock.advance(DURATION)
        with pytest.raises(RuntimeError, match="no certificate"):
            await broken.running
        there.replicas.remove(broken)


@pytest.mark.parametrize("seed", range(4))
async def test_there_are_never_two_leaders_under_random_failures(seed: int) -> None:
    rng = random.Random(seed)  # noqa: S311 - a simulation
    async with world("a", "b", "c") as there:
        for number in range(40):
            replica = rng.choice(there.replicas)
            match rng.choice(_EVENTS):
                case "cut" | "hanging" | "loses_responses" as failure:
                    setattr(replica.connection, failure, True)
                case "delay":
                    replica.connection.delay, replica.connection.response_delay = rng.uniform(0, 4), rng.uniform(0, 8)
                case "heal":
                    replica.connection.cut = replica.connection.hanging = replica.connection.loses_responses = False
                    replica.connection.delay = replica.connection.response_delay = 0.0
                case "die" | "stop" as end:
                    replica.connection.hanging = False
                    await asyncio.gather(getattr(replica, end)(), there.clock.advance(20))
                    there.replicas.remove(replica)
                    there.add(f"{replica.name}{number}", rng.uniform(-DAY, DAY))
                case "delete":
                    there.lock.record = None
                case _:
                    there.clock.jump(rng.uniform(-DAY, DAY))
            await there.clock.advance(rng.uniform(0, 2 * DURATION))
            assert len(there.pollers()) <= 1
        for replica in there.replicas:
            replica.connection.cut = replica.connection.hanging = replica.connection.loses_responses = False
            replica.connection.delay = replica.connection.response_delay = 0.0
        await there.clock.advance(3 * DURATION)
        assert len(there.pollers()) == 1
        assert len(there.led) > 3
