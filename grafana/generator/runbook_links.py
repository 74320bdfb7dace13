"""Links in the runbooks that open each query in Prometheus; the queries themselves are written by hand."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final
from urllib.parse import quote

PATH: Final = "runbooks/README.md"

# Operators replace this address with that of their Prometheus.
PROMETHEUS_URL: Final = "http://localhost:9090"
_QUERIES: Final = re.compile(r"```promql\n(?P<queries>.*?)```\n(?:\nOpen: [^\n]*\n(?:\[query [^\n]*\n)*)?", re.DOTALL)


def files() -> Iterator[tuple[str, str]]:
    """Yield the runbooks with a link below each block of queries: their path under grafana/, and their text."""
    path = Path(__file__).parents[1] / PATH
    yield PATH, _QUERIES.sub(_with_links, path.read_text(encoding="utf-8"))


def link(query: str) -> str:
    """Return the address at which Prometheus draws a query over the last three hours."""
    return f"{PROMETHEUS_URL}/graph?g0.expr={quote(query, safe='')}&g0.tab=0&g0.range_input=3h"


def _with_links(found: re.Match[str]) -> str:
    queries = found["queries"].strip().split("\n")
    links = ",\n".join(f"[query {place}]({link(query)})" for place, query in enumerate(queries, 1))
    return f"```promql\n{found['queries']}```\n\nOpen: {links}.\n"
