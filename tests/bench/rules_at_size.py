"""CPU of the rules and dashboards, on a real Prometheus that scrapes ten thousand queues.

What the rules read of the past is stored first, by scrapes of pages with timestamps. Each rule and query is then
evaluated on its own; its cost is the CPU time of Prometheus, the least of several times.
"""

import json
import os
import re
import shutil
import subprocess
import tempfile
import threading
import time
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Final

import yaml

from exporter.settings.units import parse_duration
from grafana.preview.panel_queries import interpolate, panels
from tests.bench import stored_past, ten_thousand
from tests.bench.benchmark_table import Requirement, Table
from tests.bench.child import cpu_clock
from tests.support.rules import GRAFANA
from tests.support.tools import require

FILES: Final = ("recording.yml", "supervisors.yml", "sre.yml")
_TIMES: Final = 2
# The bytes of the past in one page, and the seconds in which Prometheus stores it.
_BYTES: Final = 40_000_000
_STORING: Final = 6
# A panel of 8 columns on a screen of 1920 pixels shows about as many points.
_POINTS: Final = 720
_TIMEOUT: Final = 600


class Estate:
    """Serves the pages: those of the past one after the other, then the present one."""

    def __init__(self, pages: ten_thousand.Pages) -> None:
        """Start with the oldest page."""
        self.pages = pages
        self.stored = False
        self._past = stored_past.past(pages, time.time())
        self._steps = pages.start
        handler = type("Handler", (_Handler,), {"estate": self})
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def page(self) -> bytes:
        """Return the next page of the past, or that of the present."""
        batch, size = [], 0
        for moment in self._past:
            batch.append(moment)
            size += len(moment)
            if size >= _BYTES:
                break
        if batch:
            return b"".join(batch)
        self.stored = True
        self._steps += 1
        return self.pages.others + self.pages.totals(self._steps)


class _Handler(BaseHTTPRequestHandler):
    estate: Estate

    def do_GET(self) -> None:
        """Answer a scrape."""
        page = self.estate.page()
        self.send_response(200)
        self.send_header("Content-Type", "text/plain; version=0.0.4")
        self.send_header("Content-Length", str(len(page)))
        self.end_headers()
        self.wfile.write(page)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - as in the base class
        """Log nothing."""


class Prometheus:
    """A running Prometheus on one core."""

    def __init__(self, process: subprocess.Popen[bytes], port: int) -> None:
        self.process, self._base = process, f"http://127.0.0.1:{port}"

    def get(self, path: str, **parameters: object) -> bytes:
        """Return the response to a request, whose parameters are sent as a form."""
        data = urllib.parse.urlencode(parameters).encode() if parameters else None
        with urllib.request.urlopen(f"{self._base}{path}", data, _TIMEOUT) as response:  # noqa: S310 - a local address
            body: bytes = response.read()
        return body

    def value(self, expr: str) -> float:
        """Return the value of an expression of one series, 0 if there is none."""
        found = json.loads(self.get("/api/v1/query", query=expr))["data"]["result"]
        return float(found[0]["value"][1]) if found else 0.0

    def cost(self, path: str, times: int = _TIMES, **parameters: object) -> tuple[float, bytes]:
        """Return the least CPU time of a request in seconds, and its response.

        Args:
            path: The path of the API.
            times: How often it is sent.
            parameters: Its parameters.
        """
        costs = []
        body = b""
        for _ in range(times):
            before = time.clock_gettime(cpu_clock(self.process.pid))
            body = self.get(path, **parameters)
            costs.append(time.clock_gettime(cpu_clock(self.process.pid)) - before)
        return min(costs), body


def measure(targets: int = ten_thousand.TARGETS, grafana: Path = GRAFANA) -> Table:
    """Store the samples, evaluate the rules, and measure rules and dashboards.

    Args:
        targets: The number of contact centres with 20 queues each.
        grafana: The folder of rules and dashboards.
    """
    pages = ten_thousand.pages(targets)
    with _running(pages, grafana / "rules") as prometheus:
        rules = list(_rules(prometheus, grafana / "rules"))
        wall, _ = _board(prometheus, grafana / "dashboards" / "wall.json")
        queues, size = _board(prometheus, grafana / "dashboards" / "queues.json")
    recorded = sum(series for *_, series in rules)
    shares = [(name, seconds, seconds / interval) for name, interval, seconds, _ in rules]
    rows: list[tuple[str, float, float | None]] = [
        ("scraped series", pages.series, None),
        ("recorded series", recorded, recorded / pages.series),
        *((f"rules {name}, CPU s", seconds, share) for name, seconds, share in shares),
        ("all rules, cores", sum(share for *_, share in shares), None),
        ("refresh of the wall, CPU s", wall, None),
        ("refresh of the queues dashboard, CPU s", queues, None),
        ("queues dashboard, MB of JSON", size / 1e6, None),
    ]
    title = f"Rules and dashboards with {targets * ten_thousand.QUEUES:,} queues of {targets} contact centres"
    requirements = (
        Requirement("share of its interval, the slowest group of rules", max(share for *_, share in shares), 1 / 3),
        Requirement("share of its interval, all groups of rules together", sum(share for *_, share in shares), 1 / 3),
        Requirement("recorded series per scraped series", recorded / pages.series, 1 / 3),
        Requirement("refresh of the wall, CPU s", wall, 3),
        Requirement("queues dashboard, MB of JSON", size / 1e6, 5),
    )
    return Table(title, ("measure", "value", "share"), rows, requirements)


