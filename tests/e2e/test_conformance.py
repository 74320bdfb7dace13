"""One contact centre at five vendors: each family of each vendor equals the ledger, or has a reason to be absent."""

import asyncio
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

import pytest
from prometheus_client.parser import text_string_to_metric_families

from exporter.cli.demo import demo_targets
from exporter.metrics.catalog import FAMILIES, PREFIX
from exporter.metrics.pages import Exposition, Format
from exporter.model import AGENT_STATES, PORT_STATES, Queue, Trunk
from exporter.polling.collector import Collector
from exporter.runtime.clock import SystemClock
from exporter.settings import Poll
from exporter.simulator import http_server
from exporter.simulator.default import working_day
from exporter.simulator.driver import Driver
from exporter.simulator.ledger import Ledger
from exporter.simulator.scenarios import ScenarioName
from tests.support.exposition import page_bytes

pytestmark = pytest.mark.slow

HOUR = 3600.0
VENDORS = {
    "kpn": "amsterdam",
    "sinch": "helsinki",
    "brightpattern": "oakland",
    "axialys": "paris",
    "apio": "brussels",
}

Key = tuple[str, ...]
Values = dict[Key, float]

# The labels that identify an item at every vendor: ids of queues differ (one vendor uses the name), names do not.
IDENTITY = {
    "queue": ("queue", "state", "severity", "le"),
    "trunk": ("trunk", "port", "state"),
    "agent": ("agent_id", "state", "channel", "direction"),
    "agents": ("state",),
}


@dataclass(frozen=True)
class Reported:
    """How a vendor reports a family.

    Attributes:
        as_: States that it reports as another state; their counts add up.
        states: The states it reports, None for all.
        only: Selects the series of the ledger that it can report.
        more: Whether it reports further series, such as a 0 that the ledger does not have.
    """

    as_: Mapping[str, str] | None = None
    states: tuple[str, ...] | None = None
    only: Callable[[Ledger, Key], bool] = lambda _ledger, _key: True
    more: bool = False

    def expected(self, ledger: Ledger, truth: Values) -> Values:
        """Return the ledger's series in the vendor's states; a state is always the last part of a key."""
        values: Values = {}
        for key, value in truth.items():
            last = (self.as_ or {}).get(key[-1], key[-1])
            if self.only(ledger, key) and (self.states is None or last in self.states):
                reported = (*key[:-1], last)
                values[reported] = values.get(reported, 0) + value
        return values


def _waiting(ledger: Ledger, key: Key) -> bool:
    return bool(next(queue.waiting_contacts for queue in ledger.queues() if queue.name == key[0]))


def _in_states(*states: str) -> Callable[[Ledger, Key], bool]:
    return lambda ledger, key: next(agent.state for agent in ledger.agents() if agent.id == key[0]) in states


def _signed_in(ledger: Ledger, key: Key) -> bool:
    return not _in_states("logged_out")(ledger, key)


def _signed_in_for_chats(ledger: Ledger, key: Key) -> bool:
    return "chat" in key and _signed_in(ledger, key)


def _by_phone(_ledger: Ledger, key: Key) -> bool:
    return "voice" in key


EXACT = Reported()
NO_CALLS = "the API provides agents and call centres, not calls"
NOT_PUBLISHED = "not published by this vendor"
TRUNKS = "the API does not provide trunks"
PER_AGENT = "the API does not provide it for single agents"
OPERATOR = "published only if configured: `service_level: seconds`"
CONTACTS = HISTORY = "published only if configured: `contacts.enabled`"
COUNTS = "the API provides the underlying counts instead"
MEANS = "the API provides means instead"

KPN_AGENTS = Reported(as_={"paused": "not_ready"})
SINCH_AGENTS = Reported(as_={"ringing": "available", "wrap_up": "busy"})
BRIGHT_AGENTS = Reported(as_={"ringing": "busy"})
AXIALYS_AGENTS = Reported(as_={"wrap_up": "not_ready"})
APIO_AGENTS = Reported(as_={"ringing": "available", "busy": "available", "paused": "not_ready"})


