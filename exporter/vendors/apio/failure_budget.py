"""How many agents may fail until the poll has."""

from collections import Counter

from exporter.errors import PollError
from exporter.vendors.toolkit.json_document import Notes

_TOLERATED_SHARE = 10


class Tally:
    """The failures of one poll.

    An agent's failure costs that agent, whatever it is, until more than a tenth of them fail: what is left would not be
    the contact centre any more.
    """

    def __init__(self, total: int) -> None:
        """Begin a poll.

        Args:
            total: How many agents there are.
        """
        self._total = total
        self.failures: list[PollError] = []

    @property
    def lost(self) -> bool:
        """Whether the poll has failed, however the agents not yet asked would answer."""
        return len(self.failures) * _TOLERATED_SHARE > self._total

    def failed(self, error: PollError) -> None:
        """Count the failure of one agent."""
        self.failures.append(error)

    def require_enough(self, notes: Notes) -> None:
        """Say why the poll failed, where it did.

        Args:
            notes: What had no meaning in the answers, which goes with the failure.

        Raises:
            PollError: Too many agents failed; the reason is that of most of them.
        """
        if not self.lost:
            return
        [(reason, _)] = Counter(error.reason for error in self.failures).most_common(1)
        example = next(error for error in self.failures if error.reason is reason)
        waits = [error.retry_after for error in self.failures if error.retry_after is not None]
        message = f"{len(self.failures)} of {self._total} agents failed, most like this one: {example}"
        raise PollError(reason, message, retry_after=max(waits, default=None), unmapped=tuple(notes)) from example
