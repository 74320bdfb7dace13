"""A contact centre large enough to measure: 11,000 agents exported one by one, about 100,000 series."""

from exporter.mapping import Detail
from exporter.model import AGENT_STATES, Agent, Snapshot

TARGET = "amsterdam"
DETAIL = Detail(agents="name")

_GROUPS = ("Sales", "Support", "Billing", "Back office", "Retention", "Night shift")
_REASONS = ("", "lunch", "training", "meeting")


def snapshot(agents: int) -> Snapshot:
    """Return what one poll of that many agents says; each makes nine series."""
    return Snapshot(agents=tuple(_agent(number) for number in range(agents)))


def _agent(number: int) -> Agent:
    state = AGENT_STATES[number % len(AGENT_STATES)]
    return Agent(
        id=str(40_000 + number),
        name=f"Agent {number:05} van der Berg",
        group=_GROUPS[number % len(_GROUPS)],
        state=state,
        reason=_REASONS[number % len(_REASONS)] if state == "not_ready" else "",
        state_seconds=number * 7 % 3_600,
    )
