"""Rows of a vendor decoded by a schema."""

import json
from dataclasses import replace

import msgspec
import pytest

from exporter.errors import PollError, Reason
from exporter.model import Agent, Queue, Trunk, TrunkPort
from exporter.vendors.toolkit.decoder import Decoder, Field, RowSchema
from exporter.vendors.toolkit.json_document import Notes
from exporter.vendors.toolkit.readers import number, percentage, text, words
from exporter.vendors.toolkit.row_types import row_type

QUEUES = RowSchema(
    "queues",
    Queue,
    (
        Field("Id", "id", text),
        Field("Name", "id", text),
        Field("Name", "name", text),
        Field("Waiting", "waiting_contacts", number),
        Field("InQueue", "waiting_contacts", number),
        Field("Level", "service_level_ratio", percentage),
        Field("Free", "agents.available", number),
        Field("Busy", "agents.busy", number),
        Field("Talking", "agents.busy", number),
    ),
    {"channel": "chat"},
)
AGENTS = RowSchema(
    "agents", Agent, (Field("id", "id", text), Field("state", "state", words({"FREE": "available"}, "unknown")))
)
PORTS = RowSchema(
    "Ports", TrunkPort, (Field("No", "id", text), Field("State", "state", words({"IDLE": "idle"}, "unknown")))
)
TRUNKS = RowSchema("trunks", Trunk, (Field("Id", "id", text), Field("Ports", "ports", PORTS)))


def read(rows: object, schema: RowSchema[Queue] = QUEUES) -> tuple[tuple[Queue, ...], Notes]:
    notes: Notes = []
    raw = rows if isinstance(rows, bytes) else json.dumps(rows).encode()
    return Decoder(schema).decode(msgspec.Raw(raw), notes), notes


def read_trunks(*rows: object) -> tuple[tuple[Trunk, ...], Notes]:
    notes: Notes = []
    return Decoder(TRUNKS).decode(msgspec.Raw(json.dumps(rows).encode()), notes), notes


def invalid(rows: object) -> str:
    with pytest.raises(PollError) as caught:
        read(rows)
    assert caught.value.reason is Reason.INVALID
    return str(caught.value)


def test_a_valid_row() -> None:
    row = {"Id": "7", "Name": "Sales", "Waiting": "3", "Level": "57", "Free": "2", "Busy": "0"}
    queue = Queue(
        id="7",
        name="Sales",
        channel="chat",
        waiting_contacts=3,
        service_level_ratio=0.57,
        agents={"available": 2, "busy": 0},
    )
    assert read([row]) == ((queue,), [])


@pytest.mark.parametrize("value", [None, ""])
def test_null_and_empty_values_are_absent_like_missing_ones(value: object) -> None:
    assert read([{"Id": "7", "Waiting": value, "Free": value}]) == read([{"Id": "7"}])
    assert read([{"Id": "7"}]) == ((Queue(id="7", channel="chat"),), [])


def test_fields_outside_the_schema_are_ignored() -> None:
    assert read([{"Id": "7", "id": "8", "More": {"deep": [1, None]}}]) == ((Queue(id="7", channel="chat"),), [])


def test_ids_may_be_numbers() -> None:
    assert [queue.id for queue in read([{"Id": 7}, {"Id": "8"}, {"Id": 12345678901234567890123}])[0]] == [
        "7",
        "8",
        "12345678901234567890123",
    ]


def test_a_number_and_its_text_are_the_same_id() -> None:
    queues, notes = read([{"Id": 7, "Waiting": 1}, {"Id": "7", "Waiting": 2}])
    assert [queue.waiting_contacts for queue in queues] == [1]
    assert notes == [("queues.Id", "duplicate id")]


def test_a_bad_value_is_skipped() -> None:
    queues, notes = read([{"Id": "7", "Waiting": "many", "Level": "101", "Free": [1], "Busy": 4}, {"Id": "8"}])
    assert queues == (Queue(id="7", channel="chat", agents={"busy": 4}), Queue(id="8", channel="chat"))
    assert notes == [("queues.Waiting", "many"), ("queues.Level", "101"), ("queues.Free", "list")]


@pytest.mark.parametrize("number", [b"1e400", b"-1e400", b"1" * 400])
def test_an_out_of_range_number_is_skipped(number: bytes) -> None:
    queues, notes = read(b'[{"Id": "7", "Waiting": %b, "Busy": 4}, {"Id": "8", "Waiting": 1.5}]' % number)
    assert [(queue.id, queue.waiting_contacts) for queue in queues] == [("7", None), ("8", 1.5)]
    assert [name for name, _ in notes] == ["queues.Waiting"]


