"""Real exporters that compete for a Lease: processes, a stub of the Kubernetes API and a vendor that logs requests."""

import asyncio
import os
import signal
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final, Literal, NamedTuple

import aiohttp
from aiohttp import web
from aiohttp.test_utils import TestServer

from tests.support.kubernetes_api import Kubernetes, kubernetes
from tests.support.programs import EXPORTER, Program, eventually

Fault = Literal["kill", "stop", "freeze"]
FAULTS: Final[tuple[Fault, ...]] = ("kill", "stop", "freeze")
_SIGNALS: Final = {"kill": signal.SIGKILL, "stop": signal.SIGTERM, "freeze": signal.SIGSTOP}
_LISTENING: Final = r"msg=listening .*\bport=(\d+)"
_POLLED: Final = 'contactcenter_up{target="amsterdam",resource="queues"} 1'
_CONFIGURATION: Final = """\
leader_election: {{lease: exporter, duration: {lease}s}}
poll: {{interval: 1s}}
targets:
  - {{name: amsterdam, vendor: kpn, url: "{url}", token_url: "{url}/token", client_id: "{name}", client_secret: s3cret}}
"""


class Request(NamedTuple):
    """A request to the vendor.

    Attributes:
        replica: The name of the replica that sent it.
        path: Its path.
        at: When it arrived, in seconds of the monotonic clock.
    """

    replica: str
    path: str
    at: float


class Vendor:
    """A vendor that returns no data and logs which replica asked for it.

    Attributes:
        requests: All requests, in the order of their arrival.
    """

    def __init__(self) -> None:
        self.requests: list[Request] = []
        self.application = web.Application()
        self.application.router.add_post("/token", self._sign_in)
        self.application.router.add_get("/{path:.*}", self._data)

    def sent(self, replica: str) -> list[Request]:
        """Return the requests of a replica."""
        return [request for request in self.requests if request.replica == replica]

    async def _sign_in(self, request: web.Request) -> web.Response:
        name = str((await request.post())["client_id"])
        self._log(name, request.path)
        return web.json_response({"access_token": name, "expires_in": 5})

    async def _data(self, request: web.Request) -> web.Response:
        self._log(request.headers["Authorization"].removeprefix("Bearer "), request.path)
        return web.json_response({"Error": None, "DataSet": {"queues": [], "agents": [], "trunks": []}})

    def _log(self, replica: str, path: str) -> None:
        self.requests.append(Request(replica, path, time.monotonic()))


class Exporter:
    """A running replica."""

    def __init__(self, name: str, program: Program) -> None:
        self.name = name
        self.program = program

    async def page(self) -> str:
        """Return its metrics, empty if it does not respond soon."""
        timeout = aiohttp.ClientTimeout(total=0.5)
        try:
            async with aiohttp.ClientSession(timeout=timeout) as session, session.get(self.url) as response:
                return await response.text()
        except (aiohttp.ClientError, TimeoutError):
            return ""

    @property
    def url(self) -> str:
        """The URL of its metrics."""
        return f"http://127.0.0.1:{self.program.port}/metrics"

    def send(self, number: signal.Signals) -> None:
        """Send it a signal."""
        self.program.process.send_signal(number)


class Cluster:
    """Replicas of one configuration.

    Attributes:
        api: The Kubernetes API.
        vendor: The vendor.
        replicas: The replicas that run.
    """

    def __init__(self, api: Kubernetes, environment: dict[str, str], directory: Path, lease: int) -> None:
        self.api = api
        self.vendor = Vendor()
        self.replicas: list[Exporter] = []
        self.url = ""
        self._environment = environment
        self._directory = directory
        self._lease = lease
        self._started = 0

    async def add(self) -> Exporter:
        """Start a replica and return it when it listens."""
        self._started += 1
        name = f"replica-{self._started}"
        config = self._directory / f"{name}.yml"
        config.write_text(_CONFIGURATION.format(name=name, url=self.url, lease=self._lease))
        command = [*EXPORTER, f"--config.file={config}", "--web.listen-address=127.0.0.1:0"]
        process = await asyncio.create_subprocess_exec(
            *command, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT, env=self._environment
        )
        program = Program(process)
        program.port = int((await program.wait_for(_LISTENING))[1])
        self.replicas.append(Exporter(name, program))
        return self.replicas[-1]

    async def leader(self, other_than: Exporter | None = None) -> Exporter:
        """Return the replica that leads and polls successfully, as soon as there is one."""
        return await eventually(lambda: self._leader(other_than), seconds=4 * self._lease)

    async def fail_over(self, fault: Fault) -> float:
        """Let the leader fail and replace it; return the seconds until another replica polls the vendor."""
        leader = await self.leader()
        await asyncio.sleep(self._lease / 5 * (self._started % 7) / 7)  # the moment between two renewals varies
        self.replicas.remove(leader)
        before = len(self.vendor.requests)
        failed_at = time.monotonic()
        leader.send(_SIGNALS[fault])
        polled = await eventually(lambda: self._polled(before, leader), seconds=4 * self._lease)
        if fault == "freeze":
            await asyncio.sleep(1)
            leader.send(signal.SIGCONT)
            await asyncio.sleep(2)
            assert not [request for request in self.vendor.sent(leader.name) if request.at > polled], (
                "it polled on waking"
            )
        await leader.program.stop()
        await self.add()
        return polled - failed_at

    async def stop(self) -> None:
        """Stop all replicas."""
        await asyncio.gather(*(replica.program.stop() for replica in self.replicas))

    async def _leader(self, other_than: Exporter | None) -> Exporter | None:
        for replica in self.replicas:
            if (
                replica is not other_than
                and 'contactcenter_up{target="amsterdam",resource="queues"} 1' in await replica.page()
            ):
                return replica
        return None

    async def _polled(self, before: int, leader: Exporter) -> float | None:
        """Return when another replica than the leader first sent a request."""
        return next((each.at for each in self.vendor.requests[before:] if each.replica != leader.name), None)


@asynccontextmanager
async def cluster(directory: Path, lease: int, replicas: int = 3) -> AsyncIterator[Cluster]:
    """Run replicas of one configuration, with a lease of that many seconds."""
    async with kubernetes(directory) as (api, config):
        created = Cluster(api, {**os.environ, "KUBECONFIG": str(config)}, directory, lease)
        async with TestServer(created.vendor.application) as server:
            created.url = str(server.make_url("")).rstrip("/")
            try:
                for _ in range(replicas):
                    await created.add()
                yield created
            finally:
                await created.stop()
