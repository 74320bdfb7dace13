"""The model in, exposition text out."""

import hashlib
import hmac

import msgspec
import pytest

from exporter.metrics import catalog
from exporter.metrics.mapping import Detail, entities, feeds
from exporter.model import (
    AGENT_STATES,
    PORT_STATES,
    Agent,
    Handled,
    Number,
    Queue,
    Snapshot,
    Thresholds,
    Trunk,
    TrunkPort,
    WaitAges,
)
from tests.support.exposition import series, series_of

SALES = Queue(
    id="7",
    name="Sales",
    channel="voice",
    waiting_contacts=3,
    waiting_callbacks=1,
    oldest_wait_seconds=42.5,
    estimated_wait_seconds=60,
    active_contacts=5,
    oldest_active_seconds=424.5,
    wait_ages=WaitAges(within_60_seconds=1, within_180_seconds=2, total=3),
    service_level_ratio=0.83,
    answered_ratio=0.95,
    service_level_target_ratio=0.8,
    service_level_target_seconds=20,
    staffed_agents=9,
    agents={"available": 2, "busy": 5},
    active_slots={"chat": 4, "voice": 5},
    available_slots={"voice": 2},
    contacts_offered=100,
    contacts_offered_unique=97,
    contacts_answered=90,
    contacts_answered_in_service_level=75,
    contacts_abandoned=8,
    contacts_abandoned_unique=7,
    contacts_abandoned_short=2,
    contacts_transferred=6,
    contacts_held=11,
    contacts_redirected_on_no_answer=4,
    contacts_overflowed=1,
    contacts_escalated=7,
    contacts_rejected_closed=12,
    ring_seconds=270,
    answer_wait_seconds=1800,
    talk_seconds=16200,
    abandon_wait_seconds=320,
    handle_seconds=18000,
    outbound_contacts_handled=9,
    outbound_handle_seconds=1350,
    average_wait_seconds=20,
    average_talk_seconds=180,
    average_abandon_wait_seconds=40,
    average_wrap_up_seconds=15.5,
    max_wait_seconds=311,
)

