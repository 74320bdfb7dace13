"""Simulated replicas that compete for a Lease of a simulated API server: pauses, partitions, failures, wrong clocks.

The election and the Lease's client are the real ones; the network between them and the vendor are simulated. Every
request to the vendor is checked: once a leader has sent one, no earlier leader may send another.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final, TypeVar

import httpx2

from exporter.cluster.election import REQUEST_TIMEOUT, Election
from exporter.cluster.kubernetes_lease import KubernetesLease
from exporter.cluster.lock import Record
from tests.support.lease_store import ApiError, LeaseStore

T = TypeVar("T")

DURATION: Final = 15.0
NAMESPACE: Final = "voice"
NAME: Final = "exporter"
LEASE: Final = (NAMESPACE, NAME)
_WALL: Final = 1_800_000_000.0
_POLL_SECONDS: Final = 2.0
_SIGN_IN_SECONDS: Final = 0.4
_SIGN_OUT_SECONDS: Final = 0.3
# Shorter steps would be lost in the precision of the clock.
_ONE_MICROSECOND: Final = 1e-6


class Process:
    """A process that can be frozen: nothing of it runs until it continues.

    Attributes:
        alive: Whether it has not ended.
    """

    def __init__(self) -> None:
        self.alive = True
        self._loop = asyncio.get_running_loop()
        self._running = asyncio.Event()
        self._running.set()
        self._suspended_at: float | None = None
        self._suspended = 0.0

    @property
    def frozen(self) -> bool:
        """Whether it is frozen."""
        return not self._running.is_set()

    def timer(self) -> float:
        """Return the time of its timers, which stand still while its machine is suspended."""
        now = self._loop.time()
        return (now if self._suspended_at is None else self._suspended_at) - self._suspended

    def freeze(self, *, suspend: bool) -> None:
        """Freeze it; its timers continue unless the machine is suspended."""
        self._running.clear()
        self._suspended_at = self._loop.time() if suspend else None

    def thaw(self) -> None:
        """Continue."""
        if self._suspended_at is not None:
            self._suspended += self._loop.time() - self._suspended_at
            self._suspended_at = None
        self._running.set()

    async def run(self, work: Awaitable[T]) -> T:
        """Return the result of work, or raise its error, not before the process continues."""
        try:
            return await work
        finally:
            await self._running.wait()

    async def sleep(self, seconds: float) -> None:
        """Return after that many seconds of its timers."""
        end = self.timer() + seconds
        while True:
            await asyncio.sleep(max(end - self.timer(), _ONE_MICROSECOND))
            await self._running.wait()
            if self.timer() >= end:
                return


class ProcessClock:
    """The clock of one process.

    Attributes:
        skew: The seconds by which its wall clock is ahead.
        rate: How fast its other clock runs.
    """

    def __init__(self, process: Process, skew: float, rate: float) -> None:
        self.skew = skew
        self._loop = asyncio.get_running_loop()
        self.rate = rate
        self._process = process

    def time(self) -> float:
        return _WALL + self._loop.time() + self.skew

    def monotonic(self) -> float:
        return self._loop.time() * self.rate

    async def sleep(self, seconds: float) -> None:
        await self._process.sleep(seconds / self.rate)


class Network(httpx2.AsyncBaseTransport):
    """A replica's network to the API server.

    Attributes:
        cut: Whether requests fail at once.
        hanging: Whether requests are lost, so that nothing answers them.
        loses_responses: Whether requests arrive and their responses are lost.
        latency: The seconds a request takes to the server.
        response_latency: The seconds a response takes.
        status: The status of every response, 0 for normal operation.
        requests: The method and path of every request.
    """

    def __init__(self, store: LeaseStore) -> None:
        self._store = store
        self._under_way: set[asyncio.Task[None]] = set()
        self.requests: list[tuple[str, str]] = []
        self.heal()

    def heal(self) -> None:
        """Return to normal operation; requests that hang fail."""
        self.cut = self.hanging = self.loses_responses = False
        self.latency = self.response_latency = 0.0
        self.status = 0
        for task in self._under_way:
            task.cancel()

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Carry a request; it may arrive after its sender has given up."""
        self.requests.append((request.method, request.url.path))
        response: asyncio.Future[httpx2.Response] = asyncio.get_running_loop().create_future()
        task = asyncio.create_task(self._carry(request, response))
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)
        task.add_done_callback(lambda _task: _raise_on(response, httpx2.ConnectError("lost")))
        return await asyncio.shield(response)

    async def _carry(self, request: httpx2.Request, response: "asyncio.Future[httpx2.Response]") -> None:
        if self.cut:
            _raise_on(response, httpx2.ConnectError("no route to host"))
            return
        while self.hanging:  # noqa: ASYNC110 - an attribute that tests set
            await asyncio.sleep(1.0)
        await asyncio.sleep(self.latency)
        answer = self._answer(request)
        await asyncio.sleep(self.response_latency)
        if self.loses_responses:
            _raise_on(response, httpx2.ReadError("connection reset"))
        elif not response.done():
            response.set_result(answer)

    def _answer(self, request: httpx2.Request) -> httpx2.Response:
        if self.status:
            return _response(ApiError(self.status, "Failure", "injected"))
        key = (NAMESPACE, request.url.path.rpartition("/")[2])
        try:
            match request.method:
                case "GET":
                    return httpx2.Response(200, json=self._store.get(key))
                case "PUT":
                    return httpx2.Response(200, json=self._store.update(key, json.loads(request.content)))
                case _:
                    lease = json.loads(request.content)
                    created = self._store.create((NAMESPACE, lease["metadata"]["name"]), lease)
                    return httpx2.Response(201, json=created)
        except ApiError as error:
            return _response(error)