def row(apio: Reported | str = NO_CALLS, **vendors: Reported | str) -> dict[str, Reported | str]:
    """Return one row of the table; a vendor that is not named does not publish the family."""
    return {"apio": apio, **{name: vendors.get(name, NOT_PUBLISHED) for name in VENDORS if name != "apio"}}


TABLE: dict[str, dict[str, Reported | str]] = {
    "queue_waiting_contacts": row(kpn=EXACT, sinch=EXACT, brightpattern=EXACT, axialys=EXACT),
    "queue_oldest_wait_seconds": row(kpn=EXACT, sinch=EXACT, brightpattern=EXACT, axialys=Reported(only=_waiting)),
    "queue_waiting_callbacks": row(sinch=CONTACTS),
    "queue_estimated_wait_seconds": row(brightpattern=EXACT),
    "queue_active_contacts": row(axialys=EXACT),
    "queue_oldest_active_seconds": row(),
    "queue_wait_age_seconds": row(axialys=EXACT),
    "queue_service_level_ratio": row(kpn=EXACT, sinch=EXACT, brightpattern=EXACT, axialys=COUNTS),
    "queue_answered_ratio": row(axialys=EXACT, kpn=COUNTS, sinch=COUNTS, brightpattern=COUNTS),
    "queue_service_level_target_ratio": row(brightpattern=EXACT),
    "queue_service_level_target_seconds": row(brightpattern=EXACT, axialys=EXACT, kpn=OPERATOR),
    "queue_staffed_agents": row(kpn=EXACT, sinch=EXACT, brightpattern=EXACT, apio=EXACT),
    "queue_agents": row(
        kpn=Reported(as_={"paused": "not_ready"}, states=("available", "busy", "wrap_up", "not_ready")),
        sinch=Reported(states=("available", "busy", "wrap_up", "not_ready", "paused")),
        # Whether an agent is available is a resource of its own, without a count.
        brightpattern=Reported(as_={"ringing": "busy"}, states=("busy",), more=True),
        # A busy agent counts in the queue of the call once it is known, while the ledger counts every queue of a skill.
        axialys=Reported(
            as_={"wrap_up": "not_ready"}, states=("available", "ringing", "not_ready", "paused"), more=True
        ),
        apio=Reported(as_=APIO_AGENTS.as_, states=("available", "wrap_up", "not_ready")),
    ),
    "queue_active_slots": row(),
    "queue_available_slots": row(),
    "queue_contacts_offered_total": row(kpn=EXACT, sinch=EXACT, brightpattern=EXACT, axialys=EXACT),
    "queue_contacts_offered_unique_total": row(axialys=EXACT),
    "queue_contacts_answered_total": row(kpn=EXACT, sinch=EXACT, brightpattern=EXACT, axialys=EXACT),
    "queue_contacts_answered_in_service_level_total": row(kpn=EXACT, sinch=EXACT, axialys=EXACT),
    "queue_contacts_abandoned_total": row(sinch=EXACT, brightpattern=EXACT, axialys=EXACT),
    "queue_contacts_abandoned_unique_total": row(axialys=EXACT),
    "queue_contacts_abandoned_short_total": row(sinch=EXACT, brightpattern=EXACT, axialys=EXACT),
    "queue_contacts_transferred_total": row(kpn=EXACT),
    "queue_contacts_held_total": row(kpn=EXACT),
    "queue_contacts_redirected_on_no_answer_total": row(kpn=EXACT),
    "queue_contacts_overflowed_total": row(kpn=EXACT),
    "queue_contacts_escalated_total": row(axialys=EXACT),
    "queue_contacts_rejected_closed_total": row(sinch=EXACT),
    "queue_ring_seconds_total": row(kpn=EXACT),
    "queue_answer_wait_seconds_total": row(kpn=EXACT, sinch=EXACT, brightpattern=MEANS, axialys=MEANS),
    "queue_talk_seconds_total": row(kpn=EXACT, axialys=MEANS),
    "queue_abandon_wait_seconds_total": row(kpn=EXACT, sinch=EXACT, axialys=MEANS),
    "queue_handle_seconds_total": row(sinch=EXACT),
    "queue_outbound_contacts_handled_total": row(sinch=EXACT),
    "queue_outbound_handle_seconds_total": row(sinch=EXACT),
    "queue_wait_seconds": row(),
    "queue_average_wait_seconds": row(brightpattern=EXACT, axialys=EXACT, kpn=COUNTS, sinch=COUNTS),
    "queue_average_talk_seconds": row(axialys=EXACT, kpn=COUNTS),
    "queue_average_abandon_wait_seconds": row(axialys=EXACT, kpn=COUNTS, sinch=COUNTS),
    "queue_average_wrap_up_seconds": row(axialys=EXACT),
    "queue_max_wait_seconds": row(sinch=EXACT, axialys=EXACT),
    "queue_waiting_contacts_threshold": row(sinch=EXACT),
    "queue_oldest_wait_threshold_seconds": row(sinch=EXACT),
    "queue_free_agents_threshold": row(sinch=EXACT),
    "queue_serving_agents_threshold": row(sinch=EXACT),
    "queue_service_level_threshold_ratio": row(sinch=EXACT),
    # tests/e2e/test_contacts_ledger.py compares them with the ledger.
    "queue_contacts_finished_total": row(sinch=CONTACTS),
    "queue_contacts_answered_difference": row(sinch=CONTACTS),
    "queue_contact_wait_seconds": row(sinch=CONTACTS),
    "queue_contact_service_level_wait_seconds": row(sinch=CONTACTS),
    "queue_contact_handle_seconds": row(sinch=CONTACTS),
    "queue_contact_wrap_up_seconds": row(sinch=CONTACTS),
    "queue_contacts_moved_in_total": row(sinch=CONTACTS),
    "trunk_capacity_ports": row(apio=TRUNKS, kpn=EXACT),
    "trunk_in_use_ports": row(apio=TRUNKS, kpn=EXACT),
    "trunk_idle_ports": row(apio=TRUNKS, kpn=EXACT),
    "trunk_usage_ratio": row(apio=TRUNKS, kpn=EXACT),
    "trunk_registered": row(apio=TRUNKS),
    "trunk_ports": row(apio=TRUNKS, kpn=EXACT),
    "trunk_port_state": row(apio=TRUNKS, kpn=EXACT),
    "agents": row(
        kpn=KPN_AGENTS, sinch=SINCH_AGENTS, brightpattern=BRIGHT_AGENTS, axialys=AXIALYS_AGENTS, apio=APIO_AGENTS
    ),
    "agents_by_skill": row(kpn="published only if configured: `agents_by_skill`", apio=NOT_PUBLISHED),
    "agent_state": row(
        kpn=KPN_AGENTS, sinch=SINCH_AGENTS, brightpattern=BRIGHT_AGENTS, axialys=AXIALYS_AGENTS, apio=APIO_AGENTS
    ),
    "agent_time_in_state_seconds": row(
        kpn=EXACT,
        # The API reports the duration of the contact or of the user's status: an agent who is ready between two
        # contacts is ready since the break.
        sinch=Reported(only=_in_states("busy", "wrap_up", "paused", "not_ready", "logged_out"), more=True),
        brightpattern=EXACT,
        # Only breaks, logins and logouts have a date.
        axialys=Reported(only=_in_states("paused", "logged_out"), more=True),
        apio=PER_AGENT,
    ),
    "agent_contacts_handled_total": row(
        kpn=PER_AGENT,
        # Most fields of a logged-out agent are missing; other agents have 0 for channels they do not serve.
        sinch=Reported(only=_signed_in, more=True),
        brightpattern=Reported(only=_by_phone),
        axialys=HISTORY,
        apio=PER_AGENT,
    ),
    "agent_state_seconds_total": row(
        kpn=PER_AGENT,
        sinch=Reported(
            as_={"ringing": "available"},
            states=("available", "busy", "wrap_up", "not_ready", "paused"),
            only=_signed_in,
        ),
        brightpattern=Reported(as_={"ringing": "busy"}, states=("available", "busy", "wrap_up", "paused")),
        axialys=HISTORY,
        apio=PER_AGENT,
    ),
    "agent_active_contacts": row(
        kpn=PER_AGENT, sinch=Reported(only=_signed_in, more=True), axialys=PER_AGENT, apio=PER_AGENT
    ),
    "agent_capacity_contacts": row(
        kpn=PER_AGENT, sinch=Reported(only=_signed_in_for_chats, more=True), axialys=PER_AGENT, apio=PER_AGENT
    ),
}


