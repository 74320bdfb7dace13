"""The lists of events with which Asterisk describes its queues and PJSIP endpoints."""

from collections.abc import Iterator, Mapping, Sequence

from exporter.model import AgentState
from exporter.simulator.agents import Agent
from exporter.simulator.centre import Centre
from exporter.simulator.driver import Driver
from exporter.simulator.lines import Contact, Line
from exporter.simulator.queue_totals import QueueTotals, ratio
from exporter.simulator.trunks import Trunk

Message = Mapping[str, str]
"""The headers of one message."""

END_OF_LIST: Mapping[str, str] = {
    "QueueStatus": "QueueStatusComplete",
    "QueueSummary": "QueueSummaryComplete",
    "PJSIPShowEndpoints": "EndpointListComplete",
    "PJSIPShowRegistrationsOutbound": "OutboundRegistrationDetailComplete",
}
"""The event that ends the list of each action."""

# An agent who is away is paused; one who is not logged in has a telephone that is not registered.
_DEVICE_STATES: Mapping[AgentState, int] = {
    "available": 1,
    "ringing": 6,
    "busy": 2,
    "wrap_up": 1,
    "not_ready": 1,
    "paused": 1,
    "logged_out": 5,
}
_PAUSED: frozenset[AgentState] = frozenset({"not_ready", "paused"})


def queue_status(centre: Centre, driver: Driver) -> list[Message]:
    """Return the events of every voice queue: its figures, its members and the contacts waiting in it."""
    return [message for line in _lines(centre) for message in _queue(line, centre, driver)]


def queue_summary(centre: Centre, _driver: Driver) -> list[Message]:
    """Return the event of every voice queue with its counts."""
    return [_summary(line, centre) for line in _lines(centre)]


def endpoints(centre: Centre, _driver: Driver) -> list[Message]:
    """Return the endpoints: the trunks and the telephones of the agents."""
    telephones = [_endpoint(agent.profile.id, busy=agent.state == "busy") for agent in centre.floor.agents]
    return [*map(_trunk, centre.exchange.trunks.values()), *telephones]


def registrations(centre: Centre, _driver: Driver) -> list[Message]:
    """Return the registration of each trunk; one is rejected while all ports of the trunk are out of service."""
    return [
        {
            "Event": "OutboundRegistrationDetail",
            "ObjectType": "registration",
            "ObjectName": trunk.profile.name,
            "ServerUri": "sip:sip.provider.example",
            "ClientUri": "sip:demo@sip.provider.example",
            "Endpoint": trunk.profile.name,
            "Status": "Rejected" if all(port.outages for port in trunk.ports) else "Registered",
        }
        for trunk in centre.exchange.trunks.values()
    ]


def _lines(centre: Centre) -> Iterator[Line]:
    return (line for line in centre.lines.values() if line.profile.channel == "voice")


def _members(line: Line, centre: Centre) -> list[Agent]:
    return [agent for agent in centre.floor.agents if line.profile.skill in agent.profile.skills]


def _waiting(line: Line, centre: Centre) -> list[Contact]:
    """Return the contacts that wait; one that rings at an agent is still in the queue."""
    ringing = [agent.contact for agent in centre.floor.agents if agent.state == "ringing" and agent.contact]
    return [*(contact for contact in ringing if contact.line is line), *line.waiting]


def _queue(line: Line, centre: Centre, driver: Driver) -> Iterator[Message]:
    waiting = _waiting(line, centre)
    yield _figures(line, len(waiting))
    for agent in _members(line, centre):
        yield _member(line, agent, driver)
    for position, contact in enumerate(waiting, 1):
        yield _entry(line, position, int(centre.now - contact.offered))


