"""The contact centre of the demo: a utility company on a working day."""

from dataclasses import replace
from itertools import cycle

from exporter.model import Thresholds
from exporter.simulator.centre import Centre
from exporter.simulator.daytime import HOUR
from exporter.simulator.profile import (
    AgentProfile,
    Break,
    Drills,
    Outbound,
    Overflow,
    Profile,
    QueueProfile,
    Ringing,
    Shift,
    TrunkProfile,
)
from exporter.simulator.randomness import Exponential, LogNormal, Uniform

_MINUTE = 60.0
_DEMO_HOUR = 10.5
_BUSY_HOUR = 10
# Arrivals change linearly between full hours: this peak has ended at half past.
_BUSY_FACTOR = 1.4

# fmt: off
_CURVE = (
    0.03,
    0.02,
    0.02,
    0.02,
    0.03,
    0.05,
    0.08,
    0.15,
    0.50,
    0.82,
    1.00,
    0.97,
    0.82,
    0.82,
    0.95,
    0.90,
    0.78,
    0.60,
    0.36,
    0.28,
    0.18,
    0.12,
    0.07,
    0.05,
)
# fmt: on

_THRESHOLDS = (
    Thresholds(
        severity="warning",
        waiting_contacts=8,
        oldest_wait_seconds=90,
        free_agents=1,
        serving_agents=5,
        service_level_ratio=0.7,
    ),
    Thresholds(
        severity="critical",
        waiting_contacts=15,
        oldest_wait_seconds=180,
        serving_agents=3,
        service_level_ratio=0.5,
    ),
)

_QUEUES = (
    QueueProfile(
        id="1001",
        name="Billing",
        skill="1",
        vdn="KPN 1",
        contacts_per_hour=112,
        patience=Exponential(240),
        talk=LogNormal(210),
        wrap_up=LogNormal(35),
        trunks=("1", "2"),
        opens=7,
        closes=22,
        hold_share=0.12,
        transfer_share=0.06,
        transfer_to=("1005", "1002"),
        thresholds=_THRESHOLDS,
    ),
    QueueProfile(
        id="1002",
        name="Technical support",
        skill="2",
        vdn="KPN 2",
        contacts_per_hour=62,
        patience=Exponential(360),
        talk=LogNormal(300),
        wrap_up=LogNormal(50),
        trunks=("1", "2"),
        opens=7,
        closes=22,
        hold_share=0.2,
        transfer_share=0.08,
        transfer_to=("1005",),
        target_seconds=30,
        overflow=Overflow("1005", after_seconds=300, length=25),
        thresholds=_THRESHOLDS,
    ),
    QueueProfile(
        id="1003",
        name="Sales",
        skill="3",
        vdn="KPN 3",
        contacts_per_hour=60,
        patience=Exponential(120),
        talk=LogNormal(270),
        wrap_up=LogNormal(40),
        trunks=("2", "1"),
        opens=8,
        closes=20,
        hold_share=0.05,
        transfer_share=0.04,
        transfer_to=("1001",),
        overflow=Overflow("1001", after_seconds=90, length=15),
        thresholds=_THRESHOLDS,
    ),
    QueueProfile(
        id="1004",
        name="Outages",
        skill="4",
        vdn="KPN 4",
        contacts_per_hour=30,
        patience=Exponential(480),
        talk=LogNormal(150),
        wrap_up=LogNormal(20),
        trunks=("3", "1"),
        rank=-1,
        target_ratio=0.9,
        target_seconds=10,
        hold_share=0.08,
        transfer_share=0.05,
        transfer_to=("1002",),
        thresholds=_THRESHOLDS,
    ),
    QueueProfile(
        id="1005",
        name="Second line",
        skill="5",
        vdn="KPN 5",
        contacts_per_hour=5,
        patience=Exponential(600),
        talk=LogNormal(360),
        wrap_up=LogNormal(90),
        trunks=("3",),
        opens=7,
        closes=22,
        second_line=True,
        target_seconds=60,
        hold_share=0.25,
        thresholds=_THRESHOLDS,
    ),
    QueueProfile(
        id="1006",
        name="Business customers",
        skill="6",
        vdn="KPN 6",
        contacts_per_hour=24,
        patience=Exponential(300),
        talk=LogNormal(300),
        wrap_up=LogNormal(60),
        trunks=("3", "2"),
        opens=8,
        closes=18,
        target_ratio=0.9,
        hold_share=0.15,
        transfer_share=0.07,
        transfer_to=("1005",),
        overflow=Overflow("1003", after_seconds=120, length=10),
        thresholds=_THRESHOLDS,
    ),
    QueueProfile(
        id="2001",
        name="Web chat",
        skill="7",
        channel="chat",
        contacts_per_hour=16,
        patience=Exponential(300),
        talk=LogNormal(360),
        wrap_up=LogNormal(30),
        opens=8,
        closes=20,
        target_seconds=45,
    ),
    QueueProfile(
        id="3001",
        name="E-mail",
        skill="8",
        channel="email",
        contacts_per_hour=11,
        talk=LogNormal(280),
        wrap_up=LogNormal(20),
        rank=1,
        target_ratio=0.9,
        target_seconds=4 * HOUR,
    ),
)

