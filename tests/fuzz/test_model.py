"""Any snapshot survives a round trip through JSON and through a page."""

import msgspec
from hypothesis import strategies as st

from exporter.metrics.mapping import QUEUE_FAMILIES, TRUNK_FAMILIES, Detail, entities
from exporter.metrics.pages import Format
from exporter.model import AGENT_STATES, PORT_STATES, Agent, Queue, Snapshot, Trunk, TrunkPort
from tests.fuzz.profiles import cases
from tests.fuzz.strategies import labels
from tests.support.exposition import page_of, read

_numbers = st.none() | st.integers(0, 2**53) | st.floats(0, 1e300)
queues = st.builds(
    Queue,
    id=labels,
    name=labels,
    channel=st.sampled_from(("", "voice", "chat", "email")),
    agents=st.dictionaries(st.sampled_from(AGENT_STATES), st.integers(0, 9), max_size=2),
    **dict.fromkeys(("waiting_contacts", "oldest_wait_seconds", "contacts_offered", "talk_seconds"), _numbers),
)
agents = st.builds(
    Agent,
    id=labels,
    name=labels,
    group=labels,
    reason=labels,
    state=st.sampled_from(AGENT_STATES),
    time_in_state_seconds=_numbers,
)
ports = st.lists(st.builds(TrunkPort, id=labels, state=st.sampled_from(PORT_STATES)), max_size=3)
trunks = st.builds(
    Trunk, id=labels, name=labels, capacity_ports=_numbers, usage_ratio=_numbers, ports=st.none() | ports.map(tuple)
)
snapshots = st.builds(
    Snapshot,
    queues=st.lists(queues, max_size=2).map(tuple),
    agents=st.none() | st.lists(agents, max_size=2).map(tuple),
    trunks=st.lists(trunks, max_size=2).map(tuple),
    unmapped=st.lists(st.tuples(labels, labels), max_size=2).map(tuple),
)


@cases(40, 5_000, snapshot=snapshots)
def test_snapshot_round_trips_through_json(snapshot: Snapshot) -> None:
    assert msgspec.json.decode(msgspec.json.encode(snapshot), type=Snapshot) == snapshot


@cases(40, 6_000, queue=queues, target=labels)
def test_queue_round_trips_through_a_page(queue: Queue, target: str) -> None:
    own = {"target": target, "queue_id": queue.id, "queue": queue.name, "channel": queue.channel}
    reported = {family.name: getattr(queue, field) for field, family in QUEUE_FAMILIES.items()}
    expected = {name: float(value) for name, value in reported.items() if value is not None}
    # Nothing waits or is active: an age is that of the last contact.
    for count, age in (("waiting_contacts", "oldest_wait_seconds"), ("active_contacts", "oldest_active_seconds")):
        if getattr(queue, count) == 0 and getattr(queue, age) is not None:
            expected[QUEUE_FAMILIES[age].name] = 0.0
    for form in Format:
        page = page_of(entities(target, Snapshot(queues=(queue,)), Detail()), form)
        found = {sample.name: sample for family in read(page, form) for sample in family.samples}
        assert all(sample.labels.items() >= own.items() for sample in found.values())
        assert {name: float(found[name].value) for name in found if name in reported} == expected


@cases(40, 4_000, trunk=trunks, target=labels)
def test_trunk_round_trips_through_a_page(trunk: Trunk, target: str) -> None:
    reported = {family.name: getattr(trunk, field) for field, family in TRUNK_FAMILIES.items()}
    expected = {name: float(value) for name, value in reported.items() if value is not None}
    page = page_of(entities(target, Snapshot(trunks=(trunk,)), Detail()))
    found = {sample.name: sample for family in read(page, Format.TEXT) for sample in family.samples}
    assert {sample.labels["trunk_id"] for sample in found.values()} <= {trunk.id}
    assert {name: float(found[name].value) for name in found if name in reported} == expected