class _ProcessLock:
    """The Lease as a process sees it: nothing returns while the process is frozen."""

    def __init__(self, lease: KubernetesLease, process: Process) -> None:
        self._lease = lease
        self._process = process

    async def read(self) -> Record | None:
        return await self._process.run(self._lease.read())

    async def write(self, record: Record) -> Record:
        return await self._process.run(self._lease.write(record))

    async def mark_held(self, holder: str) -> bool:
        return await self._process.run(self._lease.mark_held(holder))


class Replica:
    """A replica that polls a vendor while it leads: a sign-in, then data, then the next poll.

    Attributes:
        polls: Whether it has started to poll and not stopped.
        requests: The requests it sent to the vendor.
        start_seconds: How long it takes to start, as with thousands of targets whose state is on a slow disk.
    """

    def __init__(self, world: "World", name: str, skew: float = 0.0, rate: float = 1.0) -> None:
        self.name = name
        self.polls = False
        self.requests = 0
        self.start_seconds = 0.0
        self.error: Exception | None = None
        self.network = Network(world.store)
        self.process = Process()
        self.clock = ProcessClock(self.process, skew, rate)
        lease = KubernetesLease(NAME, NAMESPACE, REQUEST_TIMEOUT * DURATION, self.network)
        self.election = Election(_ProcessLock(lease, self.process), self, name, DURATION, self.clock)
        self._world = world
        self._term = 0
        self._polling: asyncio.Task[None] | None = None
        self.running = asyncio.create_task(self.election.run())

    async def start_leading(self) -> None:
        if self.error is not None:
            raise self.error
        if self.start_seconds:
            await self.clock.sleep(self.start_seconds)
        self._term = self._world.next_term(self.name)
        self.polls = True
        self._polling = asyncio.create_task(self._poll())

    async def stop_leading(self) -> None:
        if self._polling is not None:
            self._polling.cancel()
        self.polls = False
        await self.clock.sleep(_SIGN_OUT_SECONDS)
        if self.election.excludes_others:
            self._send()

    async def stop(self) -> None:
        """Stop as after SIGTERM."""
        self.running.cancel()
        await asyncio.gather(self.running, return_exceptions=True)
        await self.election.resign()
        self.process.alive = False

    async def die(self) -> None:
        """Stop without releasing the lock."""
        self.process.alive = self.polls = False
        tasks = [task for task in (self.running, self._polling) if task is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _poll(self) -> None:
        while True:
            for _ in ("sign-in", "data"):
                if self.election.leading:
                    self._send()
                await self.clock.sleep(_SIGN_IN_SECONDS)
            await self.clock.sleep(_POLL_SECONDS)

    def _send(self) -> None:
        self.requests += 1
        self._world.record_request(self.name, self._term)


class World:
    """Replicas, the API server and the vendor.

    Attributes:
        store: What the API server stores.
        replicas: The replicas that have not ended.
        led: The names of the leaders, in order.
        violations: What must never happen, and did.
    """

    def __init__(self) -> None:
        self.store = LeaseStore()
        self.replicas: list[Replica] = []
        self.led: list[str] = []
        self.violations: list[str] = []
        self._last_request = (0, "")

    def add(self, name: str, skew: float = 0.0, rate: float = 1.0) -> Replica:
        """Start a replica."""
        self.replicas.append(Replica(self, name, skew, rate))
        return self.replicas[-1]

    def next_term(self, name: str) -> int:
        """Count a new leader."""
        self.led.append(name)
        self.check()
        return len(self.led)

    def record_request(self, name: str, term: int) -> None:
        """Check a request to the vendor by a leader."""
        last, other = self._last_request
        if term < last:
            self.violations.append(f"{name} sent a request after its successor {other} had sent one")
        self._last_request = max(self._last_request, (term, name))
        self.check()

    def check(self) -> None:
        """Check that at most one replica would answer a scrape with figures."""
        leaders = self.leaders()
        if len(leaders) > 1:
            self.violations.append(f"{' and '.join(leaders)} lead at the same time")

    def leaders(self) -> list[str]:
        """Return the names of the replicas that lead at this moment."""
        return [replica.name for replica in self.replicas if replica.process.alive and replica.election.leading]

    def pollers(self) -> list[str]:
        """Return the names of the replicas that poll."""
        return [replica.name for replica in self.replicas if replica.polls]

    async def seconds_until_led(self, name: str | None = None, at_most: float = DURATION) -> float:
        """Return the seconds until a replica leads, any if no name is given; fail after a time."""
        loop = asyncio.get_running_loop()
        started = loop.time()
        while not self.leaders() or name not in {None, *self.leaders()}:
            await asyncio.sleep(0.1)
            assert loop.time() - started <= at_most, f"{name or 'no replica'} is not leading"
        return loop.time() - started

    async def close(self) -> None:
        """End all replicas."""
        for replica in self.replicas:
            replica.process.thaw()
            await replica.die()


@asynccontextmanager
async def world(*names: str) -> AsyncIterator[World]:
    """Yield a world with replicas; the first leads, and their wall clocks differ by a day."""
    created = World()
    try:
        for number, name in enumerate(names):
            created.add(name, skew=86_400.0 * number)
            await created.seconds_until_led(names[0])
        yield created
        assert created.violations == []
        assert all(not replica.running.done() or replica.running.cancelled() for replica in created.replicas)
    finally:
        await created.close()


def _raise_on(response: "asyncio.Future[Any]", error: Exception) -> None:
    """Raise an error instead of a response, unless there is one already."""
    if not response.done():
        response.set_exception(error)


def _response(error: ApiError) -> httpx2.Response:
    return httpx2.Response(error.code, json={"kind": "Status", "message": str(error), "code": error.code})


def write_kubernetes_config(directory: Path) -> Path:
    """Write a file for KUBECONFIG whose server does not exist, and return its path."""
    context = {"cluster": "test", "user": "test", "namespace": NAMESPACE}
    config = {
        "current-context": "test",
        "clusters": [{"name": "test", "cluster": {"server": "http://kubernetes.test"}}],
        "users": [{"name": "test", "user": {"token": "token"}}],
        "contexts": [{"name": "test", "context": context}],
    }
    file = directory / "kubeconfig.json"
    file.write_text(json.dumps(config))
    return file
