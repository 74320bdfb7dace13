"""The statistics of Bright Pattern by the vendor's names, each formatted as a string."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TypeVar

from exporter import model
from exporter.model import AgentState, Direction
from exporter.simulator.ledger import Ledger
from exporter.simulator.number_text import percentage, plain
from exporter.simulator.queue_totals import ratio

T = TypeVar("T")
Statistic = Callable[[T], str | None]
Statistics = Mapping[str, Statistic[T]]

# A statistic of agents whose column has a list of dispositions.
DISPOSITIONS_STATISTIC = "calls_dispositions_per_day"

# Bright Pattern has no state for ringing: an agent is busy as soon as a contact rings.
AGENT_WORDS: dict[AgentState, str] = {
    "available": "ready",
    "ringing": "busy",
    "busy": "busy",
    "wrap_up": "after_call_work",
    "not_ready": "not_ready",
    "paused": "break",
    "logged_out": "logged_out",
}


def _names(agent: model.Agent) -> tuple[str, str]:
    first, _, last = agent.name.partition(" ")
    return first, last


def _handled(agent: model.Agent, direction: Direction) -> float:
    return sum(row.contacts for row in agent.handled if (row.channel, row.direction) == ("voice", direction))


def _active_media(agent: model.Agent) -> str:
    return next((channel for channel, count in agent.active_contacts.items() if count), "")


def _talk_duration(agent: model.Agent) -> str | None:
    return plain(agent.time_in_state_seconds) if agent.state == "busy" else ""


def calls_with(dispositions: Sequence[str]) -> Statistic[model.Agent]:
    """Return the statistic that counts an agent's calls with any of these dispositions."""
    return lambda agent: plain(sum(agent.dispositions[name] for name in dispositions))


def _logged_in(agents: Iterable[model.Agent]) -> list[model.Agent]:
    return [agent for agent in agents if agent.state != "logged_out"]


def _average_speed_of_answer(ledger: Ledger) -> str | None:
    totals = [ledger.totals(queue.id) for queue in ledger.queues()]
    return plain(ratio(sum(each.answer_wait_seconds for each in totals), sum(each.answered for each in totals)))


# A missing value is "" in some fields and null in others, as in the vendor's API.
SERVICES: Statistics[model.Queue] = {
    "name": lambda queue: queue.name,
    "service_level": lambda queue: percentage(queue.service_level_ratio) or "",
    "service_level_target": lambda queue: percentage(queue.service_level_target_ratio),
    "service_level_threshold_time": lambda queue: plain(queue.service_level_target_seconds),
    "in_calls_waiting": lambda queue: plain(queue.waiting_contacts),
    "in_max_wait_time": lambda queue: plain(queue.oldest_wait_seconds),
    "in_ewt": lambda queue: plain(queue.estimated_wait_seconds),
    "in_average_speed_of_answer": lambda queue: plain(queue.average_wait_seconds),
    "in_calls_received_per_day": lambda queue: plain(queue.contacts_offered),
    "in_calls_queued_per_day": lambda queue: plain(queue.contacts_offered),
    "in_calls_handled_per_day": lambda queue: plain(queue.contacts_answered),
    "in_calls_abandoned_in_queue_per_day": lambda queue: plain(queue.contacts_abandoned),
    "in_calls_short_abandoned_in_queue_per_day": lambda queue: plain(queue.contacts_abandoned_short),
    "agents_busy": lambda queue: plain(queue.agents["busy"] + queue.agents["ringing"]),
    "agents_logged": lambda queue: plain(queue.staffed_agents),
}
AGENTS: Statistics[model.Agent] = {
    "login_id": lambda agent: agent.id,
    "firstname": lambda agent: _names(agent)[0],
    "lastname": lambda agent: _names(agent)[1],
    "team_name": lambda agent: agent.group,
    "acd_state": lambda agent: AGENT_WORDS[agent.state],
    "reason": lambda agent: agent.reason or (None if agent.state == "logged_out" else ""),
    "state_duration": lambda agent: plain(agent.time_in_state_seconds),
    "active_item_media_type": _active_media,
    "active_item_talk_duration": _talk_duration,
    "active_item_hold_duration": lambda agent: "0" if agent.state == "busy" else "",
    "in_calls_handled_per_day": lambda agent: plain(_handled(agent, "in")),
    "out_calls_handled_per_day": lambda agent: plain(_handled(agent, "out")),
    "agent_total_ready_time": lambda agent: plain(agent.state_totals["available"]),
    "agent_total_busy_time": lambda agent: plain(agent.state_totals["busy"] + agent.state_totals["ringing"]),
    "agent_total_ACW_time": lambda agent: plain(agent.state_totals["wrap_up"]),
    "agent_total_break_time": lambda agent: plain(agent.state_totals["paused"]),
}
TOTALS: Statistics[Ledger] = {
    "agents_logged": lambda ledger: plain(len(_logged_in(ledger.agents()))),
    "agents_ready": lambda ledger: plain(sum(agent.state == "available" for agent in ledger.agents())),
    "in_average_speed_of_answer": _average_speed_of_answer,
    "out_calls_answered_per_day": lambda ledger: plain(sum(_handled(agent, "out") for agent in ledger.agents())),
}
