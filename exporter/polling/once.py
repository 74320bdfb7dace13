"""Polls a resource a single time, outside the schedule: for `check --connect` and recordings."""

import asyncio
from typing import NamedTuple

from exporter.errors import PollError, Reason
from exporter.model import Snapshot
from exporter.runtime.clock import Clock
from exporter.settings import TargetSettings
from exporter.vendors.base import Resource
from exporter.vendors.toolkit.cadence import Cadence
from exporter.vendors.toolkit.http import Http

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
    """

    snapshot: Snapshot | None
    error: PollError | None
    seconds: float
    gets: int
    cadence: Cadence

    @property
    def failure(self) -> str:
        """Why it failed, with the reason; "" if it did not."""
        return "" if self.error is None else f"{self.error.reason.value}: {self.error}"


async def poll_once(target: TargetSettings, resource: Resource, http: Http, clock: Clock) -> Polled:
    """Poll a resource until it returns data, at most for as long as a poll may take.

    Args:
        target: The target.
        resource: One of its resources.
        http: Counts the requests.
        clock: The time.
    """
    pause = resource.remaining_pause()
    if pause <= _LONGEST_PAUSE_SECONDS:
        await clock.sleep(pause)
    cadence = resource.cadence or Cadence(target.poll, resource.floor, resource.every, resource.paced)
    started, gets = clock.monotonic(), http.gets
    answer, failure = "no answer", None
    snapshot = None
    try:
        async with asyncio.timeout(cadence.timeout):
            while (snapshot := await resource.fetch()) is None:
                answer = "requests succeed, but the vendor returned no data"
                await clock.sleep(_ASK_AGAIN_SECONDS)
                gets = http.gets
    except PollError as error:
        failure = error
    except TimeoutError:
        failure = PollError(Reason.TIMEOUT, f"{answer} within {cadence.timeout:g}s")
    return Polled(snapshot, failure, clock.monotonic() - started, http.gets - gets, cadence)