@contextmanager
def _running(pages: ten_thousand.Pages, rules: Path) -> Iterator[Prometheus]:
    """Run a Prometheus with the past of the estate and one evaluation of every rule."""
    estate = Estate(pages)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        config = folder / "prometheus.yml"
        _configure(config, estate, interval=f"{_STORING}s")
        with _prometheus(folder, config) as prometheus:
            _wait(lambda: estate.stored)
            for file in FILES:
                shutil.copy(rules / file, folder / file)
            _configure(config, estate, interval=f"{stored_past.SCRAPE}s", rules=True)
            prometheus.get("/-/reload", reload=1)
            names = {rule["record"] for group in _groups(folder) for rule in group["rules"] if "record" in rule}
            _wait(lambda: prometheus.value("count(contactcenter_up)") > 0)
            # Groups are evaluated once every interval; the slowest ones every two minutes.
            _wait(lambda: _evaluated(prometheus))
            assert any(prometheus.value(f"count({each})") for each in names)
            yield prometheus
    estate.server.shutdown()


def _evaluated(prometheus: Prometheus) -> bool:
    groups = json.loads(prometheus.get("/api/v1/rules"))["data"]["groups"]
    return bool(groups) and all(not each["lastEvaluation"].startswith("0001") for each in groups)


def _configure(config: Path, estate: Estate, interval: str, *, rules: bool = False) -> None:
    job = {
        "job_name": "contactcenter",
        "honor_labels": True,
        "static_configs": [{"targets": [f"127.0.0.1:{estate.server.server_port}"]}],
    }
    settings: dict[str, object] = {
        "global": {
            "scrape_interval": interval,
            "scrape_timeout": interval,
            "evaluation_interval": f"{stored_past.SCRAPE}s",
        },
        "scrape_configs": [job],
    }
    if rules:
        settings["rule_files"] = [str(config.parent / name) for name in FILES]
    config.write_text(yaml.safe_dump(settings))


@contextmanager
def _prometheus(folder: Path, config: Path) -> Iterator[Prometheus]:
    command = [
        require("prometheus"),
        f"--config.file={config}",
        f"--storage.tsdb.path={folder / 'data'}",
        # Samples of the past are stored in one block together with those of the present.
        "--storage.tsdb.min-block-duration=150h",
        "--storage.tsdb.max-block-duration=150h",
        "--web.listen-address=127.0.0.1:0",
        "--web.enable-lifecycle",
        "--query.timeout=10m",
    ]
    log = folder / "log"
    with (
        log.open("wb") as output,
        subprocess.Popen(command, stderr=output, env=os.environ | {"GOMAXPROCS": "1"}) as process,  # noqa: S603 - the arguments above
    ):
        try:
            _wait(lambda: "Server is ready" in log.read_text())
            port = re.search(r"Listening on.*address=127\.0\.0\.1:(\d+)", log.read_text())
            assert port, log.read_text()
            yield Prometheus(process, int(port[1]))
        finally:
            process.terminate()


def _wait(done: Any) -> None:  # noqa: ANN401 - any condition
    until = time.monotonic() + _TIMEOUT
    while not done():
        if time.monotonic() > until:
            raise TimeoutError(f"not done after {_TIMEOUT} s")
        time.sleep(0.5)


def _groups(folder: Path) -> Iterator[dict[str, Any]]:
    for name in FILES:
        yield from yaml.safe_load((folder / name).read_text())["groups"]


def _rules(prometheus: Prometheus, folder: Path) -> Iterator[tuple[str, float, float, float]]:
    """Yield the groups: name, interval, CPU time of an evaluation, and recorded series."""
    for group in _groups(folder):
        seconds = series = 0.0
        for rule in group["rules"]:
            cost, body = prometheus.cost("/api/v1/query", query=f"count(\n{rule['expr']}\n)")
            seconds += cost
            found = json.loads(body)["data"]["result"]
            series += float(found[0]["value"][1]) if found and "record" in rule else 0
        yield group["name"], parse_duration(group.get("interval", f"{stored_past.SCRAPE}s")), seconds, series


def _board(prometheus: Prometheus, file: Path) -> tuple[float, float]:
    """Return the CPU time of all queries of a dashboard, and the bytes of their responses at the default range."""
    seconds = size = 0.0
    now = time.time()
    for target in (target for panel in panels(json.loads(file.read_text())) for target in panel["targets"]):
        query = interpolate(target["expr"], {"__rate_interval": "1m", "__range": "6h"})
        if target["instant"]:
            cost, body = prometheus.cost("/api/v1/query", query=query)
            size += len(body)
        else:
            step = 6 * 3600 / _POINTS
            # Once: it reads every queue at every step, and only the size of the response is required.
            times = {"start": now - 6 * 3600, "end": now, "step": step}
            cost, body = prometheus.cost("/api/v1/query_range", times=1, query=query, **times)
            size += _full_size(body)
        seconds += cost
    return seconds, size


def _full_size(body: bytes) -> float:
    """Return the bytes of a response whose series have a value at every step: few have samples of six hours here."""
    series = json.loads(body)["data"]["result"]
    points = sum(len(each["values"]) for each in series)
    return len(series) * _POINTS * len(body) / points if points else len(body)
