"""The pause that a vendor requested, which applies to every request of the account."""

from collections.abc import Hashable
from weakref import WeakKeyDictionary

from exporter.errors import PollError, Reason
from exporter.runtime.clock import Clock


class RequestedPause:
    """Remembers until when a vendor accepts no requests."""

    def __init__(self, clock: Clock, default: float) -> None:
        """Start without a pause.

        Args:
            clock: Measures the pause.
            default: Seconds to pause after a 429 without `Retry-After`.
        """
        self._clock = clock
        self._default = default
        self._until = float("-inf")
        self._cause: PollError | None = None

    def remaining(self) -> float:
        """Return the seconds until the next request is accepted, 0 if it is accepted now."""
        return max(0.0, self._until - self._clock.monotonic())

    def record(self, error: PollError) -> None:
        """Pause if the vendor throttles; other failures concern only their request."""
        if error.reason is not Reason.THROTTLED:
            return
        delay = self._default if error.retry_after is None else error.retry_after
        until = self._clock.monotonic() + delay
        if until > self._until:
            self._until, self._cause = until, error

    def require_ended(self, request: str) -> None:
        """Fail a request without sending it while the pause lasts.

        Args:
            request: The request, for the message.

        Raises:
            PollError: The pause has not ended.
        """
        cause, pause = self._cause, self.remaining()
        if cause is not None and pause > 0:
            message = f"{request}: not sent, the server requested a pause"
            raise PollError(cause.reason, message, retry_after=pause) from cause


# By clock, because times of different clocks cannot be compared.
_PAUSES: WeakKeyDictionary[Clock, dict[Hashable, RequestedPause]] = WeakKeyDictionary()


def pause_of(account: Hashable, clock: Clock, default: float) -> RequestedPause:
    """Return the pause of an account, which all its targets share and a reload keeps.

    Args:
        account: The key by which the vendor limits requests; not a secret.
        clock: Measures the pause.
        default: Seconds to pause after a 429 without `Retry-After`.
    """
    return _PAUSES.setdefault(clock, {}).setdefault(account, RequestedPause(clock, default))
