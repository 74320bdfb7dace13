"""Run the exporter and measure its event loop lag; the first line of output is the port, the second the lag.

The lag is the delay of a sleeping task's wake-up in milliseconds, which every scrape and poll has to wait too. The
measurement starts with SIGUSR1 and ends with SIGUSR2, so that it excludes the start and the stop of the program: at its
stop a thousand sessions are closed, and the collector may traverse the whole heap.
"""

import asyncio
import json
import signal
import sys
import time
from pathlib import Path
from statistics import quantiles

from yarl import URL

from exporter.runtime import logging_setup
from exporter.runtime.clock import SystemClock
from exporter.service import serve
from exporter.settings import load_file

_EVERY_SECONDS = 0.005
_FEWEST = 2


async def _measure_lag(lags: list[float], begin: asyncio.Event, end: asyncio.Event) -> None:
    await begin.wait()
    while not end.is_set() or len(lags) < _FEWEST:
        due = time.perf_counter() + _EVERY_SECONDS
        await asyncio.sleep(_EVERY_SECONDS)
        lags.append((time.perf_counter() - due) * 1000)


async def main(file: Path) -> None:
    """Poll and serve until a signal stops the program."""
    settings = load_file(file)
    lags: list[float] = []
    begin, end = asyncio.Event(), asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGUSR1, begin.set)
    measuring = asyncio.create_task(_measure_lag(lags, begin, end))
    asyncio.get_running_loop().add_signal_handler(signal.SIGUSR2, end.set)
    await serve(settings, SystemClock(), listening=_print_port)
    end.set()
    if not begin.is_set():
        measuring.cancel()
        return
    await measuring
    steps = quantiles(lags, n=1000)
    sys.stdout.write(json.dumps({"p50": steps[499], "p99": steps[989], "p99.9": steps[998], "max": max(lags)}))


def _print_port(url: str) -> None:
    sys.stdout.write(f"{URL(url).port}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    logging_setup.configure("error", "logfmt")
    asyncio.run(main(Path(sys.argv[1])))
