"""Running totals of a queue."""

from dataclasses import dataclass


@dataclass(slots=True)
class QueueTotals:
    """Running totals of one queue since midnight.

    A contact counts once for each queue it is offered to, by arrival, transfer or overflow; its wait restarts with
    each offer. Durations are added when they end, so a conversation that passes midnight counts for the new day. At
    all times

        offered = answered + abandoned + abandoned_short + overflowed + waiting now + ringing now,

    because contacts unanswered at midnight count as the first offers of the new day.

    Attributes:
        offered: Contacts offered to the queue by arrival, transfer or overflow.
        carried: Those of them that were offered before midnight and unanswered then.
        answered: Contacts answered by an agent.
        answered_in_service_level: Answered contacts whose wait did not exceed the target.
        abandoned: Contacts that abandoned, excluding short abandons.
        abandoned_short: Contacts that abandoned within the short limit after their first offer.
        overflowed: Contacts that overflowed to another queue.
        transferred: Conversations that ended in a transfer to another queue.
        escalated: Transfers to a second-line queue.
        held: Conversations with a hold.
        redirected_on_no_answer: Ringing contacts taken back from an agent who did not answer.
        handled: Conversations that ended.
        wrap_ups: Wrap-ups that ended.
        rejected_closed: Contacts rejected while the queue was closed; never offered.
        blocked: Calls rejected because no port was idle; never offered.
        ring_seconds: Ring time of contacts that stopped ringing, answered or not.
        answer_wait_seconds: Wait time of answered contacts, including ringing.
        abandon_wait_seconds: Wait time of abandoned contacts, excluding short abandons.
        talk_seconds: Talk time, excluding holds.
        hold_seconds: Hold time.
        wrap_up_seconds: Wrap-up time.
        longest_wait_seconds: The longest wait that ended, with any outcome.
    """

    offered: int = 0
    carried: int = 0
    answered: int = 0
    answered_in_service_level: int = 0
    abandoned: int = 0
    abandoned_short: int = 0
    overflowed: int = 0
    transferred: int = 0
    escalated: int = 0
    held: int = 0
    redirected_on_no_answer: int = 0
    handled: int = 0
    wrap_ups: int = 0
    rejected_closed: int = 0
    blocked: int = 0
    ring_seconds: float = 0.0
    answer_wait_seconds: float = 0.0
    abandon_wait_seconds: float = 0.0
    talk_seconds: float = 0.0
    hold_seconds: float = 0.0
    wrap_up_seconds: float = 0.0
    longest_wait_seconds: float = 0.0

    @property
    def handle_seconds(self) -> float:
        """Seconds agents spent on contacts: talk, hold and wrap-up."""
        return self.talk_seconds + self.hold_seconds + self.wrap_up_seconds

    @property
    def service_level_ratio(self) -> float | None:
        """Answered in service level over offered minus short abandons; None if the denominator is 0."""
        return ratio(self.answered_in_service_level, self.offered - self.abandoned_short)

    @property
    def answered_ratio(self) -> float | None:
        """Answered over offered; None if none were offered."""
        return ratio(self.answered, self.offered)

    def count_answer(self, wait: float, target: float) -> None:
        """Count a contact answered after a wait, in seconds."""
        self._end_wait(wait)
        self.answered += 1
        self.answered_in_service_level += wait <= target
        self.answer_wait_seconds += wait

    def count_abandonment(self, wait: float, *, short: bool) -> None:
        """Count a contact that abandoned after a wait, in seconds."""
        self._end_wait(wait)
        if short:
            self.abandoned_short += 1
        else:
            self.abandoned += 1
            self.abandon_wait_seconds += wait

    def count_overflow(self, wait: float) -> None:
        """Count a contact that overflowed after a wait, in seconds."""
        self._end_wait(wait)
        self.overflowed += 1

    def _end_wait(self, wait: float) -> None:
        self.longest_wait_seconds = max(self.longest_wait_seconds, wait)


def ratio(part: float, whole: float) -> float | None:
    """Return part / whole; None if whole is 0."""
    return part / whole if whole else None
