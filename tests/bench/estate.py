"""Run the exporter with targets of given sizes at the stand-in vendor."""

import json
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from tests.bench.child import Child, running


class Size(NamedTuple):
    """The size of a target and its level of agent detail."""

    agents: int
    queues: int = 0
    trunks: int = 0
    detail: str = "aggregate"


LARGE = Size(10_000, detail="name")
ORDINARY = Size(200, 20, 4)


@contextmanager
def polled(targets: Mapping[str, Size], interval: str) -> Iterator[Child]:
    """Run the stand-in vendor and an exporter that polls these targets."""
    with running("tests.bench.stand_in_vendor") as vendor, tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "contactcenter.yml"
        # JSON is valid YAML and parses many times faster.
        file.write_text(json.dumps(_configuration(targets, interval, vendor.port)))
        with running("tests.bench.exporting", file) as exporter:
            yield exporter


def _configuration(targets: Mapping[str, Size], interval: str, port: int) -> dict[str, object]:
    return {
        "web": {"listen_address": "127.0.0.1:0"},
        "poll": {"interval": interval, "stale_after": "5m"},
        "targets": [_target(name, size, f"http://127.0.0.1:{port}") for name, size in targets.items()],
    }


def _target(name: str, size: Size, base: str) -> dict[str, object]:
    return {
        "name": name,
        "vendor": "kpn",
        "url": f"{base}/{size.agents}x{size.queues}x{size.trunks}",
        "token_url": f"{base}/token",
        "client_id": "bench",
        "client_secret": "bench",
        "agents": {"detail": size.detail},
    }
