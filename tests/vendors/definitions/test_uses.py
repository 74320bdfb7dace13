"""What a definition uses of an API, for a comparison with its specification."""

from pathlib import Path

from exporter.vendors.definitions.reading import parse
from exporter.vendors.definitions.uses import PathUse, RequestUse, uses_of
from tests.support.definitions import text_of

ACME = Path(__file__).with_name("acme.yml")


def uses() -> dict[str, RequestUse]:
    return {use.name: use for use in uses_of(parse(ACME.read_text(), "acme.yml"))}


def test_requests_are_listed_with_their_parameters() -> None:
    found = uses()
    assert list(found) == ["queue_list", "queues", "totals", "agents", "trunks"]
    assert [
        (use.kind, use.method, use.path, use.query, use.body, use.records, use.response) for use in found.values()
    ] == [
        ("lists", "GET", "/v1/{workspace}/queues", ("PageSize",), (), "queues", ("meta.next_page_url",)),
        ("resources", "POST", "/v1/{workspace}/realtime", (), ("QueueSids",), "queue_data", ()),
        ("resources", "GET", "/v1/{workspace}/queues/{id}/cumulative", ("StartDate",), (), None, ()),
        ("resources", "GET", "/v1/agents", ("Page", "PageSize"), (), "items", ("count",)),
        ("resources", "GET", "/v1/lines", (), (), None, ()),
    ]


def test_the_paths_of_a_record_are_listed_with_reader_and_words() -> None:
    found = uses()
    assert found["queue_list"].fields == (PathUse("sid", "identifier"), PathUse("friendly_name", "text"))
    assert PathUse("oldest_ms", "milliseconds") in found["queues"].fields
    assert PathUse("activities[].name", "words", ("Idle", "Busy", "Break")) in found["queues"].fields
    assert PathUse("activities[].workers", "number") in found["queues"].fields
    assert PathUse("activity", "words", ("Calling", "None")) in found["agents"].fields
    assert PathUse("first", "text") in found["agents"].fields
    assert PathUse("channels[].state", "words", ("up", "ringing", "free")) in found["trunks"].fields


def test_paths_of_pivoted_objects_are_those_within_the_list() -> None:
    fields = uses()["totals"].fields
    assert PathUse("data[].metrics[].count", "number") in fields
    assert PathUse("data[].metrics[].metric", "words", ("answered",)) in fields
    assert PathUse("data[].metrics[].qualifier", "words", ("in_time",)) in fields


def test_bodies_and_conditions_are_listed() -> None:
    keys = """
    lists: {names: {get: /names, id: id, keep: {label: title}}}
    resources:
      queues:
        post: /query
        for_each: {list: names, batch: 9}
        json: {filter: {or: [{for_each_id: {value: "{id}"}}]}, sizes: [1]}
        paging: {offset: page.skip, in: json}
        group_by: team
        only: {list: names, id: key}
        queue:
          id: key
          name: {from: names, id: key, field: label}
          waiting_contacts: {count: "l[].m", where: {s: [a, b]}}
          active_contacts: {sum: "l[].n", where: {s: c}}
          oldest_wait_seconds: {least: [x, y], read: age}
          agents: {count: l, by: s, words: {a: busy}}
    """
    [_, use] = uses_of(parse(text_of(keys), "acme.yml"))
    assert use.body == ("filter.or[].value", "sizes[]", "page.skip")
    assert use.fields == (
        PathUse("team", "identifier"),
        PathUse("key", "identifier"),
        PathUse("l[].m[]", "list"),
        PathUse("l[].m[].s", "words", ("a", "b")),
        PathUse("l[].n", "number"),
        PathUse("l[].s", "words", ("c",)),
        PathUse("x", "age"),
        PathUse("y", "age"),
        PathUse("l[]", "list"),
        PathUse("l[].s", "words", ("a",)),
    )
