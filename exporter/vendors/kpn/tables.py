"""Which of KPN's fields feed which meaning.

Source page: "Dashboard Server - KPN", sections *Get data for all agents*, *… queues*, *… trunks*, *Get single queue
data* and *… trunk data*. Words and units the page leaves open are those of Avaya CMS, whose vocabulary it uses.
"""

from collections.abc import Mapping
from typing import Any

from exporter.model import Agent, AgentState, PortState, Queue, Trunk, TrunkPort
from exporter.vendors.kpn.settings import KpnSettings
from exporter.vendors.toolkit.decoder import Feed, Table
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

AGENTS = Table(
    "agents",
    Agent,
    (
        Feed("Logid", "id", text),
        Feed("Agent", "name", text),
        Feed("Dep", "group", text),
        Feed("Status", "state", words(AGENT_WORDS, "unknown")),
        Feed("Reason", "reason", text),
        Feed("Time", "state_seconds", number),
    ),
    needed=("state",),
)

# Where a queue has no number its name is its id.
_QUEUE_FEEDS = (
    Feed("Number", "id", text),
    Feed("Name", "id", text),
    Feed("Name", "name", text),
    Feed("InQueueCalls", "waiting_contacts", number),
    Feed("LongestWaitingCall", "oldest_wait_seconds", number),
    Feed("Staffed", "staffed_agents", number),
    Feed("Available", "agents.available", number),
    Feed("InACD", "agents.busy", number),
    Feed("InAUX", "agents.not_ready", number),
    Feed("InACW", "agents.wrap_up", number),
    Feed("OfferedCalls", "contacts_offered", number),
    Feed("AnsweredCalls", "contacts_answered", number),
    Feed("InServiceLevelCalls", "contacts_answered_in_service_level", number),
    Feed("TransferredCalls", "contacts_transferred", number),
    Feed("HoldCalls", "contacts_held", number),
    Feed("RONACalls", "contacts_redirected_on_no_answer", number),
    Feed("Flowout", "contacts_overflowed", number),
)
_TIMES = {
    "totals": (
        Feed("RingTime", "ring_seconds", number),
        Feed("Answertime", "answer_wait_seconds", number),
        Feed("ACDtime", "talk_seconds", number),
        Feed("Abandontime", "abandon_wait_seconds", number),
    ),
    "average": (
        Feed("Answertime", "average_wait_seconds", number),
        Feed("ACDtime", "average_talk_seconds", number),
        Feed("Abandontime", "average_abandon_wait_seconds", number),
    ),
}
_SERVICE_LEVEL = {
    "percentage": (Feed("ServiceLevel", "service_level_ratio", percentage),),
    "seconds": (Feed("ServiceLevel", "service_level_target_seconds", number),),
    "ignore": (),
}
_ALWAYS = {"channel": "phone"}
TRUNKS = Table(
    "trunks",
    Trunk,
    (
        Feed("Number", "id", text),
        Feed("Name", "id", text),
        Feed("Name", "name", text),
        Feed("TotalPorts", "capacity_ports", number),
        Feed("PortsInUse", "in_use_ports", number),
        Feed("PortsIdle", "idle_ports", number),
        Feed("Usage", "usage_ratio", percentage),
        Feed(
            "Ports",
            "ports",
            Table(
                "Ports",
                TrunkPort,
                (Feed("Number", "id", text), Feed("State", "state", words(PORT_WORDS, "unknown"))),
                needed=("state",),
            ),
        ),
    ),
)


def queue_table(settings: KpnSettings) -> Table[Queue]:
    """Return the table of a queue, by what the site's times and service level mean."""
    return _queue_table(_TIMES[settings.times] + _SERVICE_LEVEL[settings.service_level])


def _queue_table(by_setting: tuple[Feed, ...]) -> Table[Queue]:
    return Table("queues", Queue, _QUEUE_FEEDS + by_setting, _ALWAYS)


TABLES: tuple[Table[Any], ...] = (
    AGENTS,
    *(_queue_table(times + level) for times in _TIMES.values() for level in _SERVICE_LEVEL.values()),
    TRUNKS,
)
