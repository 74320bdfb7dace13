"""The mapping of KPN's fields to the model.

Source page: "Dashboard Server - KPN", sections *Get data for all agents*, *… queues*, *… trunks*, *Get single queue
data* and *… trunk data*. The page uses the vocabulary of Avaya CMS, which defines the words and units that the page
leaves open.
"""

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from exporter.model import Agent, AgentState, Direction, PortState, Queue, Trunk, TrunkPort
from exporter.vendors.kpn.settings import KpnSettings
from exporter.vendors.toolkit.decoder import Field, RowSchema
from exporter.vendors.toolkit.readers import identifier, number, percentage, seconds, text, total_seconds, words

AGENT_WORDS: Mapping[str, AgentState] = {
    "AVAIL": "available",
    "RINGING": "ringing",
    "ACD": "busy",
    "DACD": "busy",
    "OTHER": "busy",
    "ACW": "wrap_up",
    "DACW": "wrap_up",
    "AUX": "not_ready",
    "UNSTAFF": "logged_out",
    "UNKNOWN": "unknown",
}
PORT_WORDS: Mapping[str, PortState] = {
    "IDLE": "idle",
    "SEIZED": "seized",
    "QUEUED": "queued",
    "QUEUEDIN": "queued",
    "CONN": "connected",
    "RINGING": "ringing",
    "HOLD": "held",
    "MBUSY": "maintenance",
    "FBUSY": "maintenance",
    "DABN": "fault",
    "FDISC": "fault",
    "FAULT": "fault",
    "UNKNOWN": "unknown",
}

DIRECTION_WORDS: Mapping[str, Direction] = {"IN": "in", "OUT": "out"}

_AGENT_FIELDS = (
    Field("Logid", "id", identifier),
    Field("Agent", "name", text),
    Field("Dep", "group", text),
    Field("Status", "state", words(AGENT_WORDS, "unknown")),
    Field("Reason", "reason", text),
    Field("Time", "time_in_state_seconds", seconds),
)
# The skill that an agent works for and the direction of the present contact; only counted.
_SKILL_FIELDS = (
    Field("Skill", "skill", text),
    Field("Direction", "direction", words(DIRECTION_WORDS, "")),
)

# A queue without a number has its name as its id.
_QUEUE_FIELDS = (
    Field("Number", "id", identifier),
    Field("Name", "id", identifier),
    Field("Name", "name", text),
    Field("InQueueCalls", "waiting_contacts", number),
    Field("LongestWaitingCall", "oldest_wait_seconds", seconds),
    Field("Staffed", "staffed_agents", number),
    Field("Available", "agents.available", number),
    Field("InACD", "agents.busy", number),
    Field("InAUX", "agents.not_ready", number),
    Field("InACW", "agents.wrap_up", number),
    Field("OfferedCalls", "contacts_offered", number),
    Field("AnsweredCalls", "contacts_answered", number),
    Field("InServiceLevelCalls", "contacts_answered_in_service_level", number),
    Field("TransferredCalls", "contacts_transferred", number),
    Field("HoldCalls", "contacts_held", number),
    Field("RONACalls", "contacts_redirected_on_no_answer", number),
    Field("Flowout", "contacts_overflowed", number),
)
_TIMES = {
    "totals": (
        Field("RingTime", "ring_seconds", total_seconds),
        Field("Answertime", "answer_wait_seconds", total_seconds),
        Field("ACDtime", "talk_seconds", total_seconds),
        Field("Abandontime", "abandon_wait_seconds", total_seconds),
    ),
    "average": (
        Field("Answertime", "average_wait_seconds", seconds),
        Field("ACDtime", "average_talk_seconds", seconds),
        Field("Abandontime", "average_abandon_wait_seconds", seconds),
    ),
}
_SERVICE_LEVEL = {
    "percentage": (Field("ServiceLevel", "service_level_ratio", percentage),),
    "seconds": (Field("ServiceLevel", "service_level_target_seconds", seconds),),
    "ignore": (),
}
_ALWAYS = {"channel": "voice"}
TRUNKS = RowSchema(
    "trunks",
    Trunk,
    (
        Field("Number", "id", identifier),
        Field("Name", "id", identifier),
        Field("Name", "name", text),
        Field("TotalPorts", "capacity_ports", number),
        Field("PortsInUse", "in_use_ports", number),
        Field("PortsIdle", "idle_ports", number),
        Field("Usage", "usage_ratio", percentage),
        Field(
            "Ports",
            "ports",
            RowSchema(
                "Ports",
                TrunkPort,
                (Field("Number", "id", identifier), Field("State", "state", words(PORT_WORDS, "unknown"))),
                needed=("state",),
                anonymous=True,
            ),
        ),
    ),
)


def agent_schema(settings: KpnSettings) -> RowSchema[Agent]:
    """Return the schema of an agent, with skill and direction if agents are counted by them."""
    return _agent_schema(by_skill=settings.agents_by_skill)


def _agent_schema(*, by_skill: bool) -> RowSchema[Agent]:
    return RowSchema("agents", Agent, _AGENT_FIELDS + (_SKILL_FIELDS if by_skill else ()), needed=("state",))


def complete(agents: Iterable[Agent], *, by_skill: bool) -> tuple[Agent, ...]:
    """Return agents without the reason of an earlier state, and with an empty skill if skills are counted.

    An available agent has no reason for not being available, whatever the vendor still sends.
    """
    replace = msgspec.structs.replace
    if by_skill:
        agents = [replace(agent, skill="") if agent.skill is None else agent for agent in agents]
    return tuple(
        [replace(agent, reason="") if agent.reason and agent.state == "available" else agent for agent in agents]
    )


def queue_schema(settings: KpnSettings) -> RowSchema[Queue]:
    """Return the schema of a queue for the site's meaning of times and service level."""
    return _queue_schema(_TIMES[settings.times] + _SERVICE_LEVEL[settings.service_level])


def _queue_schema(by_setting: tuple[Field, ...]) -> RowSchema[Queue]:
    return RowSchema("queues", Queue, _QUEUE_FIELDS + by_setting, _ALWAYS)


TABLES: tuple[RowSchema[Any], ...] = (
    _agent_schema(by_skill=True),
    *(_queue_schema(times + service_level) for times in _TIMES.values() for service_level in _SERVICE_LEVEL.values()),
    TRUNKS,
)
"""Every schema, for the metrics reference."""
