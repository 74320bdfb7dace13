"""What is selected and what is not: a snapshot in, a smaller one or fewer series out."""

import re
from collections.abc import Iterable
from typing import Any

import pytest

from exporter.metrics.catalog import FAMILIES, OF_THE_CENTRE
from exporter.metrics.mapping import (
    COMPOSITE_FAMILIES,
    NUMBER_FAMILIES,
    QUEUE_FAMILIES,
    THRESHOLD_FAMILIES,
    TRUNK_FAMILIES,
    Detail,
    entities,
)
from exporter.model import (
    Agent,
    Handled,
    Histogram,
    Number,
    ObservedContacts,
    Queue,
    Snapshot,
    Thresholds,
    Trunk,
    TrunkPort,
    WaitAges,
)
from exporter.polling.selection import emptied_kinds, excluded_families, select_items
from exporter.settings import Choice, Families, Select
from tests.support.exposition import series_of

QUEUES = (
    Queue(id="1001", name="Billing", thresholds=(Thresholds(severity="warning", waiting_contacts=5),)),
    Queue(id="1002", name="Tech support"),
    Queue(id="1003", name="Tech test"),
    Queue(id="2001", name="Sales"),
)
AGENTS = (Agent(id="1", group="Sales"), Agent(id="2", group="Back office"), Agent(id="3"))
TRUNKS = (Trunk(id="1", name="SIP-North"), Trunk(id="2", name="ISDN"), Trunk(id="3", name="SIP-South"))
CENTRE = Snapshot(queues=QUEUES, agents=AGENTS, trunks=TRUNKS)


def every(fields: Iterable[str]) -> dict[str, Any]:
    return dict.fromkeys(fields, 1.0)


DURATIONS = Histogram(bounds=(15.0,), counts=(0, 1), sum=38.0)
# Something of every family.
RICH = Snapshot(
    queues=(
        Queue(
            id="1",
            name="Sales",
            wait_ages=WaitAges(within_60_seconds=1, within_180_seconds=1, total=1),
            agents={"busy": 1},
            active_slots={"chat": 1},
            available_slots={"chat": 1},
            waits={"answered": DURATIONS},
            thresholds=(Thresholds(severity="critical", **every(THRESHOLD_FAMILIES)),),
            contacts=ObservedContacts(
                waits={"answered": DURATIONS},
                service_level_waits=DURATIONS,
                handling=DURATIONS,
                wrap_up=DURATIONS,
                finished={("answered", "in"): 1},
                moved_in={"2": 1},
                answered_difference=0,
            ),
            **every(QUEUE_FAMILIES),
        ),
    ),
    agents=(
        Agent(
            id="1",
            skill="2",
            time_in_state_seconds=1,
            handled=(Handled(channel="voice", direction="in", contacts=1),),
            state_totals={"busy": 1},
            active_contacts={"voice": 1},
            capacity_contacts={"voice": 1},
            dispositions={"Sale": 1},
        ),
    ),
    numbers=(Number(id="hotline", **every(NUMBER_FAMILIES)),),
    trunks=(Trunk(id="1", ports=(TrunkPort(id="1"),), **every(TRUNK_FAMILIES)),),
)
EVERYTHING = Detail(agents="name", ports=True)


def select(**given: object) -> Select:
    return Select.model_validate(given)


def selected(**given: object) -> tuple[list[str], list[str], list[str]]:
    """Return the ids of the queues, agents and trunks that a selection leaves."""
    left = select_items(CENTRE, select(**given))
    assert left.agents is not None
    return [each.id for each in left.queues], [each.id for each in left.agents], [each.id for each in left.trunks]


def shown(**families: list[str]) -> set[str]:
    """Return the families shown of a centre that has all of them."""
    off = excluded_families(Families.model_validate(families))
    text = series_of(entities("a", RICH, EVERYTHING._replace(off=off)))
    # A histogram has three names.
    return {
        re.sub("_(bucket|sum|count)$", "", name) for name in re.findall(r"^contactcenter_(\w+)\{", text, re.MULTILINE)
    }


def test_everything_is_selected_by_default() -> None:
    assert select_items(CENTRE, Select()) is CENTRE
    assert selected(queues={}, families={"exclude": ["agent_*"]}) == (
        ["1001", "1002", "1003", "2001"],
        ["1", "2", "3"],
        ["1", "2", "3"],
    )


