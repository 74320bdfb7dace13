"""Profiles of a small contact centre whose staff and queue names change every day."""

from exporter.simulator.profile import AgentProfile, Break, Profile, QueueProfile, Ringing, Shift, TrunkProfile
from exporter.simulator.randomness import Exponential, LogNormal, Uniform

STAFF = 12
# Number of agents replaced at midnight.
TURNOVER = 3
_QUEUES = (("1001", "Billing", "voice", "KPN 1"), ("1002", "Support", "voice", "KPN 2"), ("2001", "Chat", "chat", ""))
_SHIFTS = (None, Shift(6, 9), Shift(9, 9), Shift(14, 9))


def names_of(day: int) -> frozenset[str]:
    """Return the names of a day's agents."""
    return frozenset(_name(number) for number in _numbers(day))


def queues_of(day: int) -> frozenset[str]:
    """Return the names of a day's queues."""
    return frozenset(_queue_name(day, index) for index in range(len(_QUEUES)))


def profile_of(day: int) -> Profile:
    """Return the centre's profile for a day; the first day is 0."""
    return Profile(
        queues=tuple(_queue(day, index) for index in range(len(_QUEUES))),
        agents=tuple(_agent(number) for number in _numbers(day)),
        trunks=(TrunkProfile(id="1", name="Amsterdam", ports=10, fault_every=Exponential(7200)),),
        greeting=Uniform(4, 12),
        ringing=Ringing(Uniform(2, 7), 0.02, 20, "No answer", Uniform(60, 240)),
        break_every=Exponential(4500),
        breaks=(Break("Break", "paused", Uniform(480, 900)), Break("Coaching", "not_ready", Uniform(900, 1800))),
    )


def _numbers(day: int) -> range:
    return range(day * TURNOVER, day * TURNOVER + STAFF)


def _name(number: int) -> str:
    return f"Agent Number{number:04d}"


def _queue_name(day: int, index: int) -> str:
    """Return a queue's name; every day one queue is renamed."""
    renamed = (day + len(_QUEUES) - 1 - index) // len(_QUEUES)
    return f"{_QUEUES[index][1]} of the season {renamed}"


def _queue(day: int, index: int) -> QueueProfile:
    number, _, channel, vdn = _QUEUES[index]
    return QueueProfile(
        id=number,
        name=_queue_name(day, index),
        skill=str(index + 1),
        channel="chat" if channel == "chat" else "voice",
        vdn=vdn,
        contacts_per_hour=12,
        patience=Exponential(240),
        talk=LogNormal(210),
        wrap_up=LogNormal(35),
        trunks=("1",) if channel == "voice" else (),
    )


def _agent(number: int) -> AgentProfile:
    skills = {str(number % 3 + 1): 1, str((number + 1) % 3 + 1): 2}
    shift = _SHIFTS[number % len(_SHIFTS)]
    return AgentProfile(id=str(40001 + number), name=_name(number), group="Floor", skills=skills, shift=shift)
