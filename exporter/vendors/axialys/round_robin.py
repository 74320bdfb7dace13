"""Asking for many things one by one, spread over the interval, where one that fails costs no other."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

from exporter.errors import PollError, Reason
from exporter.runtime.clock import Clock
from exporter.vendors.toolkit.json_document import Notes
from exporter.vendors.toolkit.pacing import Pace, visit_each

T = TypeVar("T")
R = TypeVar("R")

# What is left of the interval is for the answer to the last request.
_SPREAD_SHARE = 0.8
# What would befall the next request alike: to go on asking would only make it worse.
_OF_ALL = frozenset({Reason.THROTTLED, Reason.CONNECTION, Reason.TLS, Reason.TIMEOUT})


class Rounds:
    """The rounds of one resource."""

    def __init__(
        self, name: str, interval: float, clock: Clock, *, at_once: int = 1, patience: float | None = None
    ) -> None:
        """Prepare the rounds.

        Args:
            name: The resource, for the notes.
            interval: Seconds that a round may take.
            clock: Tells when the next is to be asked for.
            at_once: How many things may be asked for at once.
            patience: Seconds after which one thing has failed by itself; None waits as long as the poll may take.
        """
        self._name = name
        self._spread = _SPREAD_SHARE * interval
        self._clock = clock
        self._at_once = at_once
        self._patience = patience
        self._done = False

    async def go(self, things: Sequence[T], ask: Callable[[T], Awaitable[R]], notes: Notes) -> tuple[R, ...]:
        """Ask for each thing and return the answers in its order; the first round hurries, as somebody waits for it.

        Args:
            things: What to ask for.
            ask: Asks for one; raises PollError where there is no usable answer.
            notes: Receives why one has none.

        Raises:
            PollError: None has a usable answer, or what went wrong concerns them all.
        """
        found: dict[int, R] = {}
        failures: list[PollError] = []
        fatal: list[PollError] = []

        async def visit(index: int) -> bool:
            try:
                async with asyncio.timeout(self._patience):
                    found[index] = await ask(things[index])
            except TimeoutError:
                failures.append(PollError(Reason.TIMEOUT, f"{self._name}: no answer in time"))
            except PollError as error:
                # Refused credentials are refused for all; with good ones, what is refused is the one thing.
                of_all = error.reason in _OF_ALL or (error.reason is Reason.AUTH and not found)
                (fatal if of_all else failures).append(error)
            return not fatal

        until = self._clock.monotonic() + (self._spread if self._done else 0.0)
        await visit_each(range(len(things)), visit, Pace(until, self._at_once), self._clock)
        if fatal or (failures and not found):
            raise (fatal or failures)[0]
        notes.extend((self._name, str(error)) for error in failures)
        self._done = True
        return tuple(found[index] for index in sorted(found))
