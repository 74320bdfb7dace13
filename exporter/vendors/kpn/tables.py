"""Which of KPN's fields feed which meaning.

Source page: "Dashboard Server - KPN", sections *Get data for all agents*, *… queues*, *… trunks*, *Get single queue
data* and *… trunk data*. Words and units the page leaves open are those of Avaya CMS, whose vocabulary it uses.
"""

from collections.abc import Mapping
from typing import Any

from exporter.model import Agent, AgentState, PortState, Queue, Trunk, TrunkPort
from exporter.vendors.kpn.settings import KpnSettings
from exporter.vendors.toolkit.decoder import Field, RowSchema
from exporter.vendors.toolkit.readers import number, percentage, text, words

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

AGENTS = RowSchema(
    "agents",
    Agent,
    (
        Field("Logid", "id", text),
        Field("Agent", "name", text),
        Field("Dep", "group", text),
        Field("Status", "state", words(AGENT_WORDS, "unknown")),
        Field("Reason", "reason", text),
        Field("Time", "time_in_state_seconds", number),
    ),
    needed=("state",),
)

# Where a queue has no number its name is its id.
_QUEUE_FEEDS = (
    Field("Number", "id", text),
    Field("Name", "id", text),
    Field("Name", "name", text),
    Field("InQueueCalls", "waiting_contacts", number),
    Field("LongestWaitingCall", "oldest_wait_seconds", number),
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
        Field("RingTime", "ring_seconds", number),
        Field("Answertime", "answer_wait_seconds", number),
        Field("ACDtime", "talk_seconds", number),
        Field("Abandontime", "abandon_wait_seconds", number),
    ),
    "average": (
        Field("Answertime", "average_wait_seconds", number),
        Field("ACDtime", "average_talk_seconds", number),
        Field("Abandontime", "average_abandon_wait_seconds", number),
    ),
}
_SERVICE_LEVEL = {
    "percentage": (Field("ServiceLevel", "service_level_ratio", percentage),),
    "seconds": (Field("ServiceLevel", "service_level_target_seconds", number),),
    "ignore": (),
}
_ALWAYS = {"channel": "voice"}
TRUNKS = RowSchema(
    "trunks",
    Trunk,
    (
        Field("Number", "id", text),
        Field("Name", "id", text),
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
                (Field("Number", "id", text), Field("State", "state", words(PORT_WORDS, "unknown"))),
                needed=("state",),
            ),
        ),
    ),
)


def queue_table(settings: KpnSettings) -> RowSchema[Queue]:
    """Return the table of a queue, by what the site's times and service level mean."""
    return _queue_table(_TIMES[settings.times] + _SERVICE_LEVEL[settings.service_level])


def _queue_table(by_setting: tuple[Field, ...]) -> RowSchema[Queue]:
    return RowSchema("queues", Queue, _QUEUE_FEEDS + by_setting, _ALWAYS)


TABLES: tuple[RowSchema[Any], ...] = (
    AGENTS,
    *(_queue_table(times + level) for times in _TIMES.values() for level in _SERVICE_LEVEL.values()),
    TRUNKS,
)
