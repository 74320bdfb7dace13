"""Last week's contacts of the demo, for the picture of the dashboard of the day."""

from itertools import pairwise

from prometheus_client.openmetrics.parser import text_string_to_metric_families

from grafana.preview.last_week import history, lines

LABELS = {
    "__name__": "x",
    "job": "j",
    "instance": "i",
    "target": "t",
    "queue_id": "1",
    "queue": "Billing",
    "channel": "voice",
}
START = 1_800_000_000.0
DAY = 86400


def test_the_totals_grow_and_restart_once_a_day() -> None:
    totals = [by_queue["Billing"] for by_queue in history(START, START + DAY).values()]
    falls = [(before, after) for before, after in pairwise(totals) if after < before]
    ((before, after),) = falls
    assert before > 500
    assert after < 5


def test_the_file_has_samples_of_both_series_in_order_of_time() -> None:
    text = "".join(lines([LABELS], history(START, START + 7200)))
    samples: dict[str, list[tuple[float, float]]] = {}
    for family in text_string_to_metric_families(text):  # type: ignore[no-untyped-call]
        for sample in family.samples:
            assert sample.labels == {name: value for name, value in LABELS.items() if name != "__name__"}
            assert sample.timestamp is not None
            samples.setdefault(sample.name, []).append((float(sample.timestamp), sample.value))
    totals = dict(samples["contactcenter_queue_contacts_offered_total"])
    half_hours = dict(samples["queue:contactcenter_contacts_offered:increase30m"])
    assert list(totals) == sorted(totals)
    assert half_hours[START + 7200] == totals[START + 7200] - totals[START + 5400]
