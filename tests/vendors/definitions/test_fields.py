"""Fields: each form of a value, and what becomes of values that are missing or invalid."""

import json
from collections.abc import Mapping

import pytest

from exporter.vendors.base import FieldNote
from tests.support.definitions import poll, vendor


async def values(fields: str, record: Mapping[str, object], **keys: str) -> dict[str, float]:
    """Return the series of one queue with these fields besides its id, without their common labels."""
    more = "".join(f"    {key}: {value}\n" for key, value in keys.items())
    keys_text = f"resources:\n  queues:\n    get: /queues\n{more}    queue: {{id: id, {fields}}}\n"
    body = json.loads(json.dumps([{"id": 1, **record}]))
    found = await poll(keys_text, [{"request": "GET /queues", "body": body}])
    assert (found.result.problems, found.result.failures) == ([], {})
    return {
        name.replace('{queue_id="1",queue="",channel=""}', "")
        .replace('{queue_id="1",queue="",channel="",', "{")
        .removeprefix("queue_"): value
        for name, value in found.values.items()
    }


@pytest.mark.parametrize(
    ("fields", "record", "expected"),
    [
        ("waiting_contacts: a", {"a": "3"}, {"waiting_contacts": 3}),
        ("waiting_contacts: a.b.c", {"a": {"b": {"c": 3}}}, {"waiting_contacts": 3}),
        ("waiting_contacts: a.b.c", {"a": {"b": [1]}}, {}),
        ('waiting_contacts: \'"a.b"."c d"\'', {"a.b": {"c d": 3}}, {"waiting_contacts": 3}),
        ("waiting_contacts: {field: [a, b]}", {"a": None, "b": 3}, {"waiting_contacts": 3}),
        ("waiting_contacts: [a, {sum: [b, c]}]", {"b": 1, "c": 2}, {"waiting_contacts": 3}),
        ("waiting_contacts: [a, {value: 9}]", {"a": 2}, {"waiting_contacts": 2}),
        ("waiting_contacts: [a, {value: 9}]", {}, {"waiting_contacts": 9}),
        ("waiting_contacts: {field: a, absent: 0}", {}, {"waiting_contacts": 0}),
        ("waiting_contacts: {field: a, absent: 0}", {"a": None}, {"waiting_contacts": 0}),
        ("waiting_contacts: {field: a, absent: 0}", {"a": -1}, {'unmapped_values_total{field="queues.a"}': 1}),
        ("waiting_contacts: {sum: [a, b]}", {"a": 1, "b": "2"}, {"waiting_contacts": 3}),
        ("waiting_contacts: {sum: [a, b]}", {"a": 1}, {}),
        ("waiting_contacts: {sum: 'l[].n'}", {"l": [{"n": 1}, {"n": 2}]}, {"waiting_contacts": 3}),
        ("waiting_contacts: {sum: 'l[].n'}", {"l": []}, {"waiting_contacts": 0}),
        ("waiting_contacts: {sum: 'l[].n'}", {"l": [{"n": 1}, {}]}, {}),
        ("waiting_contacts: {sum: 'l[].n'}", {}, {}),
        (
            "waiting_contacts: {sum: 'l[].n', where: {k: [A]}}",
            {"l": [{"k": "a", "n": 1}, {"n": 2}]},
            {"waiting_contacts": 1},
        ),
        ("waiting_contacts: {sum: 'l[].n', where: {k: A}}", {"l": [{"k": "b", "n": 1}]}, {}),
        ("waiting_contacts: {count: l}", {"l": [1, 2]}, {"waiting_contacts": 2}),
        ("waiting_contacts: {count: 'l[].m'}", {"l": [{"m": [1, 2]}, {"m": [3]}]}, {"waiting_contacts": 3}),
        ("waiting_contacts: {count: l, where: {s: new}}", {"l": [{"s": "new"}, {"s": "old"}]}, {"waiting_contacts": 1}),
        ("waiting_contacts: {count: l}", {}, {}),
        ("waiting_contacts: {least: [a, b]}", {"a": 7, "b": 3}, {"waiting_contacts": 3}),
        ("waiting_contacts: {greatest: [a, b]}", {"a": 7}, {"waiting_contacts": 7}),
    ],
)
async def test_a_number(fields: str, record: dict[str, object], expected: dict[str, float]) -> None:
    assert await values(fields, record) == expected


