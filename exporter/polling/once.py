"""Polls a resource a single time, outside the schedule: for `check --connect` and recordings."""

import asyncio
from collections.abc import Iterable, Mapping
from typing import NamedTuple

import structlog

from exporter.errors import PollError, Reason
from exporter.model import Snapshot
from exporter.runtime.clock import Clock
from exporter.runtime.containment import catch_unexpected
from exporter.settings import TargetSettings
from exporter.vendors.base import Resource
from exporter.vendors.toolkit.cadence import Cadence
from exporter.vendors.toolkit.http import Http

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)

# A vendor that prepares its data after the sign-in is asked again this often.
_ASK_AGAIN_SECONDS = 0.5
# A longer pause is reported by the poll itself.
_LONGEST_PAUSE_SECONDS = 60.0


class Polled(NamedTuple):
    """The result of a poll.

    Attributes:
        snapshot: What it returned, None if it failed.
        error: Why it failed, None if it did not.
        seconds: Its duration.
        gets: The GET requests of the last attempt.
        cadence: The times of the resource.
        needed: The resource that failed and whose data it needs to send a request, "" if there is none.
    """

    snapshot: Snapshot | None
    error: PollError | None
    seconds: float
    gets: int
    cadence: Cadence
    needed: str = ""

    @property
    def failure(self) -> str:
        """Why it failed, with the reason; "" if it did not."""
        if self.needed:
            return f"not requested: {self.needed} failed"
        return "" if self.error is None else f"{self.error.reason.value}: {self.error}"


async def poll_each(
    target: TargetSettings, resources: Iterable[Resource], http: Http, clock: Clock
) -> Mapping[Resource, Polled]:
    """Poll resources of a target one after the other; return the result of each."""
    polls: dict[Resource, Polled] = {}
    for resource in resources:
        failed = next((each.name for each, polled in polls.items() if polled.failure), "")
        polls[resource] = await poll_once(target, resource, http, clock, failed)
    return polls


async def poll_once(target: TargetSettings, resource: Resource, http: Http, clock: Clock, failed: str = "") -> Polled:
    """Poll a resource until it returns data, at most for as long as a poll may take.

    Args:
        target: The target.
        resource: One of its resources.
        http: Counts the requests.
        clock: The time.
        failed: A resource of the target that failed before, "" if there is none.
    """
    pause = resource.remaining_pause()
    if pause <= _LONGEST_PAUSE_SECONDS:
        await clock.sleep(pause)
    cadence = resource.cadence or Cadence(target.poll, resource.floor, resource.every, resource.paced)
    started, gets = clock.monotonic(), http.gets
    answer, failure = "no answer", None
    snapshot = None
    try:
        with catch_unexpected(PollError, TimeoutError) as caught:
            async with asyncio.timeout(cadence.timeout):
                # One that sends no request needs the data of the failed one.
                while (snapshot := await resource.fetch()) is None and not (failed and http.gets == gets):
                    answer = "requests succeed, but the vendor returned no data"
                    await clock.sleep(_ASK_AGAIN_SECONDS)
                    gets = http.gets
        if caught.error is not None:
            failure = PollError(Reason.INVALID, f"unexpected {type(caught.error).__name__}")
            log.error("poll failed", target=target.name, resource=resource.name, exc_info=caught.error)
    except PollError as error:
        failure = error
    except TimeoutError:
        failure = PollError(Reason.TIMEOUT, f"{answer} within {cadence.timeout:g}s")
    needed = failed if snapshot is None and failure is None else ""
    return Polled(snapshot, failure, clock.monotonic() - started, http.gets - gets, cadence, needed)