@pytest.mark.parametrize(
    ("choice", "ids"),
    [
        ({"include": ["Billing"]}, ["1001"]),
        ({"include": ["1002"]}, ["1002"]),
        ({"include": [1002]}, ["1002"]),
        ({"include": ["Tech*", "2001"]}, ["1002", "1003", "2001"]),
        ({"include": ["100[12]"]}, ["1001", "1002"]),
        ({"include": ["100?"], "exclude": ["*test*"]}, ["1001", "1002"]),
        ({"exclude": ["*test*", "2001"]}, ["1001", "1002"]),
        # Capitals count, and a pattern fits a whole name.
        ({"include": ["billing", "Tech", "100"]}, []),
        ({"include": ["Sales"], "exclude": ["2001"]}, []),
    ],
)
def test_queues_are_selected_by_id_or_name(choice: dict[str, object], ids: list[str]) -> None:
    assert selected(queues=choice) == (ids, ["1", "2", "3"], ["1", "2", "3"])


def test_trunks_are_selected_by_id_or_name() -> None:
    assert selected(trunks={"include": ["SIP-*", "2"], "exclude": ["1"]})[2] == ["2", "3"]


def test_agents_are_selected_by_their_group() -> None:
    assert selected(groups={"exclude": ["Back office"]})[1] == ["1", "3"]
    assert selected(groups={"include": ["Sales"]})[1] == ["1"]
    # Who is in no group fits only what fits nothing.
    assert selected(groups={"include": ["*"]})[1] == ["1", "2", "3"]
    assert selected(groups={"include": ["?*"]})[1] == ["1", "2"]


def test_unselected_agents_are_not_counted() -> None:
    series = series_of(entities("a", select_items(CENTRE, select(groups={"include": ["Sales"]})), Detail()))
    counts = [line for line in series.splitlines() if line.startswith("contactcenter_agents{")]
    assert counts
    assert all('group="Sales"' in line for line in counts)


def test_the_thresholds_of_a_queue_go_with_it() -> None:
    assert "contactcenter_queue_waiting_contacts_threshold{" in series_of(entities("a", CENTRE, Detail()))
    assert not series_of(entities("a", select_items(CENTRE, select(queues={"exclude": ["Billing"]})), Detail())).count(
        "threshold"
    )


def test_a_resource_without_agents_still_has_none() -> None:
    assert select_items(Snapshot(queues=QUEUES), select(groups={"include": ["x"]})).agents is None


def test_kinds_that_a_selection_empties_are_reported() -> None:
    left = select_items(CENTRE, select(queues={"include": ["Biling"]}, trunks={"exclude": ["*"]}))
    assert emptied_kinds(CENTRE, left) == ["queues", "trunks"]
    assert emptied_kinds(Snapshot(agents=()), Snapshot(agents=())) == []


def test_the_families_of_a_contact_centre_are_those_that_the_model_feeds() -> None:
    fed = {*QUEUE_FAMILIES.values(), *THRESHOLD_FAMILIES.values(), *NUMBER_FAMILIES.values(), *TRUNK_FAMILIES.values()}
    fed.update(family for families in COMPOSITE_FAMILIES.values() for family in families)
    assert set(OF_THE_CENTRE.values()) == fed < set(FAMILIES)
    assert shown() == set(OF_THE_CENTRE)


@pytest.mark.parametrize("name", OF_THE_CENTRE)
def test_an_excluded_family_is_absent_and_no_other(name: str) -> None:
    assert shown(exclude=[name]) == set(OF_THE_CENTRE) - {name}
    assert shown(include=[name]) == {name}


def test_families_are_excluded_by_pattern() -> None:
    shown_families = shown(exclude=["contactcenter_agent*_*", "queue_*", "number_*", "trunk_*"])
    assert shown_families == {"agents", "dispositions_total"}
    assert shown(include=["queue_*"], exclude=["*_threshold*", "*_total"]) == {
        name
        for name in OF_THE_CENTRE
        if name.startswith("queue_") and "_threshold" not in name and "_total" not in name
    }


DIGITS = re.compile(r"[0-9]+")


@pytest.mark.parametrize(
    ("choice", "ids"),
    [
        ({"include": ["7", "5", "7"]}, ("7", "5")),
        ({"include": ["5", "7"], "exclude": ["5", "*test*"]}, ("7",)),
        # Names, patterns and exclusions require the whole list.
        ({"include": ["5", "Sales"]}, None),
        ({"include": ["5*"]}, None),
        ({"exclude": ["5"]}, None),
        ({}, None),
        ({"include": ["5"], "exclude": ["5"]}, None),
        # One by one they would be too many.
        ({"include": ["1", "2", "3", "4"]}, None),
    ],
)
def test_ids_narrow_the_request_to_the_vendor(choice: dict[str, object], ids: tuple[str, ...] | None) -> None:
    assert Choice.model_validate(choice).ids(DIGITS, 3) == ids