def _queue_truth(queue: Queue) -> Iterator[tuple[str, Key, float | None]]:
    """Yield the ledger's values of a queue: a field of the model feeds the family of its name."""
    for family in TABLE:
        name = family.removeprefix("queue_").removesuffix("_total")
        if family.startswith("queue_") and name in queue.__struct_fields__ and name not in {"agents", "thresholds"}:
            yield family, (queue.name,), getattr(queue, name)
    for state, count in queue.agents.items():
        yield "queue_agents", (queue.name, state), count
    if queue.wait_ages is not None:
        ages = queue.wait_ages
        up_to = {"60": ages.within_60_seconds, "180": ages.within_180_seconds, "+Inf": ages.total}
        for le, contacts in up_to.items():
            yield "queue_wait_age_seconds", (queue.name, le), contacts
    for level in queue.thresholds:
        key = (queue.name, level.severity)
        yield "queue_waiting_contacts_threshold", key, level.waiting_contacts
        yield "queue_oldest_wait_threshold_seconds", key, level.oldest_wait_seconds
        yield "queue_free_agents_threshold", key, level.free_agents
        yield "queue_serving_agents_threshold", key, level.serving_agents
        yield "queue_service_level_threshold_ratio", key, level.service_level_ratio


def _trunk_truth(trunk: Trunk) -> Iterator[tuple[str, Key, float | None]]:
    for name in ("capacity_ports", "in_use_ports", "idle_ports", "usage_ratio"):
        yield f"trunk_{name}", (trunk.name,), getattr(trunk, name)
    for state in PORT_STATES:
        ports = trunk.ports or ()
        yield "trunk_ports", (trunk.name, state), sum(port.state == state for port in ports)
        for port in ports:
            yield "trunk_port_state", (trunk.name, port.id, state), port.state == state


