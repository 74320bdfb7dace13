"""How many agents may fail until the poll has."""

from collections import Counter

from exporter.errors import PollError, Reason
from exporter.vendors.apio.api import SignInError

_TOLERATED_SHARE = 10


class Tally:
    """The failures of one poll.

    An agent's failure costs that agent, until more than a tenth of them fail: what is left would not be the contact
    centre any more. Two failures are nobody's own and end the poll at once: that there is no token to be had, and that
    the server asks us to slow down.
    """

    def __init__(self, total: int) -> None:
        """Begin a poll.

        Args:
            total: How many agents there are.
        """
        self._total = total
        self._failures: list[PollError] = []
        self._final: PollError | None = None

    @property
    def lost(self) -> bool:
        """Whether the poll has failed, however the agents not yet asked would answer."""
        return self._final is not None or len(self._failures) * _TOLERATED_SHARE > self._total

    def failed(self, error: PollError) -> None:
        """Count the failure of one agent."""
        self._failures.append(error)
        if isinstance(error, SignInError) or error.reason is Reason.THROTTLED:
            self._final = self._final or error

    def require_enough(self) -> None:
        """Say why the poll failed, where it did.

        Raises:
            PollError: Too many agents failed; the reason is that of most of them.
        """
        if self._final is not None:
            raise self._final
        if not self.lost:
            return
        [(reason, _)] = Counter(error.reason for error in self._failures).most_common(1)
        example = next(error for error in self._failures if error.reason is reason)
        waits = [error.retry_after for error in self._failures if error.retry_after is not None]
        message = f"{len(self._failures)} of {self._total} agents failed, most like this one: {example}"
        raise PollError(reason, message, retry_after=max(waits, default=None)) from example
