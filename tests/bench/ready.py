"""Wait until an exporter is ready."""

import time
from contextlib import suppress

from tests.bench.child import Child
from tests.bench.scrape_client import Connection

_TIMEOUT_SECONDS = 120.0


def wait_until_ready(exporter: Child, pause: float = 0.05) -> None:
    """Poll the readiness endpoint until every target has been polled.

    Args:
        exporter: The exporter.
        pause: Seconds between two requests.

    Raises:
        TimeoutError: It is not ready after two minutes.
    """
    until = time.perf_counter() + _TIMEOUT_SECONDS
    while time.perf_counter() < until:
        with Connection(exporter.port) as connection, suppress(ConnectionError):
            connection.get("/-/ready", {})
            return
        time.sleep(pause)
    raise TimeoutError(f"not ready after {_TIMEOUT_SECONDS:g} s")
