"""Requests: substitutions, bodies, pages, batches and lists."""

import pytest

from tests.support.definitions import poll

WAITING = 'queue_waiting_contacts{queue_id="%s",queue="",channel=""}'


async def test_settings_are_substituted_in_path_query_and_headers() -> None:
    keys = """
    settings: {site: text, zone_id: {type: text, optional: true}, key: secret, size: {type: number, default: 50}}
    headers: {X-Key: "{key}"}
    resources:
      queues:
        get: "/sites/{site}/queues"
        query: {size: "{size}", zone: "{zone_id}", tag: [a, "b&c"]}
        queue: {id: id, waiting_contacts: waiting}
    """
    answers = """
    - request: "GET /sites/A%2FB%20C/queues?size=50&tag=a&tag=b%26c"
      body: [{id: 1, waiting: 3}]
    """
    found = await poll(keys, answers, site="A/B C", key="k" * 20)
    assert found.result.problems == []
    assert found.values == {WAITING % "1": 3}


async def test_a_json_body_keeps_types_and_repeats_an_item_for_each_id() -> None:
    keys = """
    settings: {queue_ids: list, most: {type: number, default: 7}}
    resources:
      queues:
        for_each: {setting: queue_ids, batch: 2}
        post: /query
        json:
          limit: "{most}"
          exact: true
          ids: "{ids}"
          text: "first of {ids}"
          filter: {predicates: [{for_each_id: {value: "{id}"}}]}
        queue: {id: id, waiting_contacts: waiting}
    """
    answers = """
    - request: POST /query
      json:
        {limit: 7, exact: true, ids: [a, b], text: "first of a,b", filter: {predicates: [{value: a}, {value: b}]}}
      body: [{id: a, waiting: 1}, {id: b, waiting: 2}]
    - request: POST /query
      json: {limit: 7, exact: true, ids: [c], text: "first of c", filter: {predicates: [{value: c}]}}
      body: [{id: c, waiting: 3}]
    """
    found = await poll(keys, answers, queue_ids=["a", "b", "c"])
    assert found.result.problems == []
    assert found.values == {WAITING % key: value for key, value in (("a", 1), ("b", 2), ("c", 3))}


@pytest.mark.parametrize(
    ("text", "sent"),
    [
        ("{today}", "2025-12-31T23:00:00Z"),
        ("{tomorrow}", "2026-01-01T23:00:00Z"),
        ("{today:date}", "2026-01-01"),
        ("{today:local}/{tomorrow:local}", "2026-01-01T00:00:00+01:00/2026-01-02T00:00:00+01:00"),
        ("{now-1h}", "2026-01-01T11:00:00Z"),
        ("{now+1m30s:milliseconds}", "2026-01-01T12:01:30.000Z"),
        ("{now:unix}", "1767268800"),
        ("{now:unix_ms}", "1767268800000"),
        ("{{now}}", "{now}"),
    ],
)
async def test_times_are_substituted_in_the_zone_of_the_day(text: str, sent: str) -> None:
    keys = f"""
    day: {{zone: Europe/Paris}}
    resources:
      queues: {{get: /queues, query: {{at: "{text}"}}, queue: {{id: id, waiting_contacts: waiting}}}}
    """
    answers = [{"request": "GET /queues?at=" + sent.replace("+", "%2B"), "body": []}]
    assert (await poll(keys, answers)).result.problems == []


PAGED = """
resources:
  queues:
    get: /queues
    records: rows
    paging: {paging}
    queue: {{id: id, waiting_contacts: waiting}}
"""


def paged(paging: str) -> str:
    return PAGED.format(paging=paging)


