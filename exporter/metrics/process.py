"""Metrics of the exporter's own process, collected by prometheus_client at each scrape."""

from prometheus_client import CollectorRegistry, GCCollector, PlatformCollector, ProcessCollector
from prometheus_client.exposition import generate_latest
from prometheus_client.openmetrics.exposition import generate_latest as generate_openmetrics

from exporter.metrics.pages import Format

_END = b"# EOF\n"


class ProcessFigures:
    """CPU, memory, open files and garbage collection of this process."""

    def __init__(self) -> None:
        """Register the collectors with a registry of their own, to which no library adds."""
        self._registry = CollectorRegistry()
        ProcessCollector(registry=self._registry)
        PlatformCollector(registry=self._registry)
        GCCollector(registry=self._registry)

    def render(self, form: Format) -> bytes:
        """Return the current values, without the `# EOF` that ends a page."""
        if form is Format.OPENMETRICS:
            page: bytes = generate_openmetrics(self._registry)  # type: ignore[no-untyped-call]
            return page.removesuffix(_END)
        return generate_latest(self._registry)
