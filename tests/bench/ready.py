"""Waiting until an exporter has polled everything once."""

import time
from contextlib import suppress

from tests.bench.child import Child
from tests.bench.scrape_client import Connection

_PATIENCE_SECONDS = 120.0


def wait_until_ready(exporter: Child, pause: float = 0.05) -> None:
    """Ask until every target has been polled. Raises TimeoutError where that takes minutes."""
    until = time.perf_counter() + _PATIENCE_SECONDS
    while time.perf_counter() < until:
        with Connection(exporter.port) as connection, suppress(ConnectionError):
            connection.get("/-/ready", {})
            return
        time.sleep(pause)
    raise TimeoutError(f"not ready after {_PATIENCE_SECONDS:g} s")