@pytest.mark.parametrize(
    ("field", "reader", "value", "expected"),
    [
        ("oldest_wait_seconds", "milliseconds", 1500, 1.5),
        ("oldest_wait_seconds", "minutes", "2", 120),
        ("oldest_wait_seconds", "iso_duration", "PT1M30.5S", 90.5),
        ("oldest_wait_seconds", "iso_duration", "P1DT1H", 90_000),
        ("oldest_wait_seconds", "iso_duration", "PT", None),
        ("oldest_wait_seconds", "seconds", "00:01:05", 65),
        ("oldest_wait_seconds", "seconds", 40_000_000, None),
        ("oldest_wait_seconds", "minutes", 600_000, None),
        ("talk_seconds", "total_seconds", 40_000_000, 40_000_000),
        ("talk_seconds", "total_milliseconds", 40_000_000_500, 40_000_000.5),
        ("talk_seconds", "total_minutes", 600_000, 36_000_000),
        ("talk_seconds", "total_iso_duration", "P500D", 43_200_000),
        ("oldest_wait_seconds", "age", "2026-01-01T11:59:00Z", 60),
        ("oldest_wait_seconds", "age", "2026-01-01T12:59:00+01:00", 60),
        ("oldest_wait_seconds", "age", "2026-01-01 11:59:00", 60),
        ("oldest_wait_seconds", "age", "2026-01-01T12:01:00Z", 0),
        ("oldest_wait_seconds", "age", "2026-01-01T13:00:00Z", None),
        ("oldest_wait_seconds", "age", "1970-01-01T00:00:00Z", None),
        ("oldest_wait_seconds", "age", 7, None),
        ("oldest_wait_seconds", "unix_age", 1_767_268_740, 60),
        ("oldest_wait_seconds", "unix_ms_age", 1_767_268_740_500, 59.5),
        ("service_level_ratio", "percentage", "87.5", 0.875),
        ("service_level_ratio", "ratio", 0.9, 0.9),
    ],
)
async def test_a_reader(field: str, reader: str, value: object, expected: float | None) -> None:
    found = await values(f"{field}: {{field: v, read: {reader}}}", {"v": value})
    name = f"{field}{'_total' if field == 'talk_seconds' else ''}"
    assert found == ({'unmapped_values_total{field="queues.v"}': 1} if expected is None else {name: expected})


WORDS = "words: {Idle: available, Free: available, Busy: busy, Out: null}"
AGENTS = [{"s": "idle"}, {"s": "FREE"}, {"s": "Out"}]


@pytest.mark.parametrize(
    ("form", "record", "expected"),
    [
        (f"{{count: l, by: s, {WORDS}}}", {"l": AGENTS}, {"available": 2}),
        (f"{{count: l, by: s, {WORDS}}}", {"l": [*AGENTS, {"s": "Lunch"}]}, {"available": 2, "unknown": 1, None: 1}),
        (f"{{count: l, by: s, {WORDS}}}", {"l": [{}]}, {"unknown": 1}),
        (f"{{count: l, by: s, {WORDS}, otherwise: paused}}", {"l": [{"s": "Lunch"}]}, {"paused": 1}),
        (
            f"{{pivot: l, key: s, value: n, {WORDS}}}",
            {"l": [{"s": "Idle", "n": 1}, {"s": "Free", "n": 2}]},
            {"available": 3},
        ),
        (f"{{pivot: l, key: s, value: n, {WORDS}}}", {"l": [{"s": "Idle", "n": 1}, {"s": "Free"}]}, {}),
        (f"{{pivot: l, key: s, value: n, {WORDS}}}", {"l": [{"s": "Out", "n": 4}]}, {}),
        (f"{{pivot: l, key: s, value: n, {WORDS}}}", {"l": [{"s": "Busy", "n": "x"}]}, {None: 1}),
        ("{busy: {sum: [a, b]}, available: c}", {"a": 1, "b": 2, "c": 5}, {"busy": 3, "available": 5}),
    ],
)
async def test_agents_of_a_queue_by_state(
    form: str, record: dict[str, object], expected: dict[str | None, float]
) -> None:
    found = await values(f"agents: {form}", record)
    unmapped = 'unmapped_values_total{field="queues.l"}'
    assert found == {f'agents{{state="{state}"}}' if state else unmapped: count for state, count in expected.items()}


