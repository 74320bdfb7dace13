"""The benchmark measures what it says: both sides handle the same series."""

from prometheus_client.exposition import generate_latest
from prometheus_client.parser import text_string_to_metric_families

from exporter.exposition import Exposition, Format, render
from exporter.mapping import entities
from tests.bench import centre, peer
from tests.bench.exposition import measure


def _samples(page: bytes) -> list[tuple[str, dict[str, str], float]]:
    families = text_string_to_metric_families(page.decode())
    return [(sample.name, sample.labels, sample.value) for family in families for sample in family.samples]


def test_prometheus_client_is_given_the_same_series() -> None:
    mapped = list(entities(centre.TARGET, centre.snapshot(20), centre.DETAIL))
    exposition = Exposition(lambda _form: b"")
    exposition.put(centre.TARGET, "agents", render(mapped))
    ours = _samples(exposition.page(Format.TEXT))
    assert ours == _samples(generate_latest(peer.registry(mapped)))
    assert len(ours) > 20 * 9


def test_every_line_is_measured() -> None:
    outcome = measure(agents=10, rounds=1)
    assert outcome.series > 10 * 9
    assert all(line.milliseconds >= 0 for line in outcome.ours + outcome.theirs)