def _agent_truth(ledger: Ledger) -> Iterator[tuple[str, Key, float | None]]:
    states = Counter(agent.state for agent in ledger.agents())
    for state in AGENT_STATES:
        yield "agents", (state,), states[state]
    for agent in ledger.agents():
        yield "agent_time_in_state_seconds", (agent.id,), agent.time_in_state_seconds
        for state in AGENT_STATES:
            yield "agent_state", (agent.id, state), agent.state == state
        for row in agent.handled:
            yield "agent_contacts_handled_total", (agent.id, row.channel, row.direction), row.contacts
        for state, seconds in agent.state_totals.items():
            yield "agent_state_seconds_total", (agent.id, state), seconds
        for channel, count in agent.active_contacts.items():
            yield "agent_active_contacts", (agent.id, channel), count
        for channel, count in agent.capacity_contacts.items():
            yield "agent_capacity_contacts", (agent.id, channel), count


def truth_of(ledger: Ledger, queues: Iterable[Queue]) -> dict[str, Values]:
    """Return every family from the ledger, for the queues that a vendor lists."""
    found: dict[str, Values] = {}
    found_items = [item for queue in queues for item in _queue_truth(queue)]
    found_items += [item for trunk in ledger.trunks() for item in _trunk_truth(trunk)]
    for family, key, value in (*found_items, *_agent_truth(ledger)):
        if value is not None:
            found.setdefault(family, {})[key] = value
    return found


