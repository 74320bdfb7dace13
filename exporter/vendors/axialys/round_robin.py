"""Request many items one by one, spread over the interval; a failing item does not fail the others."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

from exporter.errors import PollError, Reason
from exporter.runtime.clock import Clock
from exporter.vendors.toolkit.cadence import Cadence
from exporter.vendors.toolkit.json_document import Notes
from exporter.vendors.toolkit.pacing import Pace, visit_each

T = TypeVar("T")
R = TypeVar("R")

# Errors that would affect the following requests too; continuing would add load to a failing server.
_AFFECTS_ALL = frozenset({Reason.THROTTLED, Reason.CONNECTION, Reason.TLS, Reason.TIMEOUT})
# Each counts towards the lockout of the account.
_MAX_REFUSED = 3


class RoundRobin:
    """Rounds of requests of one resource."""

    def __init__(
        self, name: str, cadence: Cadence, clock: Clock, *, at_once: int = 1, time_limit: float | None = None
    ) -> None:
        """Prepare the rounds; nothing is sent yet.

        Args:
            name: Name of the resource, for notes and messages.
            cadence: The times of the resource.
            clock: Clock that paces the requests.
            at_once: Maximum number of concurrent requests.
            time_limit: Seconds after which a single item fails; None waits until the poll times out.
        """
        self._name = name
        self._cadence = cadence
        self._clock = clock
        self._at_once = at_once
        self._time_limit = time_limit
        self._last_began: float | None = None

    async def run(self, items: Sequence[T], request: Callable[[T], Awaitable[R]], notes: Notes) -> tuple[R, ...]:
        """Request each item and return the results in the order of the items.

        The first round is not spread over the interval, so that data is available soon after the start.

        Args:
            items: Items to request.
            request: Requests one item; raises PollError if the response is unusable.
            notes: Receives the errors of failed items.

        Raises:
            PollError: Every item failed, or an error affects all of them.
        """
        results: dict[int, R] = {}
        failures: list[PollError] = []
        fatal: list[PollError] = []
        refused = 0

        async def visit(index: int) -> bool:
            nonlocal refused
            try:
                async with asyncio.timeout(self._time_limit):
                    results[index] = await request(items[index])
                refused = 0
            except TimeoutError:
                failures.append(PollError(Reason.TIMEOUT, f"{self._name}: request timed out"))
            except PollError as error:
                # If an item has succeeded the credentials are valid, and a refusal concerns the one item; several
                # refused sign-ins in succession mean that the credentials have changed since.
                refused += error.sign_in
                refused_all = error.reason is Reason.AUTH and (not results or refused >= _MAX_REFUSED)
                affects_all = error.reason in _AFFECTS_ALL or refused_all
                (fatal if affects_all else failures).append(error)
            return not fatal

        began = self._clock.monotonic()
        until = self._cadence.spread_until(began, self._last_began)
        await visit_each(range(len(items)), visit, Pace(until, self._at_once), self._clock)
        if fatal or (failures and not results):
            raise (fatal or failures)[0]
        notes.extend((self._name, str(error)) for error in failures)
        self._last_began = began
        return tuple(results[index] for index in sorted(results))