def test_a_long_invalid_value_is_cut_in_the_notes() -> None:
    _, notes = read([{"Id": "7", "Waiting": "x" * 100_000}])
    assert notes == [("queues.Waiting", "x" * 80)]


@pytest.mark.parametrize("row", [None, 7, "7", True, ["7"], []])
def test_a_bad_row_is_skipped(row: object) -> None:
    queues, notes = read([{"Id": "6"}, row, {"Id": "8"}])
    assert [queue.id for queue in queues] == ["6", "8"]
    assert [name for name, _ in notes] == ["queues"]


def test_a_row_with_a_number_too_long_to_parse_is_skipped() -> None:
    queues, notes = read(b'[{"Id": "6"}, {"Id": ' + b"7" * 5000 + b'}, {"Id": "8"}]')
    assert [queue.id for queue in queues] == ["6", "8"]
    assert len(notes) == 1


@pytest.mark.parametrize("row", [{}, {"Id": None}, {"Id": ""}, {"Id": {}}, {"Id": True, "Waiting": 3}])
def test_a_row_without_an_id_is_left_out(row: object) -> None:
    queues, notes = read([row, {"Id": "8"}])
    assert [queue.id for queue in queues] == ["8"]
    assert ("queues.Id", "no id") in notes


def test_the_first_of_several_fields_with_a_value_counts() -> None:
    queues, _ = read(
        [
            {"Id": "7", "Name": "Sales", "Waiting": 1, "InQueue": 2},
            {"Name": "Help", "InQueue": 2},
            {"Id": "9", "Waiting": "?", "InQueue": 2},
        ]
    )
    assert [(queue.id, queue.name, queue.waiting_contacts) for queue in queues] == [
        ("7", "Sales", 1),
        ("Help", "Help", 2),
        ("9", "", 2),
    ]


def test_the_first_of_several_fields_of_one_entry_counts() -> None:
    queues, _ = read([{"Id": "7", "Busy": 1, "Talking": 2}, {"Id": "8", "Talking": 2}, {"Id": "9", "Busy": "?"}])
    assert [queue.agents for queue in queues] == [{"busy": 1}, {"busy": 2}, {}]


def test_the_first_of_duplicates_is_kept_and_the_others_are_recorded() -> None:
    queues, notes = read([{"Id": "7", "Waiting": count} for count in (1, 2, 3)] + [{"Id": "8"}])
    assert [(queue.id, queue.waiting_contacts) for queue in queues] == [("7", 1), ("8", None)]
    assert notes == [("queues.Id", "duplicate id")] * 2


def test_ids_that_are_cut_stay_distinct() -> None:
    queues, notes = read([{"Id": "7" * 4000 + last} for last in "abca"])
    assert len({queue.id for queue in queues}) == len(queues) == 3
    assert ["duplicate" in note for _, note in notes] == [False, False, False, False, True]


def test_an_empty_list_is_an_empty_contact_centre() -> None:
    assert read([]) == ((), [])
    assert read(b" [ \n ] ") == ((), [])


def test_the_error_for_all_invalid_rows_carries_the_unmapped_values() -> None:
    with pytest.raises(PollError) as caught:
        read([{"Id": {}}, {"Waiting": "many"}])
    assert caught.value.unmapped == (
        ("queues.Id", "dict"),
        ("queues.Waiting", "many"),
        ("queues.Id", "no id"),
        ("queues.Id", "no id"),
    )


@pytest.mark.parametrize(("row", "expected"), [({"state": "FREE"}, []), ({"state": "?"}, [("agents.state", "?")])])
def test_a_needed_field_that_is_set_is_not_missing(row: dict[str, str], expected: Notes) -> None:
    notes: Notes = []
    Decoder(replace(AGENTS, needed=("state",))).decode(msgspec.Raw(json.dumps([{"id": 1, **row}]).encode()), notes)
    assert notes == expected


@pytest.mark.parametrize("row", [{}, {"state": None}, {"state": ""}])
def test_a_missing_needed_field_is_recorded_by_the_vendors_name(row: dict[str, object]) -> None:
    notes: Notes = []
    rows = msgspec.Raw(json.dumps([{"id": 1, **row}]).encode())
    assert Decoder(replace(AGENTS, needed=("state",))).decode(rows, notes) == (Agent(id="1"),)
    assert notes == [("agents.state", "missing")]


