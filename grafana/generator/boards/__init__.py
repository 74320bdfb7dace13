"""The dashboards Grafana shows, as classic JSON."""

from collections.abc import Iterator


def files() -> Iterator[tuple[str, str]]:
    """Yield each dashboard: its path under grafana/, and its JSON."""
    yield from ()