def _figures(line: Line, waiting: int) -> Message:
    totals = line.totals
    return {
        "Event": "QueueParams",
        "Queue": line.profile.name,
        "Max": "0",
        "Strategy": "rrmemory",
        "Calls": str(waiting),
        "Holdtime": _mean(totals.answer_wait_seconds, totals.answered),
        "TalkTime": _mean(totals.talk_seconds, totals.handled),
        "Completed": str(totals.handled),
        "Abandoned": str(left(totals)),
        "ServiceLevel": f"{line.profile.target_seconds:.0f}",
        "ServicelevelPerf": _percentage(totals.answered_in_service_level, totals.answered),
        "ServicelevelPerf2": _percentage(totals.answered_in_service_level, totals.answered + left(totals)),
        "Weight": "0",
    }


def left(totals: QueueTotals) -> int:
    """Return the contacts that Asterisk counts as abandoned: those that left the queue without an answer."""
    return totals.abandoned + totals.abandoned_short + totals.overflowed


def _member(line: Line, agent: Agent, driver: Driver) -> Message:
    device = f"PJSIP/{agent.profile.id}"
    handled = agent.handled["voice", "in"]
    began = driver.time_of(agent.since)
    since = str(int(began))
    in_call = agent.state == "busy" and agent.contact is not None and agent.contact.line is line
    return {
        "Event": "QueueMember",
        "Queue": line.profile.name,
        "Name": agent.profile.name,
        "Location": device,
        "StateInterface": device,
        "Membership": "static",
        "Penalty": "0",
        # As with `shared_lastcall`: a contact counts in every queue of the agent.
        "CallsTaken": str(handled),
        "LastCall": since if handled else "0",
        "LastPause": since if agent.state in _PAUSED else "0",
        "LoginTime": since,
        "InCall": str(int(in_call)),
        "Status": str(_DEVICE_STATES[agent.state]),
        "Paused": str(int(agent.state in _PAUSED)),
        "PausedReason": agent.reason,
        # Asterisk's wrap-up has a fixed length; the simulated one ends by itself.
        "Wrapuptime": str(int(driver.clock.time() - began) + 2) if agent.state == "wrap_up" else "0",
    }


def _entry(line: Line, position: int, wait: int) -> Message:
    return {
        "Event": "QueueEntry",
        "Queue": line.profile.name,
        "Position": str(position),
        "Channel": f"PJSIP/provider-{position:08x}",
        "Uniqueid": f"1.{position}",
        "CallerIDNum": "unknown",
        "CallerIDName": "unknown",
        "ConnectedLineNum": "unknown",
        "ConnectedLineName": "unknown",
        "Wait": str(wait),
        "Priority": "0",
    }


def _summary(line: Line, centre: Centre) -> Message:
    states = [agent.state for agent in _members(line, centre)]
    waiting = _waiting(line, centre)
    return {
        "Event": "QueueSummary",
        "Queue": line.profile.name,
        "LoggedIn": str(sum(state != "logged_out" for state in states)),
        "Available": str(sum(state in {"available", "wrap_up"} for state in states)),
        "Callers": str(len(waiting)),
        "HoldTime": _mean(line.totals.answer_wait_seconds, line.totals.answered),
        "TalkTime": _mean(line.totals.talk_seconds, line.totals.handled),
        "LongestHoldTime": str(max((int(centre.now - contact.offered) for contact in waiting), default=0)),
    }


def _trunk(trunk: Trunk) -> Message:
    calls = [port.id for port in trunk.ports if port.call is not None]
    return _endpoint(trunk.profile.name, calls, busy=bool(calls))


def _endpoint(name: str, calls: Sequence[str] = (), *, busy: bool) -> Message:
    return {
        "Event": "EndpointList",
        "ObjectType": "endpoint",
        "ObjectName": name,
        "Transport": "transport-udp",
        "Aor": name,
        "DeviceState": "In use" if busy else "Not in use",
        "ActiveChannels": ",".join(f"PJSIP/{name}-{int(call):08x}" for call in calls),
    }


def _mean(total: float, count: int) -> str:
    return str(int(ratio(total, count) or 0))


def _percentage(part: float, whole: float) -> str:
    return f"{100 * (ratio(part, whole) or 0):.1f}"
