"""Agents and the staff of queues, made of memberships: an agent has one device and may be a member of several queues.

The state of the device is the same in all queues; pause and wrap-up belong to one membership.

Source: `is_member_available` and `manager_queues_status` in `apps/app_queue.c`.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Final, NamedTuple

from exporter.model import Agent, AgentState, Handled
from exporter.vendors.asterisk.records import Member
from exporter.vendors.asterisk.tables import CHANNEL

# An agent who may take a contact of one queue is available, whatever the other queues.
_PRECEDENCE: Final[Sequence[AgentState]] = (
    "busy",
    "ringing",
    "available",
    "wrap_up",
    "paused",
    "logged_out",
    "unknown",
)
# Exported as 0 if no member is in one, so that alerts on "no agent available" find a series. Wrap-up is not among
# them, because that of a queue is not published.
_COUNTED_STATES: Final[Sequence[AgentState]] = ("available", "ringing", "busy", "paused", "logged_out")


class Staff(NamedTuple):
    """The members of one queue.

    Attributes:
        agents: How many are in each state.
        staffed: How many of them have a device that is registered.
        in_call: How many are in a call of this queue.
    """

    agents: Mapping[AgentState, float]
    staffed: float
    in_call: float


class Present(NamedTuple):
    """A membership and its state at the time of a poll."""

    member: Member
    state: AgentState


def at_present(members: Iterable[Member], now: float) -> tuple[Present, ...]:
    """Return each membership with its state.

    An agent in a call of one queue is busy in every queue, even if the device reports no state.

    Args:
        members: The memberships.
        now: Seconds since the epoch by Asterisk's clock.
    """
    members = tuple(members)
    in_call = {member.agent for member in members if member.in_call}
    return tuple(
        Present(member, "busy" if member.agent in in_call else _without_call(member, now)) for member in members
    )


def staff_by_queue(present: Iterable[Present]) -> Mapping[str, Staff]:
    """Return the members of each queue that has any, by the id of the queue."""
    by_queue: defaultdict[str, list[Present]] = defaultdict(list)
    for each in present:
        by_queue[each.member.queue].append(each)
    return {queue: _staff(members) for queue, members in by_queue.items()}


NO_STAFF: Final = Staff(dict.fromkeys(_COUNTED_STATES, 0), 0, 0)
"""The members of a queue that has none."""


def agents_of(present: Iterable[Present], contacts: Mapping[str, float], now: float) -> tuple[Agent, ...]:
    """Return the agents, each once.

    Args:
        present: The memberships of all queues.
        contacts: The running total of contacts of each agent.
        now: Seconds since the epoch by Asterisk's clock.
    """
    by_agent: defaultdict[str, list[Present]] = defaultdict(list)
    for each in present:
        if each.member.agent:
            by_agent[each.member.agent].append(each)
    return tuple(_agent(agent, memberships, contacts.get(agent), now) for agent, memberships in by_agent.items())


def _without_call(member: Member, now: float) -> AgentState:
    """Return the state of a membership whose agent is in no call of a queue."""
    if member.state != "available":
        return member.state
    if member.paused:
        return "paused"
    return "wrap_up" if now < member.last_contact_at + member.wrap_up_seconds else "available"


def _staff(members: Sequence[Present]) -> Staff:
    states = Counter(each.state for each in members)
    wraps_up: Mapping[AgentState, float] = (
        {"wrap_up": 0} if any(each.member.wrap_up_seconds for each in members) else {}
    )
    return Staff(
        agents={**NO_STAFF.agents, **wraps_up, **states},
        staffed=len(members) - states["logged_out"],
        in_call=sum(bool(each.member.in_call) for each in members),
    )


def _agent(agent: str, memberships: Sequence[Present], contacts: float | None, now: float) -> Agent:
    state = min((each.state for each in memberships), key=_PRECEDENCE.index)
    in_state = [each.member for each in memberships if each.state == state]
    in_call = any(each.member.in_call for each in memberships)
    return Agent(
        id=agent,
        name=next((each.member.name for each in memberships if each.member.name), ""),
        state=state,
        reason=next((each.reason for each in in_state if each.reason), "") if state == "paused" else "",
        time_in_state_seconds=_time_in_state(state, in_state, now),
        handled=() if contacts is None else (Handled(channel=CHANNEL, direction="in", contacts=contacts),),
        active_contacts={CHANNEL: int(in_call)},
    )


def _time_in_state(state: AgentState, members: Iterable[Member], now: float) -> float | None:
    """Return the seconds in the state; only of a pause and of wrap-up the start is known."""
    if state not in {"paused", "wrap_up"}:
        return None
    began = max(member.paused_at if state == "paused" else member.last_contact_at for member in members)
    return max(0.0, now - began) if began else None
