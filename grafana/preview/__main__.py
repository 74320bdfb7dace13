"""Render every dashboard to a directory: `python -m grafana.preview docs/boards` with a demo and its Prometheus."""

import argparse
import asyncio
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import aiohttp

from grafana.preview.board_page import WIDTH, page
from grafana.preview.panel_html import Results
from grafana.preview.panel_queries import boards, interpolate, panels
from grafana.preview.prometheus import Prometheus, Range

_POINTS = 240
_SCALE = 0.7  # the documentation is narrower than a dashboard


def main() -> int:
    """Query Prometheus, render the pages and take the pictures."""
    parser = argparse.ArgumentParser(prog="python -m grafana.preview", description=__doc__)
    parser.add_argument("folder", type=Path, help="directory of the pictures")
    parser.add_argument("--prometheus", default="http://127.0.0.1:9090", metavar="URL")
    parser.add_argument("--minutes", type=float, default=15, help="time range of graphs (default: 15)")
    parser.add_argument("--board", nargs="*", default=[*boards()], help="dashboards to render (default: all)")
    parser.add_argument(
        "--choose", nargs="*", default=[], metavar="VARIABLE=REGEX", help="values of the variables of the dashboards"
    )
    flags = parser.parse_args()
    browser = shutil.which("chromium")
    if browser is None:
        parser.error("requires chromium (Debian: apt-get install chromium)")
    flags.folder.mkdir(parents=True, exist_ok=True)
    variables = dict(choice.split("=", 1) for choice in flags.choose)
    pages = asyncio.run(_pages(flags.prometheus, flags.minutes * 60, variables, flags.board))
    for name, (html, height) in pages.items():
        picture = flags.folder / f"{name}.png"
        _take_picture(browser, html, height, picture)
        sys.stdout.write(f"rendered: {picture}\n")
    return 0


async def _pages(
    address: str, seconds: float, variables: Mapping[str, str], names: Sequence[str]
) -> dict[str, tuple[str, int]]:
    now = time.time()
    span = Range(now - seconds, now, seconds / _POINTS)
    values = {**variables, "__rate_interval": "2m", "__range": f"{seconds:.0f}s"}
    async with aiohttp.ClientSession(address) as session:
        prometheus = Prometheus(session)
        return {
            name: page(board, {one["id"]: await _results(prometheus, one, values, span) for one in panels(board)}, span)
            for name, board in boards().items()
            if name in names
        }


async def _results(prometheus: Prometheus, panel: Mapping[str, Any], values: Mapping[str, str], span: Range) -> Results:
    results = []
    for target in panel["targets"]:
        expression = interpolate(target["expr"], values)
        series = await (
            prometheus.now(expression, span.end) if target["instant"] else prometheus.over(expression, span)
        )
        results.append((target, series))
    return results


def _take_picture(browser: str, html: str, height: int, picture: Path) -> None:
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "board.html"
        source.write_text(html, encoding="utf-8")
        command = (
            *(browser, "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars"),
            *(f"--user-data-dir={folder}/profile", f"--window-size={WIDTH},{height}"),
            *(f"--force-device-scale-factor={_SCALE}", f"--screenshot={picture.resolve()}", source.as_uri()),
        )
        subprocess.run(command, check=True, capture_output=True, timeout=120)  # noqa: S603 - the browser found above


if __name__ == "__main__":
    sys.exit(main())