_GROUPS: tuple[tuple[str, int, tuple[dict[str, int], ...], tuple[Shift, ...]], ...] = (
    (
        "Billing",
        18,
        ({"1": 1, "3": 2}, {"1": 1, "8": 2}, {"1": 1}),
        (Shift(6.75, 8.5), Shift(7.75, 8.5), Shift(8.5, 8.5), Shift(13.5, 8.5)),
    ),
    (
        "Support",
        20,
        ({"2": 1, "5": 1}, {"2": 1, "4": 1}, {"2": 1, "5": 2, "4": 2}, {"2": 1, "7": 2, "4": 2}),
        (Shift(6.75, 8.5), Shift(7.75, 8.5), Shift(8.5, 8.5), Shift(13.5, 8.5)),
    ),
    (
        "Sales",
        12,
        ({"3": 1, "6": 2}, {"6": 1, "3": 1}, {"3": 1, "7": 1, "6": 2}),
        (Shift(7.5, 8.5), Shift(8.25, 9), Shift(9, 9), Shift(12, 8.5)),
    ),
    (
        "Night desk",
        4,
        ({"4": 1, "8": 1},),
        (Shift(22, 9),),
    ),
)
_GIVEN = ("Anna", "Bram", "Chris", "Dina", "Emre", "Fleur", "Gijs", "Hanna", "Ivo", "Jana", "Kees")
_FAMILY = ("de Wit", "Jansen", "Bakker", "Visser", "Yilmaz", "Smit", "Mulder")


def _agents() -> tuple[AgentProfile, ...]:
    """Return the agents of every group; eleven given names and seven family names give 77 unique names."""
    names = zip(cycle(_GIVEN), cycle(_FAMILY), strict=False)
    agents: list[AgentProfile] = []
    for group, size, skills, shifts in _GROUPS:
        # Skills and shifts cycle at different rates, so that every shift has every skill.
        for member in range(size):
            agents.append(
                AgentProfile(
                    id=str(40001 + len(agents)),
                    name=" ".join(next(names)),
                    group=group,
                    skills=skills[member // len(shifts) % len(skills)],
                    shift=shifts[member % len(shifts)],
                )
            )
    return tuple(agents)


DEFAULT = Profile(
    queues=_QUEUES,
    agents=_agents(),
    trunks=tuple(
        TrunkProfile(
            id=number,
            name=name,
            ports=ports,
            fault_every=Exponential(2 * HOUR),
            maintenance_every=Exponential(5 * HOUR),
        )
        for number, name, ports in (("1", "Amsterdam", 30), ("2", "Utrecht", 30), ("3", "Rotterdam", 20))
    ),
    curve=_CURVE,
    greeting=Uniform(4, 12),
    ringing=Ringing(Uniform(2, 7), 0.015, 20, "No answer", Uniform(_MINUTE, 4 * _MINUTE)),
    break_every=Exponential(75 * _MINUTE),
    breaks=(
        Break("Break", "paused", Uniform(8 * _MINUTE, 15 * _MINUTE), 4),
        Break("Lunch", "paused", Uniform(25 * _MINUTE, 35 * _MINUTE), 5, after=11.5, before=13.5),
        Break("Coaching", "not_ready", Uniform(15 * _MINUTE, 30 * _MINUTE), 1, after=9, before=17),
        Break("Paperwork", "not_ready", Uniform(5 * _MINUTE, 15 * _MINUTE), 2),
    ),
    outbound=Outbound(0.04, ("2", "3"), Uniform(6, 20), LogNormal(180), LogNormal(30)),
    drills=Drills(surge_factor=3, understaffed_group="Billing", faulty_trunk="1"),
)


def busy_half_hour(seed: int = 1) -> Centre:
    """Return the default centre at 10:05, in a morning peak of more calls than its agents can take at once.

    The peak ends by 10:30, so that a demo shows queues that fill, alert and recover.
    """
    curve = list(_CURVE)
    curve[_BUSY_HOUR] *= _BUSY_FACTOR
    centre = Centre(replace(DEFAULT, curve=tuple(curve)), seed=seed)
    centre.advance(_BUSY_HOUR * HOUR + 5 * _MINUTE)
    return centre


def working_day(seed: int = 1) -> Centre:
    """Return the default centre at 10:30, having simulated the day since midnight."""
    centre = Centre(DEFAULT, seed=seed)
    centre.advance(_DEMO_HOUR * HOUR)
    return centre