SALES_TEXT = """\
contactcenter_queue_waiting_contacts{target="a",queue_id="7",queue="Sales",channel="voice"} 3
contactcenter_queue_oldest_wait_seconds{target="a",queue_id="7",queue="Sales",channel="voice"} 42.5
contactcenter_queue_waiting_callbacks{target="a",queue_id="7",queue="Sales",channel="voice"} 1
contactcenter_queue_estimated_wait_seconds{target="a",queue_id="7",queue="Sales",channel="voice"} 60
contactcenter_queue_active_contacts{target="a",queue_id="7",queue="Sales",channel="voice"} 5
contactcenter_queue_oldest_active_seconds{target="a",queue_id="7",queue="Sales",channel="voice"} 424.5
contactcenter_queue_wait_age_seconds_bucket{target="a",queue_id="7",queue="Sales",channel="voice",le="60"} 1
contactcenter_queue_wait_age_seconds_bucket{target="a",queue_id="7",queue="Sales",channel="voice",le="180"} 2
contactcenter_queue_wait_age_seconds_bucket{target="a",queue_id="7",queue="Sales",channel="voice",le="+Inf"} 3
contactcenter_queue_service_level_ratio{target="a",queue_id="7",queue="Sales",channel="voice"} 0.83
contactcenter_queue_answered_ratio{target="a",queue_id="7",queue="Sales",channel="voice"} 0.95
contactcenter_queue_service_level_target_ratio{target="a",queue_id="7",queue="Sales",channel="voice"} 0.8
contactcenter_queue_service_level_target_seconds{target="a",queue_id="7",queue="Sales",channel="voice"} 20
contactcenter_queue_staffed_agents{target="a",queue_id="7",queue="Sales",channel="voice"} 9
contactcenter_queue_agents{target="a",queue_id="7",queue="Sales",channel="voice",state="available"} 2
contactcenter_queue_agents{target="a",queue_id="7",queue="Sales",channel="voice",state="busy"} 5
contactcenter_queue_active_slots{target="a",queue_id="7",queue="Sales",channel="voice"} 5
contactcenter_queue_active_slots{target="a",queue_id="7",queue="Sales",channel="chat"} 4
contactcenter_queue_available_slots{target="a",queue_id="7",queue="Sales",channel="voice"} 2
contactcenter_queue_contacts_offered_total{target="a",queue_id="7",queue="Sales",channel="voice"} 100
contactcenter_queue_contacts_offered_unique_total{target="a",queue_id="7",queue="Sales",channel="voice"} 97
contactcenter_queue_contacts_answered_total{target="a",queue_id="7",queue="Sales",channel="voice"} 90
contactcenter_queue_contacts_answered_in_service_level_total{target="a",queue_id="7",queue="Sales",channel="voice"} 75
contactcenter_queue_contacts_abandoned_total{target="a",queue_id="7",queue="Sales",channel="voice"} 8
contactcenter_queue_contacts_abandoned_unique_total{target="a",queue_id="7",queue="Sales",channel="voice"} 7
contactcenter_queue_contacts_abandoned_short_total{target="a",queue_id="7",queue="Sales",channel="voice"} 2
contactcenter_queue_contacts_transferred_total{target="a",queue_id="7",queue="Sales",channel="voice"} 6
contactcenter_queue_contacts_held_total{target="a",queue_id="7",queue="Sales",channel="voice"} 11
contactcenter_queue_contacts_redirected_on_no_answer_total{target="a",queue_id="7",queue="Sales",channel="voice"} 4
contactcenter_queue_contacts_overflowed_total{target="a",queue_id="7",queue="Sales",channel="voice"} 1
contactcenter_queue_contacts_escalated_total{target="a",queue_id="7",queue="Sales",channel="voice"} 7
contactcenter_queue_contacts_rejected_closed_total{target="a",queue_id="7",queue="Sales",channel="voice"} 12
contactcenter_queue_ring_seconds_total{target="a",queue_id="7",queue="Sales",channel="voice"} 270
contactcenter_queue_answer_wait_seconds_total{target="a",queue_id="7",queue="Sales",channel="voice"} 1800
contactcenter_queue_talk_seconds_total{target="a",queue_id="7",queue="Sales",channel="voice"} 16200
contactcenter_queue_abandon_wait_seconds_total{target="a",queue_id="7",queue="Sales",channel="voice"} 320
contactcenter_queue_handle_seconds_total{target="a",queue_id="7",queue="Sales",channel="voice"} 18000
contactcenter_queue_outbound_contacts_handled_total{target="a",queue_id="7",queue="Sales",channel="voice"} 9
contactcenter_queue_outbound_handle_seconds_total{target="a",queue_id="7",queue="Sales",channel="voice"} 1350
contactcenter_queue_average_wait_seconds{target="a",queue_id="7",queue="Sales",channel="voice"} 20
contactcenter_queue_average_talk_seconds{target="a",queue_id="7",queue="Sales",channel="voice"} 180
contactcenter_queue_average_abandon_wait_seconds{target="a",queue_id="7",queue="Sales",channel="voice"} 40
contactcenter_queue_average_wrap_up_seconds{target="a",queue_id="7",queue="Sales",channel="voice"} 15.5
contactcenter_queue_max_wait_seconds{target="a",queue_id="7",queue="Sales",channel="voice"} 311
"""

LEVELS = (
    Thresholds(
        severity="warning",
        waiting_contacts=10,
        oldest_wait_seconds=120,
        free_agents=1,
        serving_agents=4,
        service_level_ratio=0.8,
    ),
    Thresholds(severity="critical", waiting_contacts=20),
)

LEVELS_TEXT = """\
contactcenter_queue_waiting_contacts_threshold{target="a",queue_id="7",queue="",channel="",severity="warning"} 10
contactcenter_queue_waiting_contacts_threshold{target="a",queue_id="7",queue="",channel="",severity="critical"} 20
contactcenter_queue_oldest_wait_threshold_seconds{target="a",queue_id="7",queue="",channel="",severity="warning"} 120
contactcenter_queue_free_agents_threshold{target="a",queue_id="7",queue="",channel="",severity="warning"} 1
contactcenter_queue_serving_agents_threshold{target="a",queue_id="7",queue="",channel="",severity="warning"} 4
contactcenter_queue_service_level_threshold_ratio{target="a",queue_id="7",queue="",channel="",severity="warning"} 0.8
"""