async def test_agents_may_be_counts_that_a_list_keeps() -> None:
    """As at Genesys Cloud, where agents are on a queue and contacts are of its media types."""
    keys = f"""
    lists: {{on_queue: {{get: /agents, id: queue, keep: {{statuses: data}}}}}}
    resources:
      queues:
        get: /queues
        queue:
          id: {{join: [queue, media], separator: /}}
          agents: {{pivot: "statuses[].of", from: on_queue, id: queue, key: s, value: n, {WORDS}, zero: true}}
    """
    kept = [{"of": {"s": "Idle", "n": 4}}, {"of": {"s": "Lunch", "n": 1}}]
    answers: list[dict[str, object]] = [
        {"request": "GET /agents", "body": [{"queue": 1, "data": kept}, {"queue": 2}]},
        {"request": "GET /queues", "body": [{"queue": key, "media": "voice"} for key in (1, 2, 3)]},
    ]
    found = await poll(keys, answers)
    of_queue = 'queue_id="1/voice",queue="",channel=""'
    assert found.values == {
        f'queue_agents{{{of_queue},state="available"}}': 4,
        f'queue_agents{{{of_queue},state="unknown"}}': 1,
        'unmapped_values_total{field="queues.on_queue.statuses[].of"}': 1,
    }


async def test_a_state_without_an_item_is_0_only_where_the_list_has_the_states() -> None:
    fields = f"agents: {{pivot: l, key: s, value: n, {WORDS}, zero: true}}"
    keys = f"resources: {{queues: {{get: /queues, queue: {{id: id, {fields}}}}}}}"
    body = [{"id": 1, "l": [{"n": 9}, {"s": "Idle", "n": 1}]}, {"id": 2, "l": [{"n": 9}]}]
    found = await poll(keys, [{"request": "GET /queues", "body": body}])
    assert [line.partition("{")[2] for line in found.result.lines if "_queue_agents" in line] == [
        'target="example",queue_id="1",queue="",channel="",state="available"} 1',
        'target="example",queue_id="1",queue="",channel="",state="busy"} 0',
    ]


async def test_pivoted_objects_name_the_entries_of_lists() -> None:
    record = {
        "data": [
            {
                "metrics": [
                    {"metric": "nOffered", "stats": {"count": 5}},
                    {"metric": "tTalk", "stats": {"sum": 9000}},
                    {"metric": "users", "qualifier": "IDLE", "stats": {"count": 2}},
                    {"metric": "users", "qualifier": "BUSY", "stats": {"count": 1}},
                ]
            },
            {"metrics": [{"metric": "nOffered", "stats": {"count": 99}}]},
        ]
    }
    fields = (
        "contacts_offered: m.nOffered.stats.count, talk_seconds: {field: m.tTalk.stats.sum, read: total_milliseconds}, "
        "staffed_agents: {sum: [u.users.IDLE.stats.count, u.users.BUSY.stats.count]}"
    )
    pivots = '{m: {list: "data[].metrics[]", key: metric}, u: {list: "data[].metrics", key: [metric, qualifier]}}'
    assert await values(fields, record, pivots=pivots) == {
        "contacts_offered_total": 5,
        "talk_seconds_total": 9,
        "staffed_agents": 3,
    }


WAITS = "waits: {answered: {10: a, 20: b, all: c, sum: {field: s, read: total_seconds}}}"


async def test_waits_become_a_histogram_if_no_bucket_is_missing() -> None:
    full = {"a": 1, "b": 2, "c": 4, "s": 90}
    found = await values(WAITS, full)
    assert found == {
        'wait_seconds_bucket{outcome="answered",le="10.0"}': 1,
        'wait_seconds_bucket{outcome="answered",le="20.0"}': 2,
        'wait_seconds_bucket{outcome="answered",le="+Inf"}': 4,
        'wait_seconds_sum{outcome="answered"}': 90,
        'wait_seconds_count{outcome="answered"}': 4,
    }
    for missing in full:
        assert await values(WAITS, full | {missing: None}) == {}


async def test_a_struct_is_complete_or_absent() -> None:
    ages = "wait_ages: {within_60_seconds: a, within_180_seconds: b, total: c}"
    assert len(await values(ages, {"a": 1, "b": 2, "c": 3})) == 3
    assert await values(ages, {"a": 1, "c": 3}) == {}


async def test_handled_contacts_have_channel_and_direction() -> None:
    keys = """
    resources:
      agents:
        get: /agents
        agent: {id: id, state: {value: busy}, handled: {voice: {in: calls, out: {sum: [a, b]}}}}
    """
    found = await poll(keys, [{"request": "GET /agents", "body": [{"id": 1, "calls": 3, "a": 1, "b": 1}]}])
    handled = {name: value for name, value in found.values.items() if "handled" in name}
    assert handled == {
        'agent_contacts_handled_total{agent_id="1",agent="",channel="voice",direction="in"}': 3,
        'agent_contacts_handled_total{agent_id="1",agent="",channel="voice",direction="out"}': 2,
    }


