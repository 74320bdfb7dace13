"""A Prometheus on one core that scrapes nothing, and the CPU time of its requests and rules."""

import json
import os
import re
import subprocess
import time
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, TypeVar

import yaml

from tests.bench import remote_write
from tests.bench.child import cpu_clock
from tests.support.tools import require

T = TypeVar("T")

_TIMEOUT: Final = 600
_WAIT: Final = 0.1
_EVALUATED: Final = "prometheus_rule_group_last_evaluation_timestamp_seconds"
# Rules are evaluated as often as possible while they are measured, and never otherwise.
_ALWAYS: Final = "1s"
_NEVER: Final = "100y"


class Prometheus:
    """A running Prometheus.

    Attributes:
        now: The time of queries: that of the last evaluation of rules, once there was one.
    """

    def __init__(self, process: subprocess.Popen[bytes], port: int, folder: Path) -> None:
        """Take over a process and the folder with its configuration."""
        self._process, self._folder = process, folder
        self._base = f"http://127.0.0.1:{port}"
        self.now = time.time()

    def write(self, body: bytes) -> None:
        """Store the samples of a remote-write request."""
        self._send("/api/v1/write", body, remote_write.HEADERS)

    def query(self, expr: str) -> list[dict[str, Any]]:
        """Return the series of an expression."""
        found: list[dict[str, Any]] = json.loads(self.get("/api/v1/query", query=expr))["data"]["result"]
        return found

    def get(self, path: str, **parameters: object) -> bytes:
        """Return the response to a query, whose parameters are sent as a form."""
        form = {"time": self.now, **parameters}
        return self._send(path, urllib.parse.urlencode(form).encode())

    def cost(self, path: str, times: int = 1, **parameters: object) -> tuple[float, bytes]:
        """Return the least CPU time of a query in seconds, and its response.

        Args:
            path: The path of the API.
            times: How often it is sent.
            parameters: Its parameters.
        """
        costs = []
        body = b""
        for _ in range(times):
            before = self.cpu_seconds()
            body = self.get(path, **parameters)
            costs.append(self.cpu_seconds() - before)
        return min(costs), body

    def cost_of_group(self, groups: Sequence[Mapping[str, Any]], name: str, times: int = 2) -> float:
        """Return the CPU time of one evaluation of a group of rules in seconds, with the storing of its results.

        Args:
            groups: All groups of rules, in one file; the others keep what they recorded.
            name: The name of the group.
            times: How often it is evaluated, after a first time that creates its series.
        """
        data = [{**each, "interval": _ALWAYS if each["name"] == name else _NEVER} for each in groups]
        (self._folder / "rules.yml").write_text(yaml.safe_dump({"groups": data}))
        began = time.time()
        self._send("/-/reload", b"")
        self.now = _awaited(lambda: self._evaluated(name, began))
        costs = []
        for _ in range(times):
            before = self.cpu_seconds()
            self.now = _awaited(lambda: self._evaluated(name, self.now))
            costs.append(self.cpu_seconds() - before)
        return min(costs)

    def cpu_seconds(self) -> float:
        """Return the CPU time of the process so far."""
        return time.clock_gettime(cpu_clock(self._process.pid))

    def _evaluated(self, group: str, after: float) -> float | None:
        """Return the time of the last evaluation of a group if it is after another time."""
        found = re.search(rf'{_EVALUATED}\{{rule_group="[^"]*;{group}"\}} (\S+)', self._send("/metrics").decode())
        return float(found[1]) if found and float(found[1]) > after else None

    def _send(self, path: str, data: bytes | None = None, headers: Mapping[str, str] | None = None) -> bytes:
        request = urllib.request.Request(f"{self._base}{path}", data, {**(headers or {})})  # noqa: S310 - a local address
        with urllib.request.urlopen(request, timeout=_TIMEOUT) as response:  # noqa: S310 - a local address
            body: bytes = response.read()
        return body


@contextmanager
def running(folder: Path) -> Iterator[Prometheus]:
    """Run a Prometheus whose files are in a folder."""
    (folder / "prometheus.yml").write_text(yaml.safe_dump({"rule_files": ["rules.yml"]}))
    command = [
        require("prometheus"),
        f"--config.file={folder / 'prometheus.yml'}",
        f"--storage.tsdb.path={folder / 'data'}",
        # Samples of three days are stored in one block, in any order of the series.
        "--storage.tsdb.min-block-duration=150h",
        "--storage.tsdb.max-block-duration=150h",
        "--web.listen-address=127.0.0.1:0",
        "--web.enable-lifecycle",
        "--web.enable-remote-write-receiver",
        "--query.timeout=10m",
    ]
    log = folder / "log"
    with (
        log.open("wb") as output,
        subprocess.Popen(command, stderr=output, env=os.environ | {"GOMAXPROCS": "1"}) as process,  # noqa: S603 - the arguments above
    ):
        try:
            _awaited(lambda: "Server is ready" in log.read_text() or None)
            port = re.search(r"Listening on.*address=127\.0\.0\.1:(\d+)", log.read_text())
            assert port, log.read_text()
            yield Prometheus(process, int(port[1]), folder)
        finally:
            process.terminate()


def _awaited(attempt: Callable[[], T | None]) -> T:
    until = time.monotonic() + _TIMEOUT
    while (found := attempt()) is None:
        if time.monotonic() > until:
            raise TimeoutError(f"not done after {_TIMEOUT} s")
        time.sleep(_WAIT)
    return found
