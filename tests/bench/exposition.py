"""How long a poll's rendering and a scrape take, beside prometheus_client over the same series."""

from collections.abc import Callable
from typing import NamedTuple

from prometheus_client.exposition import generate_latest
from prometheus_client.openmetrics.exposition import generate_latest as generate_openmetrics

from exporter.counters import RunningTotals
from exporter.exposition import Exposition, Format, Part, render
from exporter.mapping import entities
from exporter.web.metrics import compress
from tests.bench import centre, peer
from tests.bench.stopwatch import cpu_milliseconds

# Nine series each, which makes about 100,000.
AGENTS = 11_000
ROUNDS = 11

_POLL_MILLISECONDS = 150.0
_SCRAPE_MILLISECONDS = 10.0


class Line(NamedTuple):
    """One thing measured.

    Attributes:
        name: What was done.
        milliseconds: Median CPU time it took.
        target: CPU time it may take, None where nothing is promised.
    """

    name: str
    milliseconds: float
    target: float | None = None


class Outcome(NamedTuple):
    """What was measured.

    Attributes:
        series: Number of series each line handles.
        page_bytes: Size of the text page.
        ours: What this exporter does.
        theirs: What prometheus_client does over the same series at each scrape, text first.
    """

    series: int
    page_bytes: int
    ours: tuple[Line, ...]
    theirs: tuple[Line, ...]

    def ratio(self, line: Line) -> float:
        """Return how many times as long as a line prometheus_client takes for its text page."""
        return self.theirs[0].milliseconds / line.milliseconds


def measure(agents: int = AGENTS, rounds: int = ROUNDS) -> Outcome:
    """Measure with that many agents, each thing in that many rounds."""
    said = centre.snapshot(agents)
    totals = RunningTotals()

    def poll() -> Part:
        return render(totals.hold(entities(centre.TARGET, said, centre.DETAIL), 0.0))

    def line(name: str, work: Callable[[], object], target: float | None = None) -> Line:
        return Line(name, cpu_milliseconds(work, rounds), target)

    part = poll()
    page = _page(part)
    text = page(Format.TEXT)
    # Whatever lives while something is measured costs the collector of garbage, so each thing is made when needed.
    whole = line("poll: map, hold totals, render", poll, _POLL_MILLISECONDS)
    mapped = list(entities(centre.TARGET, said, centre.DETAIL))
    ours = (
        whole,
        line("poll: render alone", lambda: render(mapped), _POLL_MILLISECONDS),
        line("scrape: text", lambda: page(Format.TEXT), _SCRAPE_MILLISECONDS),
        line("scrape: OpenMetrics", lambda: page(Format.OPENMETRICS), _SCRAPE_MILLISECONDS),
        line("scrape: gzip, in a thread", lambda: compress([text])),
    )
    registry = peer.registry(mapped)
    theirs = (
        line("prometheus_client scrape: text", lambda: generate_latest(registry)),
        line("prometheus_client scrape: OpenMetrics", lambda: generate_openmetrics(registry)),  # type: ignore[no-untyped-call]
    )
    return Outcome(part.series, len(text), ours, theirs)


def _page(part: Part) -> Callable[[Format], bytes]:
    exposition = Exposition(lambda _form: b"")
    exposition.put(centre.TARGET, "agents", part)
    return exposition.page
