"""The benchmarks measure what they say: both sides handle the same series, and every program of theirs runs."""

import asyncio
import json
import signal

import pytest
from prometheus_client.exposition import generate_latest
from prometheus_client.parser import text_string_to_metric_families

from exporter.metrics.mapping import entities
from exporter.metrics.pages import Exposition, Format
from exporter.metrics.render import render
from exporter.model import Snapshot
from tests.bench import canned, centre, estate, floor, peer, polling, report, scraping
from tests.bench.child import running
from tests.bench.client import Connection
from tests.bench.ready import wait_until_ready
from tests.bench.table import Promise, Table
from tests.support.exposition import page_bytes


def _samples(page: bytes) -> list[tuple[str, dict[str, str], float]]:
    families = text_string_to_metric_families(page.decode())
    return [(sample.name, sample.labels, sample.value) for family in families for sample in family.samples]


def _page(said: Snapshot) -> bytes:
    exposition = Exposition(lambda _form: b"")
    exposition.put(centre.TARGET, "agents", render(entities(centre.TARGET, said, centre.DETAIL)))
    return page_bytes(exposition, Format.TEXT)


def test_prometheus_client_is_given_the_same_series() -> None:
    said = centre.snapshot(20)
    ours = _samples(_page(said))
    assert ours == _samples(generate_latest(peer.registry(entities(centre.TARGET, said, centre.DETAIL))))
    assert len(ours) > 20 * centre.SERIES_AN_AGENT


def test_the_floor_writes_the_lines_that_a_poll_exposes() -> None:
    body = centre.agents_answer(100)
    said = asyncio.run(canned.client({"agents": body}).agents())
    bare = set(floor.page(body).splitlines())
    ours = {line for line in _page(said).splitlines() if not line.startswith(b"#")}
    # Nobody in a state is worth a 0 to us, and no line to the floor.
    assert bare <= ours
    assert all(line.startswith(b"contactcenter_agents{") and line.endswith(b" 0") for line in ours - bare)


@pytest.mark.slow
def test_a_poll_is_measured() -> None:
    table = polling.measure(agents=10, rounds=1)
    assert [str(name).partition(":")[0] for name, *_ in table.rows] == ["poll", "of it", "of it", "floor"]
    assert all(isinstance(milliseconds, float) and milliseconds > 0 for _, milliseconds, _ in table.rows)


@pytest.mark.parametrize(
    "server", [("serving_ours", "10", "new"), ("serving_theirs", "10")], ids=lambda server: server[0]
)
def test_a_server_under_load_answers_with_the_page_that_was_asked_for(server: tuple[str, ...]) -> None:
    module, *arguments = server
    with running(f"tests.bench.{module}", *arguments) as child:
        plain, packed = (
            scraping.cost(child, scraping.Case(Format.TEXT, encoding), 1) for encoding in ("identity", "gzip")
        )
    assert plain.megabytes * 1e6 > 10 * centre.SERIES_AN_AGENT * 100
    assert packed.megabytes * 1e6 < plain.megabytes * 1e6 / 5
    assert plain.cpu > 0
    assert plain.seen > 0


@pytest.mark.slow
def test_an_exporter_under_watch_polls_the_stand_in_vendor() -> None:
    with estate.polled({"a": estate.Size(3, 2, 1, "id"), "b": estate.ORDINARY}, "1s") as exporter:
        wait_until_ready(exporter)
        exporter.process.send_signal(signal.SIGUSR1)
        for target in ("a", "b"):
            with Connection(exporter.port) as connection:
                assert connection.get(f"/metrics?target={target}", {}).size > 1_000
        assert exporter.memory("VmHWM") >= exporter.memory() > 1_000_000
        assert exporter.cpu_seconds() > 0
        assert {"p50", "p99", "max"} <= json.loads(exporter.stop()).keys()


def test_a_promise_is_kept_or_called_out() -> None:
    kept, broken = Promise("fast", 120.0, 100, least=True), Promise("late", 60.0, 50)
    text = "\n".join(Table("Things", ("what", "ms"), [("a", 1_234.5)], (kept, broken)).lines())
    assert "| a | 1,234 |" in text
    assert "- fast: 120 (at least 100)" in text
    assert "- late: 60.0 (at most 50, NOT KEPT)" in text


def test_the_docs_show_what_was_found_last() -> None:
    kept = json.loads(report.KEPT.read_text())
    for path, page in report.pages(kept).items():
        assert path.read_text() == page, f"{path.name}: run make docs"
    found = {each["name"] for result in kept.values() for each in result["promises"]}
    assert all(f"| {name} |" in report.README.read_text() for name in found)