@pytest.mark.parametrize("rows", [None, "queues", 7, True])
def test_a_document_that_is_not_a_list_is_invalid(rows: object) -> None:
    assert "queues: Expected `array`" in invalid(rows)


@pytest.mark.parametrize("rows", [[None], [[]], [[[]]], [{}], {}, {"queue": []}, [1, "2", {"Id": ""}]])
def test_a_list_without_a_valid_row_is_invalid(rows: object) -> None:
    assert invalid(rows) == "queues: no row could be decoded"


def test_an_unmapped_word_is_unknown_and_recorded() -> None:
    notes: Notes = []
    rows = msgspec.Raw(b'[{"id": 1, "state": "FREE"}, {"id": 2, "state": "YOGA"}, {"id": 3, "state": 4}, {"id": 5}]')
    agents = Decoder(AGENTS).decode(rows, notes)
    assert [agent.state for agent in agents] == ["available", "unknown", "unknown", "unknown"]
    assert notes == [("agents.state", "YOGA"), ("agents.state", "int")]


def test_rows_within_a_row() -> None:
    trunks, notes = read_trunks({"Id": "t", "Ports": [{"No": "1", "State": "IDLE"}, {"No": 2, "State": "DOZING"}]})
    assert trunks == (Trunk(id="t", ports=(TrunkPort(id="1", state="idle"), TrunkPort(id="2", state="unknown"))),)
    assert notes == [("trunks.Ports.State", "DOZING")]


def test_a_bad_row_within_a_row_is_skipped() -> None:
    ports = [{"No": "1", "State": "IDLE"}, 7, {"State": "IDLE"}, {"No": "1"}, {"No": "2"}]
    trunks, notes = read_trunks({"Id": "t", "Ports": ports}, {"Id": "u"})
    assert [port.id for port in trunks[0].ports or ()] == ["1", "2"]
    assert trunks[1] == Trunk(id="u")
    assert [name for name, _ in notes] == ["trunks.Ports", "trunks.Ports.No", "trunks.Ports.No"]


@pytest.mark.parametrize("ports", [None, "", "none", 7, {"port": []}, [7], [{}]])
def test_a_list_within_a_row_without_a_valid_row_is_absent(ports: object) -> None:
    trunks, _ = read_trunks({"Id": "t", "Ports": ports})
    assert trunks == (Trunk(id="t", ports=None),)


def test_an_empty_list_within_a_row_is_empty() -> None:
    assert read_trunks({"Id": "t", "Ports": []})[0] == (Trunk(id="t", ports=()),)


def test_rows_do_not_share_mutable_values() -> None:
    queues, _ = read([{"Id": "1", "Free": 1}, {"Id": "2", "Free": 2}, {"Id": "3"}])
    assert [dict(queue.agents) for queue in queues] == [{"available": 1}, {"available": 2}, {}]


def test_equal_values_of_different_types_are_read_separately() -> None:
    queues, notes = read([{"Id": "7", "Waiting": 1}, {"Id": "8", "Waiting": True}, {"Id": "9", "Waiting": "1"}])
    assert [queue.waiting_contacts for queue in queues] == [1, None, 1]
    assert notes == [("queues.Waiting", "bool")]


def test_a_missing_value_is_not_taken_from_another_row() -> None:
    queues, notes = read([{"Id": "7", "Waiting": 1, "Busy": 4}, {"Id": "8"}, {"Id": "9", "Busy": 2}])
    assert [(queue.waiting_contacts, dict(queue.agents)) for queue in queues] == [
        (1, {"busy": 4}),
        (None, {}),
        (None, {"busy": 2}),
    ]
    assert notes == []


def test_targets_share_the_row_type_of_a_schema() -> None:
    fields = tuple(field.name for field in QUEUES.fields)
    assert row_type(fields) is row_type(fields)
    assert row_type(fields) is not row_type(fields[1:])
    before = row_type.cache_info().currsize
    decoders = [Decoder(QUEUES) for _ in range(3)]
    assert row_type.cache_info().currsize - before <= 1
    assert len(set(map(id, decoders))) == 3


def test_a_single_object_is_a_list_of_one() -> None:
    rows = msgspec.Raw(json.dumps({"id": 1}).encode())
    assert Decoder(AGENTS).decode(rows, []) == Decoder(AGENTS).decode(msgspec.Raw(b"[" + bytes(rows) + b"]"), [])
