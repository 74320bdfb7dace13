"""Run every query of every dashboard on a real Prometheus that scrapes the demo during a surge."""

import re
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import pytest_asyncio

from exporter.metrics.catalog import QUEUE_CONTACTS_ANSWERED_DIFFERENCE
from grafana.generator.rules.names import STILL_EXPECTED, service_level
from grafana.preview.panel_queries import boards, interpolate, panels
from grafana.preview.prometheus import Prometheus, Range
from tests.support.programs import EXPORTER, eventually, prometheus_running, running

# One demo for both tests.
pytestmark = [pytest.mark.slow, pytest.mark.asyncio(loop_scope="module")]

ROOT = Path(__file__).parents[2]
CONFIG = """
global: {{scrape_interval: 1s, evaluation_interval: 1s}}
rule_files: ["*.yml"]
scrape_configs:
  - job_name: contactcenter
    static_configs: [{{targets: ["127.0.0.1:{port}"]}}]
"""
# A Prometheus and an exporter that were started now have no last week, no six hours and no whole quarter hour of single
# contacts. The rule tests in tests/grafana and grafana/rules/tests cover the first two, tests/vendors/sinch the last.
LATER = (" offset 1w", STILL_EXPECTED, service_level("6h"), QUEUE_CONTACTS_ANSWERED_DIFFERENCE.name)
# The simulation runs 60 times faster, so that counters increase within a few polls.
DEMO = ["demo", "--web.listen-address=127.0.0.1:0", "--speed=60", "--scenario=surge"]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def prometheus(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Prometheus]:
    directory = tmp_path_factory.mktemp("prometheus")
    async with running([*EXPORTER, *DEMO], r"msg=listening .*\bport=(\d+)") as exporter:
        config = directory / "prometheus.yaml"
        for rules in (ROOT / "grafana/rules").glob("*.yml"):
            # Record rules with a longer interval without delay, and those of the last half hour from the start.
            text = re.sub(r"^  interval: .*\n", "", rules.read_text(), flags=re.MULTILINE)
            (directory / rules.name).write_text(text.replace(" offset 25m", ""))
        config.write_text(CONFIG.format(port=exporter.port))
        async with prometheus_running(config) as address, aiohttp.ClientSession(address) as session:
            yield Prometheus(session)


async def result_of(prometheus: Prometheus, target: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the result of a query, as an instant or a range query."""
    expression = interpolate(target["expr"], {"__rate_interval": "20s", "__range": "1m"})
    now = time.time()
    query = prometheus.now(expression) if target["instant"] else prometheus.over(expression, Range(now - 15, now, 1))
    return [series for series in await query if "NaN" not in str(series)]


def alternatives(panel: dict[str, Any]) -> list[list[dict[str, Any]]]:
    """Return lists of queries, each with data in one of them: a panel of numbers may have one for each state."""
    targets: list[dict[str, Any]] = panel["targets"]
    return [targets] if panel["type"] == "stat" else [[target] for target in targets]


async def any_result_of(prometheus: Prometheus, targets: list[dict[str, Any]]) -> bool:
    """Return whether one of several queries has a result."""
    results = [await result_of(prometheus, target) for target in targets]
    return any(results)


async def test_no_panel_is_empty_with_the_demo(prometheus: Prometheus) -> None:
    waiting = [
        ("\n".join(f"{name} / {panel['title']} / {target['refId']}: {target['expr']}" for target in targets), targets)
        for name, board in boards().items()
        for panel in panels(board)
        for targets in alternatives(panel)
        if not any(name in target["expr"] for name in LATER for target in targets)
    ]
    assert len(waiting) > 100
    empty = waiting

    async def all_have_data() -> bool | None:
        nonlocal empty
        empty = [(name, targets) for name, targets in empty if not await any_result_of(prometheus, targets)]
        return not empty or None

    try:
        # Sinch's totals are polled every minute, and windows need two of them. Each attempt sends every query without
        # a result so far.
        await eventually(all_have_data, seconds=300, pause=2)
    except TimeoutError:
        pytest.fail("no data:\n\n" + "\n\n".join(name for name, _ in empty))


async def test_every_variable_has_values(prometheus: Prometheus) -> None:
    for board in boards().values():
        for variable in board["templating"]["list"][1:]:
            kind, _, inner = variable["definition"].removesuffix(")").partition("(")
            selector, _, label = inner.rpartition(", ") if kind == "label_values" else (inner, "", "queue_id")

            async def values(selector: str = selector, label: str = label) -> set[str] | None:
                found = await prometheus.now(interpolate(selector, {}))
                return {series["metric"][label] for series in found if label in series["metric"]} or None

            assert await eventually(values, 30), variable["name"]
