"""Contact centres for benchmarks, as snapshots of the model and as KPN responses."""

import json

from exporter.metrics.mapping import Detail
from exporter.model import AGENT_STATES, Agent, Snapshot
from exporter.vendors.kpn.tables import AGENT_WORDS

TARGET = "amsterdam"
DETAIL = Detail(agents="name")
SERIES_PER_AGENT = 9

_GROUPS = ("Sales", "Support", "Billing", "Back office", "Retention", "Night shift")
_REASONS = ("", "lunch", "training", "meeting")
_WORDS = tuple(AGENT_WORDS)


def snapshot(agents: int, first: int = 0) -> Snapshot:
    """Return a snapshot with a number of agents; each gives nine series."""
    return Snapshot(agents=tuple(_agent(number) for number in range(first, first + agents)))


def _agent(number: int) -> Agent:
    state = AGENT_STATES[number % len(AGENT_STATES)]
    return Agent(
        id=str(40_000 + number),
        name=f"Agent {number:05} van der Berg",
        group=_GROUPS[number % len(_GROUPS)],
        state=state,
        reason=_REASONS[number % len(_REASONS)] if state == "not_ready" else "",
        time_in_state_seconds=number * 7 % 3_600,
    )


def agents_answer(agents: int) -> bytes:
    """Return KPN's response with a number of agents."""
    return _answer("agents", [_agent_row(number) for number in range(agents)])


def queues_answer(queues: int) -> bytes:
    """Return KPN's response with a number of queues."""
    return _answer("queues", [_queue_row(number) for number in range(queues)])


def trunks_answer(trunks: int, ports: int = 30) -> bytes:
    """Return KPN's response with a number of trunks."""
    return _answer("trunks", [_trunk_row(number, ports) for number in range(trunks)])


def _answer(name: str, rows: list[dict[str, object]]) -> bytes:
    return json.dumps({"Error": None, "DataSet": {name: rows}}, separators=(",", ":")).encode()


def _agent_row(number: int) -> dict[str, object]:
    word = _WORDS[number % len(_WORDS)]
    return {
        "Agent": f"Agent {number:05} van der Berg",
        "Logid": str(40_000 + number),
        "Dep": _GROUPS[number % len(_GROUPS)],
        "Status": word,
        "Reason": _REASONS[number % len(_REASONS)] if word == "AUX" else "",
        "Time": number * 7 % 3_600,
    }


def _queue_row(number: int) -> dict[str, object]:
    counts = ("InQueueCalls", "LongestWaitingCall", "Staffed", "Available", "InACD", "InAUX", "InACW", "OfferedCalls")
    totals = ("AnsweredCalls", "InServiceLevelCalls", "TransferredCalls", "HoldCalls", "RONACalls", "Flowout")
    times = ("RingTime", "Answertime", "ACDtime", "Abandontime")
    figures = dict.fromkeys(counts + totals + times, number * 31 % 97)
    return {"Number": str(300 + number), "Name": f"Queue {number}", "ServiceLevel": 80, **figures}


def _trunk_row(number: int, ports: int) -> dict[str, object]:
    listed = [{"Number": str(port), "State": "CONN" if port % 2 else "IDLE"} for port in range(ports)]
    used = ports // 2
    figures = {"TotalPorts": ports, "PortsInUse": used, "PortsIdle": ports - used, "Usage": 50}
    return {"Number": str(number), "Name": f"Trunk {number}", **figures, "Ports": listed}