ADA = Agent(
    id="40017",
    name="Ada Lovelace",
    group="Sales",
    state="not_ready",
    reason="lunch",
    time_in_state_seconds=61,
    handled=(
        Handled(channel="voice", direction="in", contacts=12),
        Handled(channel="voice", direction="out", contacts=3),
    ),
    state_totals={"available": 3600, "not_ready": 754.5},
    active_contacts={"chat": 2},
    capacity_contacts={"chat": 3},
)

GROUP_TEXT = """\
contactcenter_agents{target="a",group="Sales",state="available",reason=""} 0
contactcenter_agents{target="a",group="Sales",state="ringing",reason=""} 0
contactcenter_agents{target="a",group="Sales",state="busy",reason=""} 0
contactcenter_agents{target="a",group="Sales",state="wrap_up",reason=""} 0
contactcenter_agents{target="a",group="Sales",state="not_ready",reason=""} 0
contactcenter_agents{target="a",group="Sales",state="paused",reason=""} 0
contactcenter_agents{target="a",group="Sales",state="logged_out",reason=""} 0
contactcenter_agents{target="a",group="Sales",state="unknown",reason=""} 0
contactcenter_agents{target="a",group="Sales",state="not_ready",reason="lunch"} 1
"""

ADA_TEXT = """\
contactcenter_agent_state{target="a",agent_id="40017",agent="Ada Lovelace",state="available"} 0
contactcenter_agent_state{target="a",agent_id="40017",agent="Ada Lovelace",state="ringing"} 0
contactcenter_agent_state{target="a",agent_id="40017",agent="Ada Lovelace",state="busy"} 0
contactcenter_agent_state{target="a",agent_id="40017",agent="Ada Lovelace",state="wrap_up"} 0
contactcenter_agent_state{target="a",agent_id="40017",agent="Ada Lovelace",state="not_ready"} 1
contactcenter_agent_state{target="a",agent_id="40017",agent="Ada Lovelace",state="paused"} 0
contactcenter_agent_state{target="a",agent_id="40017",agent="Ada Lovelace",state="logged_out"} 0
contactcenter_agent_state{target="a",agent_id="40017",agent="Ada Lovelace",state="unknown"} 0
contactcenter_agent_time_in_state_seconds{target="a",agent_id="40017",agent="Ada Lovelace"} 61
contactcenter_agent_contacts_handled_total{target="a",agent_id="40017",agent="Ada Lovelace",channel="voice",direction="in"} 12
contactcenter_agent_contacts_handled_total{target="a",agent_id="40017",agent="Ada Lovelace",channel="voice",direction="out"} 3
contactcenter_agent_state_seconds_total{target="a",agent_id="40017",agent="Ada Lovelace",state="available"} 3600
contactcenter_agent_state_seconds_total{target="a",agent_id="40017",agent="Ada Lovelace",state="not_ready"} 754.5
contactcenter_agent_active_contacts{target="a",agent_id="40017",agent="Ada Lovelace",channel="chat"} 2
contactcenter_agent_capacity_contacts{target="a",agent_id="40017",agent="Ada Lovelace",channel="chat"} 3
"""  # noqa: E501 - these lines are as long as their labels

NORTH = Trunk(
    id="21",
    name="North",
    capacity_ports=3,
    in_use_ports=2,
    idle_ports=1,
    usage_ratio=0.67,
    ports=(
        TrunkPort(id="1", state="connected"),
        TrunkPort(id="2", state="idle"),
        TrunkPort(id="3", state="connected"),
    ),
)