def _shown(page: str) -> dict[tuple[str, str], Values]:
    """Return the values of each target and family, keyed by the identifying labels."""
    found: dict[tuple[str, str], Values] = {}
    for family in text_string_to_metric_families(page):
        for sample in family.samples:
            name = sample.name.removeprefix(PREFIX).removesuffix("_bucket")
            if name in TABLE:
                kind = "agents" if name == "agents" else name.partition("_")[0]
                key = tuple(_plain(sample.labels[label]) for label in IDENTITY[kind] if label in sample.labels)
                values = found.setdefault((sample.labels["target"], name), {})
                values[key] = values.get(key, 0) + sample.value
    return found


def _plain(label: str) -> str:
    """Return a label without the shortened domain of one vendor's ids."""
    return label.partition("…")[0]


_OFTEN = Poll(interval=1, timeout=30, stale_after=600)
# An agent that takes a quarter of the timeout is skipped, and the machine may be slow.
_POLL = {"apio": Poll(interval=120, timeout=120, stale_after=600)}


async def _poll(driver: Driver) -> str:
    """Return the page once every resource was polled."""
    simulated = await http_server.start("127.0.0.1", 0, driver)
    targets = [
        target.model_copy(update={"poll": _POLL.get(target.vendor, _OFTEN)}) for target in demo_targets(simulated.url)
    ]
    collector = Collector(targets, Exposition(lambda _form: b""), SystemClock())
    try:
        await collector.start()
        async with asyncio.timeout(90):
            while not _complete(collector):  # noqa: ASYNC110 - a poll sets no event
                await asyncio.sleep(0.1)
        return page_bytes(collector, Format.TEXT).decode()
    finally:
        await collector.stop()
        await simulated.stop()


def _complete(collector: Collector) -> bool:
    return all(resource.last_success is not None for target in collector.health for resource in target.resources)


Case = tuple[Ledger, dict[tuple[str, str], Values]]


@pytest.fixture(
    scope="module", params=[(1, 12.0, None), (2, 14.75, ScenarioName.SURGE), (3, 11.2, ScenarioName.UNDERSTAFFED)]
)
def case(request: pytest.FixtureRequest) -> Case:
    seed, hours, scenario = request.param
    driver = Driver(working_day(seed), SystemClock(), speed=0)
    if scenario is not None:
        driver.centre.scenarios[scenario].on()
    driver.centre.advance(hours * HOUR)
    return driver.centre.ledger, _shown(asyncio.run(_poll(driver)))


def test_the_table_has_every_family_of_a_contact_centre() -> None:
    names = [family.name.removeprefix(PREFIX) for family in FAMILIES]
    assert list(TABLE) == [name for name in names if name.startswith(("queue_", "trunk_", "agent"))]


@pytest.mark.parametrize("vendor", VENDORS)
@pytest.mark.parametrize("family", TABLE)
def test_the_exported_values_equal_the_ledger(case: Case, family: str, vendor: str) -> None:
    ledger, shown = case
    exported = shown.get((VENDORS[vendor], family), {})
    cell = TABLE[family][vendor]
    if isinstance(cell, str):
        assert not exported, f"published after all, though {cell}"
        return
    named = {key[0] for (target, _), values in shown.items() if target == VENDORS[vendor] for key in values}
    truth = truth_of(ledger, [queue for queue in ledger.queues() if queue.name in named])[family]
    expected = cell.expected(ledger, truth)
    assert expected or cell.only is _waiting, "nothing to compare"
    assert {key: exported.get(key, 0) for key in expected} == expected
    # An empty state may be exported as 0 even if the vendor does not report it.
    assert cell.more or not {key: value for key, value in exported.items() if value and key not in expected}