@pytest.mark.parametrize(
    ("name", "record", "expected"),
    [
        ("{join: [first, last]}", {"first": " Ann ", "last": "Lee"}, "Ann Lee"),
        ("{join: [first, last], separator: /}", {"first": "a", "last": 7}, "a/7"),
        ("{join: [first, last]}", {"first": "-", "last": "Lee"}, "Lee"),
        ("{join: [first, last]}", {"first": None}, ""),
        ("{join: [first, last]}", {"first": {"a": 1}}, ""),
        ("{value: Total}", {}, "Total"),
        ("{setting: site}", {}, "North"),
        ("[{setting: none}, {value: Total}]", {}, "Total"),
        ("[{field: first, when: {mode: b}}, {value: Total}]", {"first": "a"}, "Total"),
        ("[{field: first, when: {mode: [a, b]}}, {value: Total}]", {"first": "a"}, "a"),
    ],
)
async def test_a_text(name: str, record: Mapping[str, object], expected: str) -> None:
    keys = f"""
    settings:
      site: text
      none: {{type: text, optional: true}}
      mode: {{type: choice, choices: [a, b], default: a}}
    resources: {{queues: {{get: /queues, queue: {{id: id, name: {name}, waiting_contacts: {{value: 1}}}}}}}}
    """
    found = await poll(keys, [{"request": "GET /queues", "body": [{"id": 1, **record}]}], site="North")
    assert f'queue_waiting_contacts{{queue_id="1",queue="{expected}",channel=""}}' in found.values


async def test_records_may_be_found_by_key_by_an_expression_or_grouped() -> None:
    body = {"queues": {"sales": {"n": 1}, "support": {"n": 2}}}
    by_key = 'resources: {queues: {get: /queues, records: "queues.*", queue: {id: "@key", waiting_contacts: n}}}'
    found = await poll(by_key, [{"request": "GET /queues", "body": body}])
    assert [name.split('"')[1] for name in found.values] == ["sales", "support"]
    selected = (
        'resources: {queues: {get: /queues, jmespath: "queues.*[?n > `1`]", queue: {id: n, waiting_contacts: n}}}'
    )
    found = await poll(selected, [{"request": "GET /queues", "body": {"queues": {"a": [{"n": 1}], "b": [{"n": 2}]}}}])
    assert found.failure.startswith("invalid: queues")  # a list of lists
    grouped = """
    resources:
      queues:
        get: /agents
        group_by: queue
        queue: {id: "@group", staffed_agents: {count: "@rows"}, waiting_contacts: {sum: "@rows[].n"}}
    """
    rows = [{"queue": "A", "n": 1}, {"queue": "B", "n": 2}, {"queue": "A", "n": 3}, {"queue": None, "n": 9}]
    found = await poll(grouped, [{"request": "GET /agents", "body": rows}])
    assert list(found.values.values()) == [4, 2, 2, 1]


@pytest.mark.parametrize(
    ("keys", "body", "failure"),
    [
        ("records: rows", {}, "invalid: GET /queues returned no rows"),
        ("records: a.rows", {"a": [1]}, "invalid: queues.a: Expected `object`, got `array`"),
        ("records: rows", {"rows": "text"}, "invalid: queues: Expected `array`, got `str`"),
        ("records: rows", {"rows": [{"x": 1}]}, "invalid: queues: no row could be decoded"),
        ("records: rows", "<html>", "decode: queues: a web page or XML, not JSON"),
        ('jmespath: "length(@)"', [1], "invalid: queues: Expected `array`, got `int`"),
        ('jmespath: "sum(rows)"', {"rows": ["x"]}, "invalid: GET /queues: jmespath: "),
    ],
)
async def test_a_response_without_records_fails_the_poll(keys: str, body: object, failure: str) -> None:
    text = f"resources:\n  queues:\n    get: /queues\n    {keys}\n    queue: {{id: id}}\n"
    found = await poll(text, [{"request": "GET /queues", "body": body}])
    assert found.failure.startswith(failure)


@pytest.mark.parametrize("body", [{"rows": None}, {"rows": []}, {}])
async def test_a_response_may_have_no_records(body: object) -> None:
    text = "resources: {queues: {get: /queues, records: rows, optional: true, queue: {id: id}}}"
    assert not (await poll(text, [{"request": "GET /queues", "body": body}])).result.failures


def test_notes_become_part_of_the_reference() -> None:
    keys = """
    notes: [The zone of the day is not documented.]
    resources:
      queues:
        get: /queues
        queue: {id: id, waiting_contacts: {sum: [a, b.c], note: Includes callbacks.}}
    """
    assert vendor(keys).notes == (
        FieldNote("", "The zone of the day is not documented."),
        FieldNote("a b.c", "Includes callbacks."),
    )