NORTH_TEXT = """\
contactcenter_trunk_capacity_ports{target="a",trunk_id="21",trunk="North"} 3
contactcenter_trunk_in_use_ports{target="a",trunk_id="21",trunk="North"} 2
contactcenter_trunk_idle_ports{target="a",trunk_id="21",trunk="North"} 1
contactcenter_trunk_usage_ratio{target="a",trunk_id="21",trunk="North"} 0.67
contactcenter_trunk_ports{target="a",trunk_id="21",trunk="North",state="idle"} 1
contactcenter_trunk_ports{target="a",trunk_id="21",trunk="North",state="seized"} 0
contactcenter_trunk_ports{target="a",trunk_id="21",trunk="North",state="queued"} 0
contactcenter_trunk_ports{target="a",trunk_id="21",trunk="North",state="connected"} 2
contactcenter_trunk_ports{target="a",trunk_id="21",trunk="North",state="ringing"} 0
contactcenter_trunk_ports{target="a",trunk_id="21",trunk="North",state="held"} 0
contactcenter_trunk_ports{target="a",trunk_id="21",trunk="North",state="maintenance"} 0
contactcenter_trunk_ports{target="a",trunk_id="21",trunk="North",state="fault"} 0
contactcenter_trunk_ports{target="a",trunk_id="21",trunk="North",state="unknown"} 0
"""


def test_a_queue() -> None:
    assert series(queue=SALES) == SALES_TEXT


def test_the_example_queue_has_every_field() -> None:
    missing = [name for name, value in msgspec.structs.asdict(SALES).items() if value in (None, "", {}, ())]
    assert missing == ["waits", "thresholds", "contacts"]


def test_thresholds_of_a_queue() -> None:
    assert series(queue=Queue(id="7", thresholds=LEVELS)) == LEVELS_TEXT


def test_a_missing_field_makes_no_series() -> None:
    assert series(queue=Queue(id="7")) == ""
    assert series(trunk=Trunk(id="21")) == ""
    assert series_of(entities("a", Snapshot(), Detail(agents="name", ports=True))) == ""


def test_the_age_of_the_data_belongs_to_the_target() -> None:
    line = 'contactcenter_vendor_data_age_seconds{target="a"} 61.5\n'
    assert series_of(entities("a", Snapshot(data_age_seconds=61.5), Detail())) == line


def test_the_status_of_the_vendor_belongs_to_the_target() -> None:
    name = "contactcenter_vendor_status"
    states = ("operational", "minor", "major", "critical", "maintenance", "unknown")
    lines = [f'{name}{{target="a",state="{state}"}} {int(state == "minor")}\n' for state in states]
    assert series_of(entities("a", Snapshot(vendor_status="minor"), Detail())) == "".join(lines)


def test_zero_is_not_missing() -> None:
    assert series(queue=Queue(id="7", waiting_contacts=0)) == (
        'contactcenter_queue_waiting_contacts{target="a",queue_id="7",queue="",channel=""} 0\n'
    )


def test_agents_are_only_counted_unless_opted_in() -> None:
    assert series(agent=ADA) == GROUP_TEXT


def test_an_agent_by_name() -> None:
    assert series(agent=ADA, detail=Detail(agents="name")) == GROUP_TEXT + ADA_TEXT


def test_an_agent_by_id_has_no_name() -> None:
    nameless = ADA_TEXT.replace("Ada Lovelace", "")
    assert series(agent=ADA, detail=Detail(agents="id")) == GROUP_TEXT + nameless


def test_an_agent_by_pseudonym_has_neither() -> None:
    pseudonym = hmac.new(b"a secret", b"40017", hashlib.sha256).hexdigest()
    assert pseudonym == "3b0490834d182601dfb18fe50548d43e4df308b942a0c432d5283c62e5fef62d"
    shown = series(agent=ADA, detail=Detail(agents="pseudonym", pseudonym_key=b"a secret"))
    assert shown == GROUP_TEXT + ADA_TEXT.replace("Ada Lovelace", "").replace("40017", pseudonym)


def test_another_key_makes_another_pseudonym() -> None:
    detail = Detail(agents="pseudonym", pseudonym_key=b"a secret")
    other = detail._replace(pseudonym_key=b"another")
    assert series(agent=ADA, detail=detail) != series(agent=ADA, detail=other)
    assert series(agent=ADA, detail=detail) == series(agent=ADA, detail=detail)