@pytest.mark.parametrize(
    ("paging", "requests", "more"),
    [
        ("{next: next}", ["/queues", "/queues?page=two"], [{"next": "/queues?page=two"}, {"next": None}]),
        ("{next: next}", ["/queues", "/b"], [{"next": "https://api.acme.example/b"}, {}]),
        ("{token: cursor, send: after}", ["/queues", "/queues?after=x%2By"], [{"cursor": "x+y"}, {"cursor": ""}]),
        ("{page: p, first: 0, pages: count}", ["/queues?p=0", "/queues?p=1"], [{"count": 2}, {"count": 2}]),
        ("{page: p, size: n, per_page: 1, total: count}", ["/queues?n=1&p=1", "/queues?n=1&p=2"], [{"count": 2}] * 2),
        ("{offset: skip, total: count}", ["/queues?skip=0", "/queues?skip=1"], [{"count": 2}] * 2),
    ],
)
async def test_every_page_is_requested(paging: str, requests: list[str], more: list[dict[str, object]]) -> None:
    answers = [
        {"request": f"GET {request}", "body": {"rows": [{"id": number, "waiting": number}], **rest}}
        for number, (request, rest) in enumerate(zip(requests, more, strict=True))
    ]
    found = await poll(paged(paging), answers)
    assert (found.result.problems, found.result.failures) == ([], {})
    assert found.values == {WAITING % "0": 0, WAITING % "1": 1}


async def test_pages_without_a_total_end_at_an_empty_page() -> None:
    answers = [
        {
            "request": f"GET /queues?page={number}",
            "body": {"rows": [{"id": number, "waiting": 1}] if number < 4 else []},
        }
        for number in range(1, 5)
    ]
    found = await poll(paged("{page: page}"), answers)
    assert found.result.problems == []
    assert len(found.values) == 3


async def test_the_next_page_may_be_in_the_link_header() -> None:
    links = {"Link": '<https://api.acme.example/first>; rel="first", </queues?page=2>; title="a, b"; rel="last next"'}
    answers = [
        {"request": "GET /queues", "headers": links, "body": {"rows": [{"id": 1, "waiting": 1}]}},
        {"request": "GET /queues?page=2", "body": {"rows": [{"id": 2, "waiting": 2}]}},
    ]
    assert len((await poll(paged("{link: true}"), answers)).values) == 2


async def test_parameters_of_pages_may_be_in_the_body() -> None:
    keys = """
    resources:
      queues:
        post: /query
        json: {filter: {a: 1}, paging: {order: asc}}
        paging: {page: paging.number, size: paging.size, per_page: 1, pages: pages, in: json}
        records: rows
        queue: {id: id, waiting_contacts: waiting}
    """
    answers = [
        {
            "request": "POST /query",
            "json": {"filter": {"a": 1}, "paging": {"order": "asc", "size": 1, "number": number}},
            "body": {"pages": 2, "rows": [{"id": number, "waiting": 1}]},
        }
        for number in (1, 2)
    ]
    found = await poll(keys, answers)
    assert found.result.problems == []
    assert len(found.values) == 2


@pytest.mark.parametrize(
    ("paging", "body", "error"),
    [
        ("{next: n, most: 1}", {"rows": [{"id": 1}], "n": "/b"}, "limit: GET /queues: more than 1 pages"),
        ("{page: page}", {"rows": [{"id": 1}]}, "invalid: GET /queues: the pages repeat themselves"),
        ("{page: page, pages: n}", {"rows": [{}], "n": 2}, "invalid: GET /queues: the pages repeat themselves"),
        ("{page: page, total: n}", {"rows": [{}], "n": 2}, "invalid: GET /queues: the pages repeat themselves"),
        ("{next: next}", {"rows": [], "next": "/queues"}, "invalid: GET /queues: the pages repeat themselves"),
        ("{token: t, send: t}", {"rows": [], "t": "same"}, "invalid: GET /queues: the pages repeat themselves"),
        ("{page: page, total: t}", {"rows": [], "t": 2}, "invalid: GET /queues: the pages end after 0 of 2 records"),
        ("{next: next, total: t}", {"rows": [{}], "t": 2}, "invalid: GET /queues: the pages end after 1 of 2 records"),
        ("{offset: o, total: t}", {"rows": [], "t": None}, "invalid: GET /queues: no number at t"),
        ("{token: t, send: t}", {"rows": [], "t": [1]}, "invalid: GET /queues: invalid token of the next page"),
    ],
)
async def test_pages_without_a_proven_end_fail_the_poll(paging: str, body: dict[str, object], error: str) -> None:
    names = ("", "?page=1", "?page=2", "?page=3", "?t=same", "?o=0")
    answers = [{"request": f"GET /queues{name}", "body": body} for name in names]
    assert (await poll(paged(paging), answers)).failure == error


