"""The benchmarks compare the same series, and each of their programs runs."""

import asyncio
import json
import signal

import pytest
from prometheus_client.exposition import generate_latest
from prometheus_client.parser import text_string_to_metric_families

from exporter.metrics.catalog import QUEUE_CONTACT_WAIT
from exporter.metrics.mapping import entities
from exporter.metrics.pages import Exposition, Format
from exporter.metrics.render import render
from exporter.model import Snapshot
from tests.bench import (
    baseline,
    canned,
    contacts,
    definitions,
    estate,
    peer,
    poll_cost,
    report,
    sample_data,
    scraping,
)
from tests.bench.benchmark_table import Requirement, Table
from tests.bench.child import running
from tests.bench.ready import wait_until_ready
from tests.bench.scrape_client import Connection
from tests.support.exposition import page_bytes


def _samples(page: bytes) -> list[tuple[str, dict[str, str], float]]:
    families = text_string_to_metric_families(page.decode())
    return [(sample.name, sample.labels, sample.value) for family in families for sample in family.samples]


def _page(snapshot: Snapshot) -> bytes:
    exposition = Exposition(lambda _form: b"")
    exposition.put(sample_data.TARGET, "agents", render(entities(sample_data.TARGET, snapshot, sample_data.DETAIL)))
    return page_bytes(exposition, Format.TEXT)


def test_prometheus_client_serves_the_same_series() -> None:
    snapshot = sample_data.snapshot(20)
    exported = _samples(_page(snapshot))
    assert exported == _samples(
        generate_latest(peer.registry(entities(sample_data.TARGET, snapshot, sample_data.DETAIL)))
    )
    assert len(exported) > 20 * sample_data.SERIES_PER_AGENT


def test_baseline_writes_the_lines_of_a_poll() -> None:
    body = sample_data.agents_answer(100)
    snapshot = asyncio.run(canned.client({"agents": body}).agents())
    bare = set(baseline.page(body).splitlines())
    exported = {line for line in _page(snapshot).splitlines() if not line.startswith(b"#")}
    # The exporter also writes zero counts of states without agents.
    assert bare <= exported
    assert all(line.startswith(b"contactcenter_agents{") and line.endswith(b" 0") for line in exported - bare)


@pytest.mark.slow
def test_a_poll_is_measured() -> None:
    table = poll_cost.measure(agents=10, rounds=1)
    assert [str(name).partition(":")[0] for name, *_ in table.rows] == ["poll", "part", "part", "baseline"]
    assert all(isinstance(milliseconds, float) and milliseconds > 0 for _, milliseconds, _ in table.rows)


def test_a_poll_of_single_contacts_is_measured() -> None:
    table = contacts.measure(queues=3, contacts_a_day=5_000, rounds=1)
    assert [str(name).partition(":")[0] for name, _ in table.rows] == ["poll", "part", "part", "scrape"]
    assert all(isinstance(milliseconds, float) and milliseconds > 0 for _, milliseconds in table.rows)
    centre = contacts.Centre(3, 60)
    centre.poll()
    centre.poll()
    # The contacts of the second window are observed, with a bucket at the threshold.
    waits = [line for line in centre.block.chunks[QUEUE_CONTACT_WAIT].splitlines() if b'"answered"' in line]
    assert sum(int(line.split()[-1]) for line in waits if b"_count" in line) == 60
    assert sum(b'le="25.0"' in line for line in waits) == 3


@pytest.mark.parametrize(
    "server", [("serve_exporter", "10", "new"), ("serve_prometheus_client", "10")], ids=lambda server: server[0]
)
def test_benchmark_server_serves_the_requested_page(server: tuple[str, ...]) -> None:
    module, *arguments = server
    with running(f"tests.bench.{module}", *arguments) as child:
        plain, packed = (
            scraping.cost(child, scraping.Case(Format.TEXT, encoding), 1) for encoding in ("identity", "gzip")
        )
    assert plain.megabytes * 1e6 > 10 * sample_data.SERIES_PER_AGENT * 100
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
        exporter.process.send_signal(signal.SIGUSR2)
        assert {"p50", "p99", "max"} <= json.loads(exporter.stop()).keys()


def test_unmet_requirement_is_marked() -> None:
    met, unmet = Requirement("fast", 120.0, 100, minimum=True), Requirement("late", 60.0, 50)
    text = "\n".join(Table("Times", ("name", "ms"), [("a", 1_234.5)], (met, unmet)).lines())
    assert "| a | 1,234 |" in text
    assert "- fast: 120 (at least 100)" in text
    assert "- late: 60.0 (at most 50, NOT MET)" in text


def test_docs_contain_the_latest_results() -> None:
    results = json.loads(report.RESULTS.read_text())
    for path, page in report.pages(results).items():
        assert path.read_text() == page, f"{path.name}: run make docs"
    names = {each["name"] for result in results.values() for each in result["requirements"]}
    assert all(f"| {name} |" in report.PERFORMANCE.read_text() for name in names)


def test_a_definition_is_compared_with_code() -> None:
    table = definitions.measure(rows=10, rounds=1)
    assert [row[0] for row in table.rows] == ["queues", "agents", "trunks"]
    assert all(isinstance(ratio, float) and ratio > 0 for *_, ratio in table.rows)
