"""Serves that many series as prometheus_client does; the first line of output is the port."""

import gc
import signal
import sys

from prometheus_client import start_http_server

from exporter.metrics.mapping import entities
from tests.bench import peer, sample_data


def main(agents: int) -> None:
    """Serve until asked to stop."""
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
    registry = peer.registry(entities(sample_data.TARGET, sample_data.snapshot(agents), sample_data.DETAIL))
    gc.freeze()  # what lives for good costs its rendering no look of the collector of garbage, in its favour
    server, _thread = start_http_server(0, "127.0.0.1", registry)
    sys.stdout.write(f"{server.server_port}\n")
    sys.stdout.flush()
    signal.sigwait({signal.SIGTERM})


if __name__ == "__main__":
    main(int(sys.argv[1]))
