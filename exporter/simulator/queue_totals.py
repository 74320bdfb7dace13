"""What is counted of a queue while things happen to it."""

from dataclasses import dataclass


@dataclass(slots=True)
class QueueTotals:
    """Running totals of one queue since midnight.

    A contact counts once for each queue that it is offered to: on arrival, by a transfer or by an overflow. Every
    wait runs from that offer, a new one in each queue. Times are credited when what they measure ends, so a
    conversation that passes midnight belongs to the new day. At all times

        offered = answered + abandoned + abandoned_short + overflowed + waiting now + ringing now,

    because a day opens with those still unanswered as its first offers.

    Attributes:
        offered: Contacts that entered the queue, however they came.
        answered: Contacts an agent answered.
        answered_in_service_level: Those of them whose wait was no longer than the target.
        abandoned: Contacts that left unanswered, the short ones not included.
        abandoned_short: Contacts that left unanswered within the short limit of their first offer.
        overflowed: Contacts that went on to the overflow queue.
        transferred: Conversations that ended in a transfer to another queue.
        escalated: Those of them that went to a second line.
        held: Conversations with a hold.
        redirected_on_no_answer: Times a ringing contact was taken back from an agent.
        handled: Conversations that ended.
        wrap_ups: Wrap-ups that ended.
        rejected_closed: Contacts turned away while the queue was closed; never offered.
        blocked: Calls that found no idle port; never offered.
        ring_seconds: Ringing that ended, in an answer or not.
        answer_wait_seconds: Waits of those answered, their ringing included.
        abandon_wait_seconds: Waits of those abandoned, the short ones not included.
        talk_seconds: Talking, holds not included.
        hold_seconds: Holds.
        wrap_up_seconds: Wrap-ups.
        longest_wait_seconds: The longest wait that ended, however it did.
        longest_wait_of_quarter_seconds: The longest wait that ended in the present quarter of an hour.
    """

    offered: int = 0
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
    longest_wait_of_quarter_seconds: float = 0.0

    @property
    def handle_seconds(self) -> float:
        """Seconds agents spent on contacts: talking, holding and wrapping up."""
        return self.talk_seconds + self.hold_seconds + self.wrap_up_seconds

    @property
    def service_level_ratio(self) -> float | None:
        """Answered in time over offered less short abandons; None before there is any of these."""
        return ratio(self.answered_in_service_level, self.offered - self.abandoned_short)

    @property
    def answered_ratio(self) -> float | None:
        """Answered over offered; None before there is any."""
        return ratio(self.answered, self.offered)

    def count_answer(self, wait: float, target: float) -> None:
        """Count a contact answered after a wait, in seconds."""
        self._end_wait(wait)
        self.answered += 1
        self.answered_in_service_level += wait <= target
        self.answer_wait_seconds += wait

    def count_abandonment(self, wait: float, *, short: bool) -> None:
        """Count a contact that left after a wait, in seconds."""
        self._end_wait(wait)
        if short:
            self.abandoned_short += 1
        else:
            self.abandoned += 1
            self.abandon_wait_seconds += wait

    def count_overflow(self, wait: float) -> None:
        """Count a contact that went on to another queue after a wait, in seconds."""
        self._end_wait(wait)
        self.overflowed += 1

    def _end_wait(self, wait: float) -> None:
        self.longest_wait_seconds = max(self.longest_wait_seconds, wait)
        self.longest_wait_of_quarter_seconds = max(self.longest_wait_of_quarter_seconds, wait)


def ratio(part: float, whole: float) -> float | None:
    """Return a part of a whole; None of nothing."""
    return part / whole if whole else None
