"""Server CPU and client latency of scrapes, compared with prometheus_client over the same series."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from statistics import median
from typing import NamedTuple

from exporter.metrics.pages import Format
from tests.bench import sample_data
from tests.bench.benchmark_table import Requirement, Table
from tests.bench.child import Child, running
from tests.bench.scrape_client import Connection

SIZES = (1_000, 10_000, 100_000, 1_000_000)
_REQUIRED = 100_000
_GROWS_FROM = 10_000
_ROUNDS = 31
# prometheus_client takes ten seconds per scrape at the largest size.
_CLIENT_LIBRARY_ROUNDS = {1_000: 7, 10_000: 7, 100_000: 3, 1_000_000: 1}
_COLUMNS = ("series", "format", "encoding", "server CPU ms", "client ms", "MB", "x CPU", "x client")


class Case(NamedTuple):
    """The headers of a scrape, and whether every scrape gets a new generation of the page."""

    form: Format
    encoding: str
    data: str = "same"

    @property
    def headers(self) -> Mapping[str, str]:
        """The request headers."""
        return {"Accept": self.form.value, "Accept-Encoding": self.encoding}


class Cost(NamedTuple):
    """Median server CPU and client latency in milliseconds, and the size of the body."""

    cpu: float
    seen: float
    megabytes: float


_CASES = tuple(Case(form, encoding) for form in Format for encoding in ("identity", "gzip"))
_WHOLE = Case(Format.TEXT, "identity")
_UNCACHED = Case(Format.TEXT, "gzip", "new")


def measure(sizes: Sequence[int] = SIZES) -> Table:
    """Scrape pages with these numbers of series."""
    rows: list[Sequence[str | float | int]] = []
    requirements: list[Requirement] = []
    exporter_by_size: dict[int, dict[Case, Cost]] = {}
    for series in sizes:
        agents = round(series / sample_data.SERIES_PER_AGENT)
        exporter, library = _exporter(agents), _client_library(agents, series)
        exporter_by_size[series] = exporter
        for case, cost in exporter.items():
            reference = library[case._replace(data="same")]
            encoding = f"{case.encoding}, uncached" if case.data == "new" else case.encoding
            ratios = (reference.cpu / cost.cpu, reference.seen / cost.seen)
            rows.append((series, case.form.name, encoding, cost.cpu, cost.seen, cost.megabytes, *ratios))
            if series == _REQUIRED and case.form is Format.TEXT:
                requirements += _requirements(encoding, *ratios)
        rows += [
            (series, case.form.name, f"{case.encoding}, prometheus_client", *cost, 1, 1)
            for case, cost in library.items()
        ]
    return Table(
        "Scrapes, compared with prometheus_client", _COLUMNS, rows, [*requirements, *_growth(exporter_by_size)]
    )


def _growth(found: Mapping[int, Mapping[Case, Cost]]) -> Iterator[Requirement]:
    """Require linear growth: a series of a larger page costs no more than one of a page of a tenth of its size.

    The smallest sizes are excluded because the fixed cost of a scrape dominates there.
    """
    for small, large in pairwise(size for size in found if size >= _GROWS_FROM):
        for case, encoding in ((_WHOLE, "identity"), (_UNCACHED, "gzip, uncached")):
            times = (found[large][case].cpu / large) / (found[small][case].cpu / small)
            yield Requirement(f"{large:,} series, {encoding}: server CPU per series, relative to {small:,}", times, 1.5)


def _requirements(encoding: str, cpu: float, seen: float) -> Sequence[Requirement]:
    name = f"{_REQUIRED:,} series, {encoding}, speedup over prometheus_client"
    if encoding == "identity":
        return Requirement(f"{name}, server CPU", cpu, 100, minimum=True), Requirement(
            f"{name}, client", seen, 60, minimum=True
        )
    return (Requirement(f"{name}, client", seen, 80, minimum=True),)


def _exporter(agents: int) -> dict[Case, Cost]:
    with running("tests.bench.serve_exporter", str(agents), "same") as server:
        found = {case: cost(server, case, _ROUNDS) for case in _CASES}
    with running("tests.bench.serve_exporter", str(agents), "new") as server:
        return found | {_UNCACHED: cost(server, _UNCACHED, _ROUNDS)}


def _client_library(agents: int, series: int) -> dict[Case, Cost]:
    with running("tests.bench.serve_prometheus_client", str(agents)) as server:
        return {case: cost(server, case, _CLIENT_LIBRARY_ROUNDS.get(series, 1)) for case in _CASES}


def cost(server: Child, case: Case, rounds: int) -> Cost:
    """Measure the cost of a scrape for the server and the client."""
    cpu, seen, size = [], [], 0
    with Connection(server.port) as connection:
        # The first round is a warm-up unless there is only one.
        for _ in range(rounds + (rounds > 1)):
            began = server.cpu_seconds()
            reading = connection.get("/metrics", case.headers)
            cpu.append(server.cpu_seconds() - began)
            seen.append(reading.seconds)
            size = reading.size
    last = slice(-rounds, None)
    return Cost(median(cpu[last]) * 1000, median(seen[last]) * 1000, size / 1e6)
