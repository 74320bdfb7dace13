"""The series of the benchmark of rules and dashboards, as a real Prometheus stores them."""

from collections import Counter
from pathlib import Path

from grafana.generator.rules import names
from tests.bench import prometheus, remote_write, stored_past, ten_thousand

QUEUES = ten_thousand.QUEUES
OFFERED = "contactcenter_queue_contacts_offered_total"
WAITING = "contactcenter_queue_waiting_contacts"


def test_series_are_those_of_four_vendors() -> None:
    series = list(ten_thousand.series(targets=4))
    assert len({(each.name, *each.labels.items()) for each in series}) == len(series)
    number = Counter(each.name for each in series)
    assert number[WAITING] == 4 * QUEUES
    # KPN reports no abandoned contacts, and Bright Pattern a ratio instead of contacts in time.
    assert number["contactcenter_queue_contacts_abandoned_total"] == 3 * QUEUES
    assert number["contactcenter_queue_contacts_answered_in_service_level_total"] == 3 * QUEUES


def test_only_running_totals_of_queues_grow() -> None:
    growing = {each.name for each in ten_thousand.series(targets=4) if each.growth}
    assert OFFERED in growing
    assert WAITING not in growing
    assert "contactcenter_polls_total" not in growing


def test_a_request_is_a_protocol_buffer_in_a_snappy_block() -> None:
    samples = remote_write.samples([1_000], [0.5])
    body = remote_write.body([remote_write.series("up", {"job": "a"}, samples)])
    message = (
        b"\x0a\x28"
        b"\x0a\x0e\x0a\x08__name__\x12\x02up"
        b"\x0a\x08\x0a\x03job\x12\x01a"
        b"\x12\x0c\x09" + bytes([0, 0, 0, 0, 0, 0, 0xE0, 0x3F]) + b"\x10\xe8\x07"
    )
    assert body == bytes([len(message), 0xFC, len(message) - 1, 0, 0, 0]) + message


def test_prometheus_stores_the_scraped_and_the_recorded_series(tmp_path: Path) -> None:
    series = list(ten_thousand.series(targets=2))
    with prometheus.running(tmp_path) as server:
        for request in stored_past.Writer(server.now).requests(series):
            server.write(request)
        expected = {
            f'count({{__name__=~"contactcenter_.+", instance="{stored_past.INSTANCE}"}})': len(series),
            f"max(increase({OFFERED}[30m]))": 20 * 30 * 60 / stored_past.SCRAPE,
            f"count({names.COUNTED_TODAY} - {names.COUNTED_TODAY} offset 30m > 0)": 2 * QUEUES,
            f"min(count_over_time({names.counted('30m')}[6h:30m]))": 12,
            f"min(count_over_time({names.service_level('30m')}[3d:30m])) > bool 140": 1,
        }
        for expr, value in expected.items():
            assert [float(each["value"][1]) for each in server.query(expr)] == [value], expr