def page(skip: int, total: int, *keys: int) -> dict[str, object]:
    rows = [{"id": key, "waiting": 1} for key in keys]
    return {"request": f"GET /queues?n=2&skip={skip}", "body": {"rows": rows, "count": total}}


async def test_pages_are_requested_again_if_a_record_was_deleted_meanwhile() -> None:
    """After queue 1 was deleted, queue 3 moved to the first page, which had been received already."""
    answers = [page(0, 4, 1, 2), page(2, 3, 4), page(0, 3, 2, 3), page(2, 3, 4)]
    found = await poll(paged("{offset: skip, size: n, per_page: 2, total: count}"), answers)
    assert (found.result.problems, found.result.failures) == ([], {})
    assert found.values == {WAITING % key: 1 for key in "234"}


async def test_records_that_are_deleted_again_and_again_fail_the_poll() -> None:
    answers = [page(0, 4, 1, 2), page(2, 3, 4), page(0, 3, 2, 3), page(2, 2)]
    found = await poll(paged("{offset: skip, size: n, per_page: 2, total: count}"), answers)
    assert found.failure == "invalid: GET /queues: 2 of 3 records are left at the next page"


async def test_an_added_record_is_found_without_a_second_reading() -> None:
    answers = [page(0, 3, 1, 2), page(2, 4, 3, 4)]
    found = await poll(paged("{offset: skip, size: n, per_page: 2, total: count}"), answers)
    assert (found.result.problems, len(found.values)) == ([], 4)


async def test_an_id_is_requested_as_the_vendor_writes_it() -> None:
    """Exported ids of 32 hexadecimal digits are in upper case; addresses distinguish the case."""
    key = "8f14e45fceea167a5a36dedd4bea2543"
    keys = """
    lists: {names: {get: /names, id: id, keep: {name: label}}}
    resources:
      queues:
        for_each: {list: names}
        get: "/queues/{id}"
        queue: {id: "@id", name: {from: names, id: "@id", field: name}, waiting_contacts: waiting}
    """
    answers: list[dict[str, object]] = [
        {"request": "GET /names", "body": [{"id": f" {key} ", "label": "Sales"}]},
        {"request": f"GET /queues/{key}", "body": {"waiting": 2}},
    ]
    found = await poll(keys, answers)
    assert found.result.problems == []
    assert found.values == {f'queue_waiting_contacts{{queue_id="{key.upper()}",queue="Sales",channel=""}}': 2}


@pytest.mark.parametrize(
    "keys",
    [
        "get: /queues, queue: {id: id, name: {from: names, id: id, field: name}, waiting_contacts: waiting}",
        "get: /queues, only: {list: names, id: id}, queue: {id: id, waiting_contacts: waiting}",
        "get: /queues, group_by: id, queue: {id: '@group', waiting_contacts: {sum: '@rows[].waiting'}}",
    ],
)
async def test_a_number_beyond_every_range_costs_its_field_only(keys: str) -> None:
    keys = f"""
    lists: {{names: {{get: /names, id: id, keep: {{name: label}}}}}}
    resources: {{queues: {{{keys}}}}}
    """
    answers = [
        {"request": "GET /names", "body": '[{"id": 1, "label": 1e999, "size": 1e999}]'},
        {"request": "GET /queues", "body": '[{"id": 1, "waiting": 2, "size": 1e999}]'},
    ]
    found = await poll(keys, answers)
    assert found.result.failures == {}
    assert found.values[WAITING % "1"] == 2


LISTED = """
lists:
  teams: {get: /teams, records: teams, id: id, keep: {name: title}}
  queues: {for_each: {list: teams}, get: "/teams/{id}/queues", id: id, keep: {name: label}}
resources:
  queues:
    for_each: {list: queues, batch: 2}
    get: /live
    query: {ids: "{ids}"}
    queue: {id: id, name: {from: queues, id: id, field: name}, waiting_contacts: waiting}
"""


