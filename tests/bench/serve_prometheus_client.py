"""Serve a number of series by prometheus_client; the first line of output is the port."""

import gc
import signal
import sys

from prometheus_client import start_http_server

from exporter.metrics.mapping import entities
from tests.bench import peer, sample_data


def main(agents: int) -> None:
    """Serve until SIGTERM."""
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
    registry = peer.registry(entities(sample_data.TARGET, sample_data.snapshot(agents), sample_data.DETAIL))
    gc.freeze()  # in its favour: garbage collections skip the permanent objects
    server, _thread = start_http_server(0, "127.0.0.1", registry)
    sys.stdout.write(f"{server.server_port}\n")
    sys.stdout.flush()
    signal.sigwait({signal.SIGTERM})


if __name__ == "__main__":
    main(int(sys.argv[1]))