def test_an_id_with_invalid_unicode_has_a_pseudonym() -> None:
    shown = series(agent=Agent(id="\ud800"), detail=Detail(agents="pseudonym", pseudonym_key=b"a secret"))
    assert "contactcenter_agent_state{" in shown


def test_no_detail_exports_more_than_it_allows() -> None:
    for agents in ("aggregate", "pseudonym"):
        shown = series(agent=ADA, detail=Detail(agents=agents, pseudonym_key=b"a secret"))
        assert "Ada" not in shown
        assert "40017" not in shown


def test_dispositions_are_added_up_by_group_and_absent_if_an_agent_lacks_one() -> None:
    team = (
        Agent(id="1", group="Sales", dispositions={"Sale": 2, "No sale": 1}),
        Agent(id="2", group="Sales", dispositions={"No sale": 4}),
        Agent(id="3", group="", dispositions={"Sale": 5}),
        Agent(id="4", group="Support"),
    )
    shown = series_of(entities("a", Snapshot(agents=team), Detail()))
    assert [line for line in shown.splitlines() if "dispositions" in line] == [
        'contactcenter_dispositions_total{target="a",group="Sales",disposition="No sale"} 5',
        'contactcenter_dispositions_total{target="a",group="",disposition="Sale"} 5',
    ]
    some = series_of(entities("a", Snapshot(agents=team, agents_complete=False), Detail()))
    assert "dispositions" not in some


def test_groups_have_every_state() -> None:
    team = (
        Agent(id="1", group="Sales", state="available"),
        Agent(id="2", group="Sales", state="available"),
        Agent(id="3", group="", state="not_ready", reason="9"),
    )
    lines = series_of(entities("a", Snapshot(agents=team), Detail())).splitlines()
    assert len(lines) == 2 * len(AGENT_STATES) + 1
    assert [line for line in lines if not line.endswith(" 0")] == [
        'contactcenter_agents{target="a",group="Sales",state="available",reason=""} 2',
        'contactcenter_agents{target="a",group="",state="not_ready",reason="9"} 1',
    ]


def test_a_trunk() -> None:
    assert series(trunk=NORTH) == NORTH_TEXT


def test_a_trunk_without_listed_ports_has_no_port_counts() -> None:
    assert "trunk_ports{" not in series(trunk=Trunk(id="21", capacity_ports=3))
    assert series(trunk=Trunk(id="21", ports=())).count("trunk_ports{") == len(PORT_STATES)


def test_single_ports_if_opted_in() -> None:
    shown = series(trunk=NORTH, detail=Detail(ports=True))
    assert shown.startswith(NORTH_TEXT)
    lines = shown.removeprefix(NORTH_TEXT).splitlines()
    assert len(lines) == 3 * len(PORT_STATES)
    assert [line for line in lines if line.endswith(" 1")] == [
        f'contactcenter_trunk_port_state{{target="a",trunk_id="21",trunk="North",port="{port}",state="{state}"}} 1'
        for port, state in (("1", "connected"), ("2", "idle"), ("3", "connected"))
    ]


def test_a_port_without_a_number_is_counted_only() -> None:
    shown = series(trunk=Trunk(id="21", ports=(TrunkPort(id="", state="idle"),)), detail=Detail(ports=True))
    assert 'contactcenter_trunk_ports{target="a",trunk_id="21",trunk="",state="idle"} 1' in shown
    assert "trunk_port_state" not in shown


def test_a_number_that_contacts_dial() -> None:
    hotline = Number(
        id="hotline",
        in_progress_contacts=5,
        active_contacts=3,
        oldest_in_progress_seconds=400,
        oldest_active_seconds=380.5,
        contacts_offered=120,
        contacts_answered=100,
        contact_seconds=18_000,
    )
    assert (
        series_of(entities("a", Snapshot(numbers=(hotline,)), Detail()))
        == """\
contactcenter_number_in_progress_contacts{target="a",number="hotline"} 5
contactcenter_number_active_contacts{target="a",number="hotline"} 3
contactcenter_number_oldest_in_progress_seconds{target="a",number="hotline"} 400
contactcenter_number_oldest_active_seconds{target="a",number="hotline"} 380.5
contactcenter_number_contacts_offered_total{target="a",number="hotline"} 120
contactcenter_number_contacts_answered_total{target="a",number="hotline"} 100
contactcenter_number_contact_seconds_total{target="a",number="hotline"} 18000
"""
    )