async def test_lists_name_the_ids_to_ask_for_and_the_items() -> None:
    answers = """
    - {request: GET /teams, body: {teams: [{id: A}, {id: B}]}}
    - {request: GET /teams/A/queues, body: [{id: 1, label: Sales}, {id: 2, label: Support}]}
    - {request: GET /teams/B/queues, body: [{id: 3, label: Night}, {id: 1, label: Again}]}
    - {request: "GET /live?ids=1%2C2", body: [{id: 1, waiting: 1}, {id: 2, waiting: 2}]}
    - {request: "GET /live?ids=3", body: [{id: 3, waiting: 3}, {id: 4, waiting: 4}]}
    """
    found = await poll(LISTED, answers)
    assert found.result.problems == []
    assert found.values == {
        'queue_waiting_contacts{queue_id="1",queue="Sales",channel=""}': 1,
        'queue_waiting_contacts{queue_id="2",queue="Support",channel=""}': 2,
        'queue_waiting_contacts{queue_id="3",queue="Night",channel=""}': 3,
        'queue_waiting_contacts{queue_id="4",queue="",channel=""}': 4,
    }


async def test_a_failed_request_of_a_batch_fails_the_poll() -> None:
    answers = """
    - {request: GET /teams, body: {teams: [{id: A}]}}
    - {request: GET /teams/A/queues, body: [{id: 1}, {id: 2}, {id: 3}]}
    - {request: "GET /live?ids=1%2C2", body: [{id: 1, waiting: 1}]}
    - {request: "GET /live?ids=3", status: 500}
    """
    assert (await poll(LISTED, answers)).failure == "http: GET /live returned 500 Internal Server Error"


async def test_a_paced_resource_keeps_what_was_answered() -> None:
    keys = """
    settings: {queue_ids: list}
    resources:
      queues:
        for_each: {setting: queue_ids}
        paced: true
        get: "/queues/{id}"
        queue: {id: "@id", waiting_contacts: waiting}
    """
    answers: list[dict[str, object]]
    answers = [{"request": f"GET /queues/{key}", "body": {"waiting": 1}} for key in range(20)]
    answers[3] = {"request": "GET /queues/3", "status": 404}
    found = await poll(keys, answers, queue_ids=[str(key) for key in range(20)])
    assert len(found.values) == 19
    assert WAITING % "3" not in found.values


async def test_only_records_of_a_list_are_used() -> None:
    keys = """
    lists: {members: {get: /members, id: number}}
    resources:
      agents:
        get: /users
        only: {list: members, id: id}
        agent: {id: id, state: {field: free, words: {"true": available, "false": busy}}}
    """
    answers = """
    - {request: GET /members, body: [{number: 7}]}
    - {request: GET /users, body: [{id: 7, free: true}, {id: 8, free: false}, {id: null}]}
    """
    found = await poll(keys, answers, agents={"detail": "aggregate"})
    assert found.values == {'agents{group="",state="available",reason=""}': 1}


async def test_a_resource_may_need_a_setting() -> None:
    keys = """
    settings: {with_agents: {type: boolean, default: false}}
    resources:
      queues: {get: /queues, queue: {id: id}}
      agents: {get: /agents, when: {with_agents: true}, agent: {id: id}}
    """
    asked = [{"request": "GET /queues", "body": []}, {"request": "GET /agents", "body": []}]
    assert (await poll(keys, asked[:1])).result.problems == []
    assert (await poll(keys, asked, with_agents=True)).result.problems == []


async def test_a_value_at_the_error_path_fails_the_poll() -> None:
    keys = """
    error: fault.code
    resources:
      queues: {get: /queues, records: rows, queue: {id: id}}
    """
    failed = await poll(keys, [{"request": "GET /queues", "body": {"rows": [], "fault": {"code": "E7"}}}])
    assert failed.failure == "invalid: GET /queues returned an error: E7"
    good = await poll(keys, [{"request": "GET /queues", "body": {"rows": [], "fault": None}}])
    assert not good.result.failures


async def test_the_text_of_an_error_contains_no_personal_data() -> None:
    keys = "error: fault\nresources: {queues: {get: /queues, queue: {id: id}}}\n"
    fault = {"code": 7, "text": "ann.lee@acme.example and +31612345678 lack the right"}
    found = await poll(keys, [{"request": "GET /queues", "body": {"fault": fault}}])
    assert found.failure == "invalid: GET /queues returned an error: 7; … and … lack the right"
