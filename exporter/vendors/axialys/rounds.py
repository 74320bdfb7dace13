"""Asking for many things one by one, spread over the interval, where one that fails costs no other."""

from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

from exporter.clock import Clock
from exporter.errors import PollError, Reason
from exporter.vendors.document import Notes

T = TypeVar("T")
R = TypeVar("R")

# What is left of the interval is for the answer to the last request.
_SPREAD_SHARE = 0.8
# What would befall the next request alike: to go on asking would only make it worse.
_OF_ALL = frozenset({Reason.THROTTLED, Reason.CONNECTION, Reason.TLS, Reason.TIMEOUT})


class Rounds:
    """The rounds of one resource."""

    def __init__(self, name: str, interval: float, clock: Clock) -> None:
        """Prepare the rounds.

        Args:
            name: The resource, for the notes.
            interval: Seconds that a round may take.
            clock: Tells when the next is to be asked for.
        """
        self._name = name
        self._spread = _SPREAD_SHARE * interval
        self._clock = clock
        self._done = False

    async def go(self, things: Sequence[T], ask: Callable[[T], Awaitable[R]], notes: Notes) -> tuple[R, ...]:
        """Ask for each thing and return the answers; the first round hurries, because somebody waits for it.

        Args:
            things: What to ask for.
            ask: Asks for one; raises PollError where there is no usable answer.
            notes: Receives why one has none.

        Raises:
            PollError: None has a usable answer, or what went wrong concerns them all.
        """
        began = self._clock.monotonic()
        step = self._spread / len(things) if things and self._done else 0.0
        found: list[R] = []
        failure: PollError | None = None
        for index, thing in enumerate(things):
            await self._clock.sleep(max(0.0, began + index * step - self._clock.monotonic()))
            try:
                found.append(await ask(thing))
            except PollError as error:
                # Refused credentials are refused for all; with good ones, what is refused is the one thing.
                if error.reason in _OF_ALL or (error.reason is Reason.AUTH and not found):
                    raise
                failure = error
                notes.append((self._name, str(error)))
        if failure is not None and not found:
            raise failure
        self._done = True
        return tuple(found)