def test_agents_are_counted_by_skill_if_the_vendor_part_reads_skills() -> None:
    team = (
        Agent(id="1", state="busy", skill="2", direction="in"),
        Agent(id="2", state="busy", skill="2", direction="in"),
        Agent(id="3", state="available", skill="2"),
        Agent(id="4", state="available"),
    )
    lines = series_of(entities("a", Snapshot(agents=team), Detail())).splitlines()
    counted = [line for line in lines if "by_skill" in line]
    assert len(counted) == len(AGENT_STATES) + 1
    assert [line for line in counted if not line.endswith(" 0")] == [
        'contactcenter_agents_by_skill{target="a",skill="2",state="available",direction=""} 1',
        'contactcenter_agents_by_skill{target="a",skill="2",state="busy",direction="in"} 2',
    ]
    incomplete = series_of(entities("a", Snapshot(agents=team, agents_complete=False), Detail()))
    assert "by_skill" not in incomplete


def test_items_keep_the_vendors_order() -> None:
    queues = tuple(Queue(id=name, waiting_contacts=1) for name in ("zeta", "alpha", "mu"))
    lines = series_of(entities("a", Snapshot(queues=queues), Detail())).splitlines()
    assert [line.split('"')[3] for line in lines] == ["zeta", "alpha", "mu"]


@pytest.mark.parametrize("model", [Queue, Agent, Trunk, Thresholds])
def test_every_field_of_the_model_feeds_a_family_or_labels_one(model: type[msgspec.Struct]) -> None:
    labelling = {"id", "name", "channel", "severity"}
    idle = {name for name in model.__struct_fields__ if not feeds(model, name)}
    assert idle <= labelling


def test_labels_are_those_of_the_catalogue_in_its_order() -> None:
    detail = Detail(agents="name", ports=True)
    full = msgspec.structs.replace(SALES, thresholds=LEVELS)
    found = list(entities("a", Snapshot(queues=(full,), agents=(ADA,), trunks=(NORTH,)), detail))
    plain = [(e.labels + column.labels, column.family) for e in found for column, _ in e.samples]
    sets = [(e.labels, e.state_set) for e in found if e.state_set]
    shared = [(own + labels, state_set.family) for own, state_set in sets for labels, _ in state_set.samples]
    for labels, family in plain + shared:
        assert tuple(name for name, _ in labels if name != "le") == family.labels
    assert {family for _, family in shared} == {catalog.AGENT_STATE, catalog.TRUNK_PORT_STATE}


@pytest.mark.parametrize(("waiting", "oldest"), [(0, "0"), (None, "7200"), (1, "7200")])
def test_no_contact_waits_longer_than_there_are_waiting_contacts(waiting: float | None, oldest: str) -> None:
    """Some vendors keep the wait of a contact that has left; without a count the wait is exported as it is."""
    queue = Queue(id="1", waiting_contacts=waiting, oldest_wait_seconds=7200)
    assert f'contactcenter_queue_oldest_wait_seconds{{target="a",queue_id="1",queue="",channel=""}} {oldest}\n' in (
        series_of(entities("a", Snapshot(queues=(queue,)), Detail()))
    )


@pytest.mark.parametrize(("active", "oldest"), [(0, 0), (1, 300), (None, 300)])
def test_the_oldest_active_contact_is_0_if_none_is_active(active: float | None, oldest: float) -> None:
    queue = Queue(id="7", active_contacts=active, oldest_active_seconds=300)
    [entity] = entities("a", Snapshot(queues=(queue,)), Detail())
    shown = {column.family: value for column, value in entity.samples}
    assert shown[catalog.QUEUE_OLDEST_ACTIVE] == oldest
