"""Write last week's contacts of the demo: `python -m grafana.preview.last_week FILE`.

The dashboard of the day compares with the same day last week, which a demo has not seen. Here a simulated contact
centre of another seed plays that day; `promtool tsdb create-blocks-from openmetrics FILE DATA` adds it to Prometheus.
"""

import argparse
import asyncio
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

import aiohttp

from exporter.metrics.catalog import QUEUE_CONTACTS_OFFERED
from exporter.simulator.default import busy_half_hour
from grafana.generator.rules.names import offered
from grafana.preview.prometheus import Prometheus

_SEED: Final = 2
_STEP: Final = 150
_HALF_HOUR: Final = 1800
_DAY: Final = 86400
_WEEK: Final = 7 * _DAY
_HALF_HOUR_STEPS: Final = _HALF_HOUR // _STEP

# The totals of each queue by its name, at each time.
History = Mapping[float, Mapping[str, float]]


def main() -> None:
    """Read the demo's queues from Prometheus, and write the file."""
    parser = argparse.ArgumentParser(prog="python -m grafana.preview.last_week", description=__doc__)
    parser.add_argument("file", type=Path, help="file to write, in the OpenMetrics format")
    parser.add_argument("--prometheus", default="http://127.0.0.1:9090", metavar="URL")
    parser.add_argument("--started", type=float, required=True, metavar="SECONDS", help="when the demo was started")
    flags = parser.parse_args()
    queues = asyncio.run(_queues(flags.prometheus))
    totals = history(flags.started - _WEEK, time.time() - _WEEK + _DAY)
    flags.file.write_text("".join(lines(queues, totals)), encoding="utf-8")


def history(start: float, end: float) -> History:
    """Return the totals of last week's day, which restart at midnight.

    Args:
        start: When that day's clock showed the time at which a demo starts, in seconds since the Unix epoch.
        end: The last time.
    """
    centre = busy_half_hour(_SEED)
    begun = centre.now
    found = {}
    for step in range(int((end - start) / _STEP) + 1):
        centre.advance(begun + step * _STEP)
        found[start + step * _STEP] = {queue.name: queue.contacts_offered or 0.0 for queue in centre.ledger.queues()}
    return found


def lines(queues: list[Mapping[str, str]], totals: History) -> Iterator[str]:
    """Yield the lines of the file: the totals of each queue, and the contacts of the last half hour.

    Args:
        queues: The labels of each queue.
        totals: The totals by time and name.
    """
    moments = list(totals)
    half_hour = {
        moment: {
            # After midnight the total itself.
            name: total - totals[before][name] if total >= totals[before][name] else total
            for name, total in totals[moment].items()
        }
        for before, moment in zip(moments, moments[_HALF_HOUR_STEPS:], strict=False)
    }
    for metric, values in ((QUEUE_CONTACTS_OFFERED.name, totals), (offered("30m"), half_hour)):
        for labels in queues:
            selector = ",".join(f'{name}="{value}"' for name, value in labels.items() if name != "__name__")
            for moment, by_queue in values.items():
                yield f"{metric}{{{selector}}} {by_queue[labels['queue']]} {moment:.0f}\n"
    yield "# EOF\n"


async def _queues(address: str) -> list[Mapping[str, str]]:
    async with aiohttp.ClientSession(address) as session:
        return [series["metric"] for series in await Prometheus(session).now(QUEUE_CONTACTS_OFFERED.name)]


if __name__ == "__main__":
    main()
