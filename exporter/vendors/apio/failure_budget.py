"""Number of agents that may fail before the poll fails."""

from collections import Counter

from exporter.errors import PollError
from exporter.vendors.toolkit.json_document import Notes

_TOLERATED_ONE_IN = 10


class FailureBudget:
    """Failures of one poll.

    A failed agent is missing from the snapshot, whatever the error. If more than a tenth fail, the poll fails, because
    the remaining agents no longer represent the contact centre.
    """

    def __init__(self, total: int) -> None:
        """Start with no failures.

        Args:
            total: Number of agents.
        """
        self._total = total
        self.failures: list[PollError] = []

    @property
    def exceeded(self) -> bool:
        """Whether the poll has failed, whatever the remaining agents return."""
        return len(self.failures) * _TOLERATED_ONE_IN > self._total

    def add(self, error: PollError) -> None:
        """Count the failure of one agent."""
        self.failures.append(error)

    def require_not_exceeded(self, notes: Notes) -> None:
        """Fail the poll if too many agents failed.

        Args:
            notes: Unmapped values of the responses, reported with the failure.

        Raises:
            PollError: Too many agents failed; the reason is the most common one.
        """
        if not self.exceeded:
            return
        [(reason, _)] = Counter(error.reason for error in self.failures).most_common(1)
        example = next(error for error in self.failures if error.reason is reason)
        delays = [error.retry_after for error in self.failures if error.retry_after is not None]
        message = f"{len(self.failures)} of {self._total} agents failed; most common error: {example}"
        raise PollError(
            reason, message, retry_after=max(delays, default=None), unmapped=tuple(notes), sign_in=example.sign_in
        ) from example
