"""The back-off of refused sign-ins: one for each account, because repeated refusals lock an account, not a target."""

import asyncio
from collections.abc import Hashable
from typing import NamedTuple
from weakref import WeakKeyDictionary

from exporter.errors import PollError
from exporter.polling.schedule import Schedule
from exporter.runtime.clock import Clock
from exporter.vendors.toolkit.pacing import wait_first

# How soon a resource is polled after another one has signed in for the first time since a refusal.
_PROBE_SECONDS = 0.5
# The share of the interval after which the resource that was refused last signs in, if no other has.
_YIELD_SHARE = 0.05
# How long the other targets of an account wait at the start for the outcome of the first sign-in.
_FIRST_PROBE_SECONDS = 2.0


class Poller(NamedTuple):
    """A resource that signs in with the account.

    Attributes:
        target: The name of its target.
        resource: Its name.
    """

    target: str
    resource: str


class SignInBackoff:
    """Decides when the resources of all targets with one account may sign in."""

    def __init__(self, clock: Clock) -> None:
        """Start without a refusal.

        Args:
            clock: Measures pauses.
        """
        self._clock = clock
        self._refusal: PollError | None = None
        self._refusals = 0
        self._refused_at = float("-inf")
        self._refused_until = float("-inf")
        self._refused_by: set[Poller] = set()
        self._yielding: Poller | None = None
        self._yields_until = float("-inf")
        self._ended = asyncio.Event()
        self._prober: Poller | None = None
        self._probe_until = float("-inf")
        # Until when other targets wait for the first sign-in of the account; None before it.
        self._first_until: float | None = None
        # Resources that are refused while others are accepted with the same credentials.
        self._refused_alone: set[Poller] = set()

    @property
    def refusal(self) -> PollError | None:
        """The refused sign-in that pauses the account, None if none does."""
        return self._refusal if self._clock.monotonic() < self._refused_until else None

    def refuse(self, error: PollError, poller: Poller, poll_interval: float) -> None:
        """Record a refused sign-in and pause all resources of the account, longer after each refusal in succession.

        The refusals of polls that were under way at the same time count as one.

        Args:
            error: The failure of the poll.
            poller: The resource that was polled.
            poll_interval: The configured interval of its target.
        """
        now = self._clock.monotonic()
        if now < self._refused_until or poller in self._refused_alone:
            return
        self._refused_alone.clear()
        self._refusal, self._refused_at = error, now
        self._refused_by.add(poller)
        self._refused_until = now + Schedule.sign_in_pause(error, self._refusals, poll_interval)
        self._refusals += 1
        # Another resource signs in next: the refusal may concern this one only.
        self._yielding, self._yields_until = poller, self._refused_until + _YIELD_SHARE * poll_interval

    def accept(self, poller: Poller, started: float) -> None:
        """Record a successful poll, which ends the back-off.

        Args:
            poller: The resource that was polled.
            started: When the poll started; one that started before the last refusal proves nothing.
        """
        if started < self._refused_at:
            return
        self._refused_alone |= self._refused_by - {poller}
        self._refused_alone.discard(poller)
        if self._first_until is None or self._clock.monotonic() < self._first_until:
            self._wake()
        self._first_until = float("-inf")
        self._end()

    def retry(self) -> None:
        """End the back-off at once, because the account may have been corrected."""
        if self._refusals:
            self._first_until = None
        self._end()
        self._wake()

    async def wait(self, seconds: float) -> None:
        """Wait for a pause to end, or for the end of the back-off."""
        await wait_first(self._clock.sleep(seconds), self._ended.wait())

    def begin(self, poller: Poller, poll_interval: float) -> None:
        """Record the start of a poll; the first after a refused sign-in delays the others until its outcome is known.

        Args:
            poller: The resource that is polled.
            poll_interval: The longest delay in seconds.
        """
        now = self._clock.monotonic()
        if self._refusals:
            self._prober = poller
            self._probe_until = now + poll_interval
        elif self._first_until is None or now < self._first_until:
            self._prober = self._prober or poller
            self._first_until = self._first_until or now + _FIRST_PROBE_SECONDS

    def end(self, poller: Poller) -> None:
        """Record the end of a poll."""
        if self._prober == poller:
            self._prober = None

    def remaining_pause(self, poller: Poller) -> float:
        """Return the seconds after which to ask again whether a resource may sign in, 0 if it may now."""
        now = self._clock.monotonic()
        pause = (self._yields_until if poller == self._yielding else self._refused_until) - now
        if pause > 0 or self._prober is None or self._prober == poller:
            return max(0.0, pause)
        if self._refusals:
            until = self._probe_until
        else:
            until = now if self._first_until is None or self._prober.target == poller.target else self._first_until
        return max(0.0, min(_PROBE_SECONDS, until - now))

    def _end(self) -> None:
        self._refused_by.clear()
        self._refusals = 0
        self._refused_until = self._yields_until = float("-inf")

    def _wake(self) -> None:
        self._ended.set()
        self._ended = asyncio.Event()


# By clock, because times of different clocks cannot be compared.
_ACCOUNTS: WeakKeyDictionary[Clock, dict[Hashable, SignInBackoff]] = WeakKeyDictionary()


def sign_in_backoff_of(account: Hashable, clock: Clock) -> SignInBackoff:
    """Return the back-off of an account.

    Args:
        account: Identifies the account and its credentials; not a secret.
        clock: Measures pauses.
    """
    return _ACCOUNTS.setdefault(clock, {}).setdefault(account, SignInBackoff(clock))
