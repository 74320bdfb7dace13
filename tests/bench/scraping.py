"""Scrapes: what they cost the server and how long a client waits, beside prometheus_client over the same series."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from statistics import median
from typing import NamedTuple

from exporter.metrics.pages import Format
from tests.bench import sample_data
from tests.bench.benchmark_table import Promise, Table
from tests.bench.child import Child, running
from tests.bench.scrape_client import Connection

SIZES = (1_000, 10_000, 100_000, 1_000_000)
_PROMISED = 100_000
_GROWS_FROM = 10_000
_ROUNDS = 31
# Theirs takes ten seconds a scrape at the last size.
_THEIR_ROUNDS = {1_000: 7, 10_000: 7, 100_000: 3, 1_000_000: 1}
_COLUMNS = ("series", "format", "encoding", "server CPU ms", "client ms", "MB", "x CPU", "x client")


class Case(NamedTuple):
    """What a scrape asks for, and whether it finds a generation that no scrape saw before."""

    form: Format
    encoding: str
    data: str = "same"

    @property
    def headers(self) -> Mapping[str, str]:
        """The request's."""
        return {"Accept": self.form.value, "Accept-Encoding": self.encoding}


class Cost(NamedTuple):
    """Median milliseconds of server CPU and of the client's wait, and the body's size."""

    cpu: float
    seen: float
    megabytes: float


_CASES = tuple(Case(form, encoding) for form in Format for encoding in ("identity", "gzip"))
_WHOLE = Case(Format.TEXT, "identity")
_ANEW = Case(Format.TEXT, "gzip", "new")


def measure(sizes: Sequence[int] = SIZES) -> Table:
    """Scrape pages of these sizes."""
    rows: list[Sequence[str | float | int]] = []
    promises: list[Promise] = []
    ours_by_size: dict[int, dict[Case, Cost]] = {}
    for series in sizes:
        agents = round(series / sample_data.SERIES_PER_AGENT)
        ours, theirs = _ours(agents), _theirs(agents, series)
        ours_by_size[series] = ours
        for case, cost in ours.items():
            their = theirs[case._replace(data="same")]
            what = f"{case.encoding}, compressed anew" if case.data == "new" else case.encoding
            ratios = (their.cpu / cost.cpu, their.seen / cost.seen)
            rows.append((series, case.form.name, what, cost.cpu, cost.seen, cost.megabytes, *ratios))
            if series == _PROMISED and case.form is Format.TEXT:
                promises += _promises(what, *ratios)
        rows += [
            (series, case.form.name, f"{case.encoding}, prometheus_client", *cost, 1, 1)
            for case, cost in theirs.items()
        ]
    return Table("Scrapes, beside prometheus_client", _COLUMNS, rows, [*promises, *_growth(ours_by_size)])


def _growth(found: Mapping[int, Mapping[Case, Cost]]) -> Iterator[Promise]:
    """Promise that a series of a larger page takes no longer than one of a tenth of it: growth is linear.

    At the smallest sizes what every scrape costs stands before what a series costs.
    """
    for small, large in pairwise(size for size in found if size >= _GROWS_FROM):
        for case, what in ((_WHOLE, "identity"), (_ANEW, "gzip, compressed anew")):
            times = (found[large][case].cpu / large) / (found[small][case].cpu / small)
            yield Promise(f"{large:,} series, {what}: server CPU by the series, times that at {small:,}", times, 1.5)


def _promises(what: str, cpu: float, seen: float) -> Sequence[Promise]:
    name = f"{_PROMISED:,} series, {what}, times as fast as prometheus_client"
    if what == "identity":
        return Promise(f"{name}, server CPU", cpu, 100, least=True), Promise(f"{name}, client", seen, 60, least=True)
    return (Promise(f"{name}, client", seen, 80, least=True),)


def _ours(agents: int) -> dict[Case, Cost]:
    with running("tests.bench.serve_exporter", str(agents), "same") as server:
        found = {case: cost(server, case, _ROUNDS) for case in _CASES}
    with running("tests.bench.serve_exporter", str(agents), "new") as server:
        return found | {_ANEW: cost(server, _ANEW, _ROUNDS)}


def _theirs(agents: int, series: int) -> dict[Case, Cost]:
    with running("tests.bench.serve_prometheus_client", str(agents)) as server:
        return {case: cost(server, case, _THEIR_ROUNDS.get(series, 1)) for case in _CASES}


def cost(server: Child, case: Case, rounds: int) -> Cost:
    """Return what a scrape costs the server, and its client."""
    cpu, seen, size = [], [], 0
    with Connection(server.port) as connection:
        # The first is a warm-up, but where there is only one.
        for _ in range(rounds + (rounds > 1)):
            began = server.cpu_seconds()
            reading = connection.get("/metrics", case.headers)
            cpu.append(server.cpu_seconds() - began)
            seen.append(reading.seconds)
            size = reading.size
    last = slice(-rounds, None)
    return Cost(median(cpu[last]) * 1000, median(seen[last]) * 1000, size / 1e6)
